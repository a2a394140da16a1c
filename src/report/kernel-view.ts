/**
 * The kernel's part of `verify --json`, and what it does to the answer.
 */
import type { KernelReport } from "../verify/kernel/types.ts";
import type { VerifyAnswer } from "../verify/types.ts";
import type { VerifyView } from "./verify-view.ts";

/** What the kernel said under each backend that was asked for. */
export interface KernelView {
  /** `equal`: no difference in the packets that were sent. */
  readonly result: VerifyAnswer;
  readonly reports: readonly KernelReport[];
}

/** An answer with or without the kernel's. */
export interface VerifyKernelView extends VerifyView {
  readonly kernel?: KernelView;
}

/** Joins the reports. A backend that failed, or that no packet went through, says nothing. */
export function makeKernelView(reports: readonly KernelReport[]): KernelView {
  const isDifferent = reports.some(({ differing }) => differing > 0);
  const isUnknown = reports.some(({ failure, sent }) => failure !== undefined || sent === 0);
  return { result: isDifferent ? "different" : isUnknown ? "unknown" : "equal", reports };
}

/** One difference in the kernel makes the rulesets different; a kernel that says nothing leaves them unknown, unless they are known to differ. */
export function withKernel(view: VerifyView, kernel: KernelView): VerifyKernelView {
  if (view.result === "different" || kernel.result === "equal") return { ...view, kernel };
  if (kernel.result === "different") return { ...view, result: "different", kernel };
  const failure = kernel.reports.find((report) => report.failure !== undefined)?.failure;
  const reason = view.reason ?? `the kernel: ${failure ?? "no packet could be sent"}`;
  return { ...view, result: "unknown", reason, kernel };
}

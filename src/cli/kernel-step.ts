/**
 * `verify --kernel`: asks for what it needs before anything else is done, then lets the kernel have its say.
 */
import type { Ruleset } from "../model/types.ts";
import { makeKernelView, type VerifyKernelView, withKernel } from "../report/kernel-view.ts";
import { renderKernel } from "../report/kernel-terminal.ts";
import type { Style } from "../report/style.ts";
import { renderVerify } from "../report/verify-terminal.ts";
import type { VerifyView } from "../report/verify-view.ts";
import { type Backend, BACKENDS, DEFAULT_KERNEL_PACKETS, type MissingPart } from "../verify/kernel/types.ts";
import { EXIT } from "./exit-codes.ts";
import type { KernelCommandOptions } from "./options.ts";
import type { Session } from "./session.ts";
import { CommandStop } from "./stop.ts";

/** The backend that the other checkers are asked about; null for both. */
export function oneBackend({ backend = "both" }: KernelCommandOptions): Backend | null {
  return backend === "both" ? null : backend;
}

type Pair = readonly [Ruleset, Ruleset];

function backendsOf({ backend = "both" }: KernelCommandOptions): readonly Backend[] {
  return backend === "both" ? BACKENDS : [backend];
}

/** Stops the command where packets can't be sent, with everything that is missing. */
export async function requireKernel(
  { io }: Session,
  pair: Pair,
  options: KernelCommandOptions,
): Promise<void> {
  if (options.kernel !== true) {
    if (options.kernelPackets === undefined) return;
    throw new CommandStop(
      EXIT.usage,
      "--kernel-packets says how many packets --kernel sends; without it, it means nothing",
    );
  }
  const missing = await io.kernel.findMissing(pair, backendsOf(options));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap(({ debianPackage }) => debianPackage ?? []))];
  const next = [
    ...(packages.length === 0 ? [] : [`apt-get install ${packages.join(" ")}`]),
    ...(missing.some(({ what }) => what === "root") ? ["run it as root (sudo)"] : []),
  ];
  throw new CommandStop(
    EXIT.unknown,
    `--kernel needs ${missing.map(describePart).join(", ")}`,
    next.join("; "),
  );
}

function describePart({ what, debianPackage }: MissingPart): string {
  return debianPackage === null ? what : `${what} (Debian package ${debianPackage})`;
}

/** Sends packets where that was asked for, and joins the answers. Rulesets of two families have nothing to send. */
export async function addKernel(
  { io, console }: Session,
  pair: Pair,
  view: VerifyView,
  options: KernelCommandOptions,
): Promise<VerifyKernelView> {
  if (options.kernel !== true || pair[0].family !== pair[1].family) return view;
  const packets = options.kernelPackets ?? DEFAULT_KERNEL_PACKETS;
  const asked = { backends: backendsOf(options), packets, seed: view.seed, ownBits: Number(view.ownBits) };
  const onProgress = (done: number, total: number) => console.progress("sending packets", done, total);
  return withKernel(view, makeKernelView(await io.kernel.check(...pair, asked, onProgress)));
}

/** The answer as text, the kernel's part last. */
export function renderAnswer(view: VerifyKernelView, style: Style): string {
  return renderVerify(view, style) + renderKernel(view.kernel, style);
}

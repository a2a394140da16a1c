/**
 * `verify --kernel`: two rulesets in the kernel, under each backend that is asked for.
 */
import type { Ruleset } from "../../model/types.ts";
import { compareInKernel } from "./compare.ts";
import { findMissing } from "./requirements.ts";
import { ipsetsText } from "./restore-text.ts";
import { KernelFailure } from "./session.ts";
import type { Backend, KernelReport, MissingPart } from "./types.ts";

/** What is tried. */
export interface KernelOptions {
  readonly backends: readonly Backend[];
  /** For each backend. */
  readonly packets: number;
  readonly seed: number;
  /** Mark bits that packets enter without. */
  readonly ownBits: number;
}

/** What of it is not here; empty when `checkInKernel` can run. */
export function missingForKernel(
  rulesets: readonly Ruleset[],
  backends: readonly Backend[],
): readonly MissingPart[] {
  return findMissing(rulesets[0]!.family, backends, ipsetsText(rulesets) !== "");
}

/** One report for each backend. A failure of one is in its report, and does not keep the other from being tried. */
export async function checkInKernel(
  old: Ruleset,
  now: Ruleset,
  options: KernelOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<readonly KernelReport[]> {
  const total = options.packets * options.backends.length;
  let done = 0;
  const reports: KernelReport[] = [];
  for (const backend of options.backends) {
    const onPackets = (packets: number) => {
      done += packets;
      onProgress(done, total);
    };
    try {
      reports.push(await compareInKernel(old, now, { ...options, backend }, onPackets));
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      reports.push(failed(backend, error.message));
    }
  }
  return reports;
}

function failed(backend: Backend, failure: string): KernelReport {
  return {
    backend,
    kernel: "",
    sent: 0,
    notSent: [],
    differences: [],
    differing: 0,
    unobserved: [],
    failure,
  };
}

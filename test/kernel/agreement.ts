/** Kernel against evaluator over one ruleset's text: fails with ruleset, packet and both answers, and prints one line for scripts to add up. */
import { expect } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { compareWithKernel } from "../../src/verify/kernel/agree.ts";
import type { Agreement, Backend } from "../../src/verify/kernel/types.ts";
import { readRuleset } from "../support/small-tables.ts";
import { makeLoadable } from "./replacements.ts";

/** Packets for each table of a ruleset; `scripts/kernel-agreement.mjs` asks for more. */
export const PACKETS = Number(process.env.MARKIFY_KERNEL_PACKETS ?? 400);

/** One ruleset to try. */
export interface Trial {
  readonly name: string;
  readonly text: string;
  readonly family: Family;
  readonly backend: Backend;
  readonly packets: number;
  readonly seed: number;
}

/** Sends the packets, prints the numbers, and expects that nobody disagrees. */
export async function expectAgreement(trial: Trial): Promise<Agreement> {
  const { name, text, family, backend, packets, seed } = trial;
  const found = await compareWithKernel(readRuleset(makeLoadable(text), family), { backend, packets, seed });
  const { compared, silent, notSent, disagreements } = found;
  console.log(
    `agreement ${JSON.stringify({ name, backend, seed, compared, silent, notSent, disagreements: disagreements.length })}`,
  );
  const first = disagreements[0];
  const shown =
    first === undefined ? "" : `${first.text}\n${JSON.stringify({ ...first, text: undefined }, null, 1)}`;
  expect(disagreements.length, shown).toBe(0);
  return found;
}

/**
 * Differences to be shown by the kernel, and what both sides' walks say of their packets.
 */
import type { ChosenPacket } from "../../src/verify/chosen-packet.ts";
import type { Backend } from "../../src/verify/kernel/types.ts";
import { FIELD } from "../../src/verify/sample/packet.ts";
import { Walker } from "../../src/verify/sample/evaluate.ts";
import type { CompiledHook } from "../../src/verify/sample/program.ts";
import { evaluateConditions, makeTruth } from "../../src/verify/sample/truth.ts";
import { witnessPacket } from "../../src/verify/sample/witness.ts";
import type { Witness } from "../../src/verify/types.ts";
import type { ChangedTable } from "./differences.ts";
import type { GivenAnswers } from "./telling.ts";

/** A difference with its packet. */
export interface WitnessCase extends ChosenPacket {
  readonly changed: ChangedTable;
  readonly hook: CompiledHook;
}

/** Packets of one difference, those first whose unmodelled matches answer as the kernel's will. */
export type WitnessVariants = readonly WitnessCase[];

/** How the tables are loaded: as they are, but for LOG; or with everything told (telling.ts). */
export type Way = "as it is" | "told";

/** What the kernel said: it agrees, it was not asked or could not show it, its backends do not load one of the rulesets (no packet will ever meet both), or it says something else. */
export type Confirmation =
  | { readonly kind: "confirmed"; readonly way: Way; readonly differs: readonly string[] }
  | { readonly kind: "unshown"; readonly reason: string }
  | { readonly kind: "refused"; readonly backends: readonly Backend[] }
  | { readonly kind: "contradicted"; readonly shown: string };

/** It could not be shown. */
export const unshown = (reason: string): Confirmation => ({ kind: "unshown", reason });

/** The backend under which the packet shows the difference. */
export function backendOf({ packet }: WitnessCase): Backend {
  return packet[FIELD.NFT] === 1 ? "nft" : "legacy";
}

/** What the witness says of a packet; null: nothing differs. */
export function tellOf(
  { changed: { pair, table }, hook, oracle }: WitnessCase,
  packet: Int32Array,
): Witness | null {
  return witnessPacket({ table, hook, pair, files: ["old", "new"], packet, oracle });
}

/** What is answered to whom on each side's way. */
export function answersTo(
  { changed: { table }, hook, oracle }: WitnessCase,
  packet: Int32Array,
): readonly [GivenAnswers, GivenAnswers] {
  const side = (at: 0 | 1): GivenAnswers => {
    const given = new Map<string, Map<number, boolean>>();
    const answer = (text: number, times: number, value: number): void => {
      const name = table.texts[text]!;
      given.set(name, (given.get(name) ?? new Map<number, boolean>()).set(times, value === 1));
    };
    const truth = makeTruth(table);
    evaluateConditions(table, packet, truth);
    const walker = new Walker(table, at, truth);
    walker.oracle = oracle;
    const nothing = (): void => {};
    walker.walk(hook, packet, { answer, step: nothing, effect: nothing, hotdrop: nothing });
    return given;
  };
  return [side(0), side(1)];
}

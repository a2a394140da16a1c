/**
 * What an answer takes for granted about own bits, in sentences.
 */
import type { Ruleset } from "../model/types.ts";
import { usedBits } from "./own-bits.ts";
import { hex } from "./sample/describe.ts";
import type { VerifyOptions } from "./types.ts";

/** Own bits that somebody gave, although the old ruleset uses them too: then the assumption hides what it does with them. */
export function sharedBits(old: Ruleset, ownBits: number): readonly string[] {
  const shared = (usedBits(old) & ownBits) >>> 0;
  if (shared === 0) return [];
  return [
    `The old ruleset itself uses the mark bits ${hex(shared)}: what it does with packets that bring them is not compared.`,
  ];
}

/** What packets are taken to bring. */
export function assumptionsOf(
  ownBits: number,
  connections: boolean,
  options: VerifyOptions,
): readonly string[] {
  if (ownBits === 0 || options.anyMark) return [];
  const also = connections ? ", and no connection mark carries them" : "";
  return [`Packets enter with the mark bits ${hex(ownBits)} at 0${also}.`];
}

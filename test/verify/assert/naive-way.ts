/**
 * The way of one packet through a whole ruleset by the naive interpreter, and which packets a sentence speaks of: a second opinion about assertions that shares nothing with
 * `src/verify`.
 */
import type { Ruleset } from "../../../src/model/types.ts";
import { interpret, type NaivePacket } from "../naive.ts";

const WAYS: Readonly<Record<string, readonly (readonly [table: string, hook: string])[]>> = {
  INPUT: [
    ["raw", "PREROUTING"],
    ["mangle", "PREROUTING"],
    ["mangle", "INPUT"],
    ["filter", "INPUT"],
    ["security", "INPUT"],
  ],
  FORWARD: [
    ["raw", "PREROUTING"],
    ["mangle", "PREROUTING"],
    ["mangle", "FORWARD"],
    ["filter", "FORWARD"],
    ["security", "FORWARD"],
    ["mangle", "POSTROUTING"],
  ],
  OUTPUT: [
    ["raw", "OUTPUT"],
    ["mangle", "OUTPUT"],
    ["filter", "OUTPUT"],
    ["security", "OUTPUT"],
    ["mangle", "POSTROUTING"],
  ],
};

/** What became of a packet: the verdict of the table that decided, and whether the filter table had let it through. */
export interface NaiveFate {
  readonly verdict: string;
  readonly passedFilter: boolean;
}

/** Walks a packet. */
export function walkNaively(ruleset: Ruleset, way: string, first: NaivePacket): NaiveFate {
  let packet = first;
  let passedFilter = false;
  for (const [name, hook] of WAYS[way]!) {
    const table = ruleset.tables.find((candidate) => candidate.name === name);
    if (table?.chains.some((chain) => chain.name === hook && chain.policy !== null)) {
      const isNew = name === "raw" && (hook === "OUTPUT" || packet.in !== "lo");
      const seen = {
        ...packet,
        ...(isNew ? { states: ["INVALID"] } : {}),
        ...(hook === "PREROUTING" ? { out: "" } : {}),
      };
      const { verdict, mark, connmark, effects } = interpret(table, hook, seen);
      if (verdict !== "ACCEPT") return { verdict, passedFilter };
      const isTakenOut = effects.some((effect) => /^(?:NOTRACK|CT --notrack)/.test(effect));
      const states = isTakenOut && seen.states[0] === "INVALID" ? ["UNTRACKED"] : packet.states;
      packet = { ...packet, mark, connmark, states };
    }
    if (name === "filter") passedFilter = true;
  }
  return { verdict: "ACCEPT", passedFilter };
}

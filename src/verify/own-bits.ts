/**
 * Which mark bits the new ruleset keeps for itself, found by reading both rulesets: bits that new MARK rules set and that the old ruleset
 * neither reads under a mask nor sets.
 */
import type { ConnmarkTarget, MarkTarget, Match, Rule, Ruleset, Target } from "../model/types.ts";

const ALL = 0xffffffff;

/** The own bits, unsigned. */
export function findOwnBits(old: Ruleset, now: Ruleset): number {
  const oldTexts = new Set(rulesOf(old).map((rule) => rule.target.text));
  let written = 0;
  for (const { target } of rulesOf(now)) {
    if (target.kind === "mark" && !oldTexts.has(target.text)) written |= target.flip;
  }
  return (written & ~usedBits(old)) >>> 0;
}

/**
 * Mark bits that a ruleset itself uses. Reads and writes of the whole mark count only for the bits of the value written: they happen in front of
 * own bits that are 0 (assumption A), and what they wipe was nobody's.
 */
function usedBits(ruleset: Ruleset): number {
  let used = 0;
  let restored = 0;
  let stored = 0;
  for (const rule of rulesOf(ruleset)) {
    for (const match of rule.matches) used |= readBits(match);
    used |= targetBits(rule.target);
    if (rule.target.kind !== "connmark") continue;
    const { operation } = rule.target;
    if (operation.kind === "restore") restored |= operation.nfmask;
    if (operation.kind === "set") stored |= operation.flip;
  }
  // A connection mark that a rule sets comes back into the packet's mark through a restore.
  return used | (stored & restored);
}

function rulesOf(ruleset: Ruleset): readonly Rule[] {
  return ruleset.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules));
}

function readBits(match: Match): number {
  return match.kind === "mark" && !isAll(match.mask) ? match.mask : 0;
}

function targetBits(target: Target): number {
  switch (target.kind) {
    case "mark":
      return markBits(target);
    case "connmark":
      return connmarkBits(target);
    case "extension": {
      // TPROXY is the one other target whose mark bits stand in its text.
      const option = /--tproxy-mark (0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?/i.exec(target.text);
      return option === null ? 0 : Number(option[2] ?? option[1]);
    }
    default:
      return 0;
  }
}

function markBits({ clear, flip }: MarkTarget): number {
  return isAll(clear) ? flip : clear | flip;
}

function connmarkBits({ operation }: ConnmarkTarget): number {
  return operation.kind === "set" || isAll(operation.nfmask) ? 0 : operation.nfmask;
}

function isAll(mask: number): boolean {
  return mask >>> 0 === ALL;
}

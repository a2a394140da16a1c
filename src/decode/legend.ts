/**
 * What marks mean in a ruleset: its groups with their bits, its rule chains, and the LOG rules that a packet can meet while bits are set. It is read from what the
 * chains do, so rulesets that were written by hand after the article have one, too.
 */
import type { Chain, Family, Match, Rule, Ruleset, Table, Target } from "../model/types.ts";
import { type LegendGroup, readGroups } from "./read-groups.ts";

export type { LegendGroup } from "./read-groups.ts";

/** A group as a rule chain asks it. */
export interface AskedGroup {
  readonly group: LegendGroup;
  /** A chain like the article's S-NEGATE turns the bit round behind it. */
  readonly negated: boolean;
  /** Packets that have the bit are sent away: the rule chain is for those that are not in the group, or whose bit was turned round. */
  readonly excluded: boolean;
  /** The call has conditions of its own, so that some packets are never asked. */
  readonly guarded: boolean;
}

/** A LOG rule, seen from a rule chain that leads to it: the groups that were asked by then. */
export interface LogPlace {
  readonly table: string;
  /** The rule chain. */
  readonly chain: string;
  readonly rule: Rule;
  readonly prefix: string;
  readonly asked: readonly AskedGroup[];
  /** Rules before it by which packets leave the rule chain, with the bits that were asked for by then. */
  readonly passed: readonly { readonly matches: readonly Match[]; readonly bits: number }[];
  /** Groups that the rule chain asks behind it. */
  readonly later: readonly LegendGroup[];
}

/** The meaning of marks in one ruleset. */
export interface Legend {
  readonly family: Family;
  /** All bits of groups, unsigned. */
  readonly own: number;
  /** A name once for each table that has its chain. */
  readonly groups: readonly LegendGroup[];
  readonly places: readonly LogPlace[];
  /** Prefixes of all LOG rules, those among them that no rule chain leads to. */
  readonly prefixes: readonly string[];
  readonly chains: number;
}

/** Reads it. */
export function makeLegend(ruleset: Ruleset): Legend {
  const groups: LegendGroup[] = [];
  const places: LogPlace[] = [];
  const prefixes = new Set<string>();
  // Logs are bytes: a prefix that the file has in UTF-8 is one character a byte there.
  const inBytes = (text: string): string =>
    ruleset.file.encoding === "latin1" ? text : String.fromCharCode(...new TextEncoder().encode(text));
  let chains = 0;
  for (const table of ruleset.tables) {
    const byName = readGroups(table);
    for (const chain of table.chains) {
      for (const rule of chain.rules) {
        const prefix = logPrefix(rule);
        if (prefix !== null) prefixes.add(inBytes(prefix));
      }
    }
    groups.push(...[...byName.values()].flat());
    for (const chain of table.chains) {
      const asks = chain.rules.some(({ target }) => target.kind === "jump" && byName.has(target.chain));
      // A group that asks others for a part of its members is no rule chain.
      if (!asks || byName.has(chain.name)) continue;
      chains++;
      for (const place of findPlaces(table, chain, byName))
        places.push({ ...place, prefix: inBytes(place.prefix) });
    }
  }
  const own = groups.reduce((mask, { bits }) => (mask | bits) >>> 0, 0);
  return { family: ruleset.family, own, groups, places, prefixes: [...prefixes], chains };
}

/** A rule chain from its first line on: groups are asked, and LOG rules met, also in chains that it calls. */
function findPlaces(
  table: Table,
  chain: Chain,
  groups: ReadonlyMap<string, readonly LegendGroup[]>,
): readonly LogPlace[] {
  const all = chain.rules.flatMap(({ target }) =>
    target.kind === "jump" ? (groups.get(target.chain) ?? []) : [],
  );
  const excluded = excludedBits(chain, groups);
  let asked: readonly AskedGroup[] = [];
  const passed: { readonly matches: readonly Match[]; readonly bits: number }[] = [];
  const places: LogPlace[] = [];
  let onlyCome = true;
  for (const rule of chain.rules) {
    const { matches, target } = rule;
    const found = target.kind === "jump" ? groups.get(target.chain) : undefined;
    const flipped = flippedBits(table, rule);
    if (found !== undefined) {
      const guarded = matches.some(({ kind }) => kind !== "comment");
      asked = [
        ...asked,
        ...found.map((group) => ({
          group,
          negated: false,
          excluded: (excluded & group.bits) !== 0,
          guarded,
        })),
      ];
      onlyCome &&= found.every((group) => !group.flips);
    } else if (flipped !== 0) {
      onlyCome = false;
      asked = asked.map((each) =>
        (each.group.bits & flipped) === 0 ? each : { ...each, negated: !each.negated },
      );
    } else if (target.kind === "mark" && target.flip === 0) {
      // A reset, also one that is done only where it is needed.
      asked = asked.filter((each) => (each.group.bits & ~target.clear) !== 0);
    } else if (onlyCome && leaves(target)) {
      passed.push({ matches, bits: asked.reduce((mask, each) => (mask | each.group.bits) >>> 0, 0) });
    }
    const later = all.filter((each) => !asked.some(({ group: known }) => known === each));
    const before = passed.filter((each) => each.matches !== matches);
    const logs = found === undefined ? logsOf(table, rule, new Set([chain.name])) : [];
    const left = withoutCleared(table, rule, asked);
    for (const log of logs)
      places.push({ table: table.name, chain: chain.name, ...log, asked: left, passed: before, later });
  }
  return places;
}

/** The groups whose bits are still there behind a rule: chains with verdicts for what matched in part clear them first. */
function withoutCleared(
  { chains }: Table,
  { target }: Rule,
  asked: readonly AskedGroup[],
): readonly AskedGroup[] {
  if (target.kind !== "goto") return asked;
  const first = chains.find(({ name }) => name === target.chain)?.rules[0];
  if (first?.target.kind !== "mark" || first.matches.length > 0 || first.target.flip !== 0) return asked;
  const { clear } = first.target;
  return asked.filter(({ group }) => (group.bits & ~clear) !== 0);
}

/** The bits of groups that have to be 0 for packets to stay in a rule chain, or to be decided about by it. */
function excludedBits({ rules }: Chain, groups: ReadonlyMap<string, readonly LegendGroup[]>): number {
  let asked = 0;
  let bits = 0;
  for (const { matches, target } of rules) {
    const found = target.kind === "jump" ? groups.get(target.chain) : undefined;
    for (const group of found ?? []) asked |= group.bits;
    const [test, ...others] = matches.filter(({ kind }) => kind !== "comment");
    if (test?.kind !== "mark" || others.length > 0 || !leaves(target)) continue;
    const { value, mask, negated } = test;
    const goesBack = target.kind === "goto" || (target.kind === "verdict" && target.verdict === "RETURN");
    // Who has other bits leaves, sent back or decided about; or who has these is decided about.
    if (negated || !goesBack) bits |= asked & mask & ~value;
    else if (value === mask && (value & (value - 1)) === 0) bits |= asked & value;
  }
  return bits >>> 0;
}

function leaves(target: Target): boolean {
  return (
    target.kind === "verdict" ||
    target.kind === "goto" ||
    (target.kind === "extension" && target.ends === "always")
  );
}

/** The bits that a rule turns round for every packet, itself or through a chain of that one rule. */
function flippedBits(table: Table, { matches, target }: Rule): number {
  if (matches.some(({ kind }) => kind !== "comment")) return 0;
  if (target.kind === "mark") return target.clear === 0 ? target.flip : 0;
  if (target.kind !== "jump") return 0;
  const rules = table.chains.find(({ name }) => name === target.chain)?.rules ?? [];
  const [only] = rules;
  return only !== undefined && rules.length === 1 && only.target.kind === "mark"
    ? flippedBits(table, only)
    : 0;
}

/** LOG rules that a rule is or leads to. */
function logsOf(table: Table, rule: Rule, seen: Set<string>): readonly Pick<LogPlace, "rule" | "prefix">[] {
  const prefix = logPrefix(rule);
  if (prefix !== null) return [{ rule, prefix }];
  const { target } = rule;
  if ((target.kind !== "jump" && target.kind !== "goto") || seen.has(target.chain)) return [];
  seen.add(target.chain);
  const chain = table.chains.find(({ name }) => name === target.chain);
  return (chain?.rules ?? []).flatMap((each) => logsOf(table, each, seen));
}

/** The prefix of a LOG rule, `""` for one without; null for other rules. */
function logPrefix({ target }: Rule): string | null {
  if (target.kind !== "extension" || target.name !== "LOG") return null;
  const found = /--log-prefix (?:"((?:[^"\\]|\\.)*)"|(\S+))/u.exec(target.text);
  return found?.[1]?.replace(/\\(.)/gu, "$1") ?? found?.[2] ?? "";
}

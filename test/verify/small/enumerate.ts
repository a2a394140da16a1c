/**
 * Walks every packet of a small pair of tables through both, with the naive interpreter: what brute force says about their equality.
 */
import type { Rule, Table } from "../../../src/model/types.ts";
import type { NaivePacket } from "../naive.ts";
import { atomsOf, combine } from "./atoms.ts";
import { exists } from "./exists.ts";
import { differences, type JudgedPair, type JudgeSettings, walk } from "./judge.ts";

/** What is enumerated. */
export interface EnumerateSettings extends JudgeSettings {
  readonly backend: "legacy" | "nft" | null;
  /** Own bits that no connection mark carries. */
  readonly connmarkBits: number;
  /** More packets than that are too many. */
  readonly most: number;
}

/** What came out; `difference` is null where all packets fare the same. */
export interface Enumerated {
  readonly packets: number;
  readonly difference: {
    readonly hook: string;
    readonly packet: NaivePacket;
    readonly differs: readonly string[];
  } | null;
}

/** Hooks of a pair. */
export function hooksOf(pair: Pick<JudgedPair, "old">): readonly string[] {
  return pair.old.chains.filter(({ policy }) => policy !== null).map(({ name }) => name);
}

/** Enumerates all hooks, up to the first difference; null where there are too many packets. */
export function enumerate(
  pair: JudgedPair,
  settings: EnumerateSettings,
  hooks: readonly string[] = hooksOf(pair),
): Enumerated | null {
  const spaces = hooks.map((hook) => ({ hook, groups: groupsOf(pair, hook, settings) }));
  const size = spaces.reduce(
    (sum, { groups }) => sum + groups.reduce((all, group) => all * group.length, 1),
    0,
  );
  if (size > settings.most) return null;
  let packets = 0;
  for (const { hook, groups } of spaces) {
    for (const packet of combine(groups)) {
      if (!exists(packet, hook)) continue;
      packets++;
      const found = compareAnswers(pair, hook, packet, settings);
      if (found !== null) return { packets, difference: { hook, ...found } };
    }
  }
  return { packets, difference: null };
}

/** One packet, with everything that the counting matches it meets may answer. */
function compareAnswers(
  pair: JudgedPair,
  hook: string,
  packet: NaivePacket,
  settings: JudgeSettings,
  decided: ReadonlySet<string> = new Set(),
): { readonly packet: NaivePacket; readonly differs: readonly string[] } | null {
  const asked = new Set<string>();
  const [old, now] = [pair.old, pair.new].map((table) =>
    walk(
      table,
      hook,
      packet,
      pair.names,
      (name, times) => `${name} again ${times}`,
      (name) => asked.add(name),
    ),
  );
  const differs = differences(old!, now!, settings);
  if (differs.length > 0) return { packet, differs };
  // Whatever was asked has answered "false" so far: the first that was not looked at yet answers "true" now.
  const rest = new Set(decided);
  for (const name of asked) {
    if (decided.has(name)) continue;
    rest.add(name);
    const other = { ...packet, exceptions: [...packet.exceptions, name] };
    const found = compareAnswers(pair, hook, other, settings, rest);
    if (found !== null) return found;
  }
  return null;
}

function groupsOf(pair: JudgedPair, hook: string, settings: EnumerateSettings) {
  const tables = [pair.old, pair.new] as const;
  const text = textOf(tables);
  return [
    ...atomsOf({ tables, hook, backend: settings.backend }),
    statesOf(tables, text).map((states) => ({ states })),
    marksOf(text, settings.anyMark ? 0 : settings.ownBits).map((mark) => ({ mark })),
    connmarksOf(text, settings.connmarkBits).map((connmark) => ({ connmark })),
    pureAnswers(tables).map((exceptions) => ({ exceptions })),
  ];
}

function textOf(tables: readonly Table[]): string {
  const rules: readonly Rule[] = tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  return rules
    .flatMap(({ matches, target }) => [...matches.map((match) => match.text), target.text])
    .join("\n");
}

/** Where no rule looks, one state is enough, that of which there are all packets; CONNMARK looks, too: without a connection it does nothing. */
function statesOf([{ name }]: readonly [Table, Table], text: string): readonly (readonly string[])[] {
  if (!/state |connmark|CONNMARK|NOTRACK|-j CT/.test(text)) return [[name === "nat" ? "NEW" : "INVALID"]];
  const all = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"];
  const seen = name === "nat" ? ["NEW", "RELATED"] : all;
  const flags = /SNAT|DNAT/.test(text) ? [["SNAT"], ["DNAT"], ["SNAT", "DNAT"]] : [];
  const connected = seen.filter((state) => !["INVALID", "UNTRACKED"].includes(state));
  return [
    ...seen.map((state) => [state]),
    ...connected.flatMap((state) => flags.map((more) => [state, ...more])),
  ];
}

/** Bits that no rule names are all treated alike: kept, cleared or copied. One stands for them. */
const OTHER_BIT = 0x80000000;

/** All values of the bits that rules name, save those that packets do not bring. */
function marksOf(text: string, absent: number): readonly number[] {
  return /mark|MARK/.test(text) ? valuesOf((namedBits(text) | OTHER_BIT) & ~absent) : [0];
}

function connmarksOf(text: string, absent: number): readonly number[] {
  return /connmark|CONNMARK/.test(text) ? valuesOf((namedBits(text) | OTHER_BIT) & ~absent) : [0];
}

/** Bits of all numbers behind an option on marks; of masks with most bits set, those that are not. */
function namedBits(text: string): number {
  const numbers = [...text.matchAll(/0x([0-9a-f]+)/g)].map(([, digits]) => Number.parseInt(digits!, 16));
  const isWide = (bits: number): boolean => bits > 0xffffff;
  return numbers.reduce((all, bits) => all | (isWide(bits) ? ~bits : bits), 0);
}

function valuesOf(bits: number): readonly number[] {
  const single = Array.from({ length: 32 }, (_, bit) => (1 << bit) & bits).filter((bit) => bit !== 0);
  return subsets(single).map((list) => list.reduce((all, bit) => all | bit, 0) >>> 0);
}

/** The empty one first. */
function subsets<T>(values: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** values.length }, (_, number) =>
    values.filter((_, at) => ((number >> at) & 1) === 1),
  );
}

/** All answers of matches that answer once for the whole walk. */
function pureAnswers(tables: readonly Table[]): readonly (readonly string[])[] {
  const texts = new Set(
    tables.flatMap(({ chains }) =>
      chains.flatMap(({ rules }) =>
        rules.flatMap(({ matches }) => matches.filter(({ kind }) => kind === "pure").map(({ text }) => text)),
      ),
    ),
  );
  return subsets([...texts]);
}

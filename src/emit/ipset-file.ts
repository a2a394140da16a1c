/**
 * The members of groups as input of `ipset restore`: each set is filled under another name and swapped in, so that it can be loaded again while rules use it, and no packet ever meets it
 * half full. The same sets give the same text.
 */
import { printHost } from "../model/address.ts";
import type { Family } from "../model/types.ts";
import { fillingName } from "../rewrite/group-sets.ts";
import type { GroupSet } from "../rewrite/types.ts";
import { widthOf, wordsOf } from "../sets/numbers.ts";

/** How many members a set may get; a set with another limit can't take its place, so it is the same for all but the largest. */
const USUAL_LIMIT = 2 ** 20;

/** The file; empty where there is no set. `header` are lines without `#`. */
export function printSetFile(sets: readonly GroupSet[], header: readonly string[]): string {
  if (sets.length === 0) return "";
  return [...header.map((line) => `# ${line}`), ...sets.flatMap(printSet), ""].join("\n");
}

function printSet({ name, family, members }: GroupSet): readonly string[] {
  const filling = fillingName(name);
  const entries = members.flatMap((member) => entriesOf(member, family));
  const limit = Math.max(USUAL_LIMIT, 2 ** Math.ceil(Math.log2(entries.length)));
  const create = (set: string) =>
    `create ${set} hash:net family ${family === "v4" ? "inet" : "inet6"} maxelem ${limit} -exist`;
  return [
    ...[create(name), create(filling), `flush ${filling}`],
    ...entries.map((entry) => `add ${filling} ${entry} -exist`),
    ...[`swap ${filling} ${name}`, `destroy ${filling}`],
  ];
}

/** A member as a set takes it: all addresses are two halves, since no entry has a prefix of 0. */
export function entriesOf(member: string, family: Family): readonly string[] {
  if (!member.endsWith("/0")) return [member];
  const half = 1n << BigInt(widthOf(family) - 1);
  return [0n, half].map((first) => `${printHost(wordsOf(first, family))}/1`);
}

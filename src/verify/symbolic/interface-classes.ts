/**
 * Interface names that a ruleset can't tell apart are one value. Each class has a name that shows it: one that the rules name, one that only a pattern (`eth+`) fits, one that
 * nothing fits.
 *
 * Source: net/netfilter/x_tables.c, ifname_compare_aligned; a `+` stands for any rest, also for none.
 */
import type { Table } from "../../model/types.ts";

/** Longest name that the kernel takes (IFNAMSIZ - 1). */
const MAX_LENGTH = 15;

const LETTERS = [..."0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."];

/** The device by which a host sends to itself: told apart always, since packets that come in by it may be what no others are (universe.ts). */
export const LOOPBACK = "lo";

/** Whether a name fits what a rule says. */
export function fitsName(said: string, name: string): boolean {
  return said.endsWith("+") ? name.startsWith(said.slice(0, -1)) : said === name;
}

/** Names that can't be told apart, and what tells them. */
export interface InterfaceClasses {
  /** One name for each class, the empty name (a hook that has no such interface) first. */
  readonly names: readonly string[];
  /** Number of the class of any name. */
  readonly classOf: (name: string) => number;
  /** Number of the loopback device's class. */
  readonly loopback: number;
  /** Whether some rule's name or pattern fits, or it is the loopback device's. */
  readonly isSaid: (name: string) => boolean;
}

/** The classes of all that tables say. */
export function interfaceClasses(tables: readonly Table[]): InterfaceClasses {
  const written = saidNames(tables);
  const said = [...new Set([...written, LOOPBACK])];
  const kindOf = (name: string): string =>
    `${name === ""}${said.map((one) => (fitsName(one, name) ? "1" : "0")).join("")}`;
  const patterns = said.filter((name) => name.endsWith("+")).map((name) => name.slice(0, -1));
  const names = ["", ...written.filter((name) => !name.endsWith("+")), "other0"];
  for (const prefix of patterns) names.push(...examples(prefix, said));
  names.push(LOOPBACK);
  const classes = new Map<string, string>();
  for (const name of names) {
    const kind = kindOf(name);
    if (!classes.has(kind)) classes.set(kind, name);
  }
  if (![...classes.values()].some((name) => name !== "" && said.every((one) => !fitsName(one, name))))
    addOther(classes, said);
  const kinds = [...classes.keys()];
  const isSaid = (name: string): boolean => said.some((one) => fitsName(one, name));
  const classOf = (name: string): number => kinds.indexOf(kindOf(name));
  return { names: [...classes.values()], classOf, loopback: classOf(LOOPBACK), isSaid };
}

function saidNames(tables: readonly Table[]): readonly string[] {
  const names = new Set<string>();
  for (const table of tables)
    for (const chain of table.chains)
      for (const rule of chain.rules)
        for (const match of rule.matches)
          if (match.kind === "in" || match.kind === "out") names.add(match.name);
  return [...names];
}

/** The prefix itself, and a longer name that no other name or longer pattern takes, where there is one. */
function examples(prefix: string, said: readonly string[]): readonly string[] {
  const longer = said.filter((name) => name.startsWith(prefix) && name !== `${prefix}+`);
  const free = (name: string): boolean =>
    name.length <= MAX_LENGTH && longer.every((one) => !fitsName(one, name));
  const found: string[] = prefix === "" ? [] : [prefix];
  for (const letter of LETTERS) {
    if (free(prefix + letter)) return [...found, prefix + letter];
    const second = LETTERS.find((other) => free(prefix + letter + other));
    if (second !== undefined) return [...found, prefix + letter + second];
  }
  return found;
}

function addOther(classes: Map<string, string>, said: readonly string[]): void {
  const other = LETTERS.flatMap((one) => LETTERS.map((two) => `${one}x${two}`)).find((name) =>
    said.every((one) => !fitsName(one, name)),
  );
  // Where none is found every name fits something (`+`), and there is no such class.
  if (other !== undefined) classes.set(`false${"0".repeat(said.length)}`, other);
}

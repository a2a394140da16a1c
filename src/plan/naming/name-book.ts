/**
 * Hands out names that no chain has. Who gets which does not depend on the order of the rules: names that several want get a number made from what they
 * are for, so that a group keeps its name while others come and go.
 */
import { findChainNameProblem, LONGEST_CHAIN_NAME } from "../chain-name.ts";

/** Something that needs a name. */
export interface NameWish {
  /** What it is: no other wish has the same. */
  readonly key: string;
  /** What its number is made from; the key where it is missing. Equal contents have the same number, where they can. */
  readonly content?: string;
  /** Key of a wish with the same content that is to be called the same but for the prefix: both get a number, or none. */
  readonly twin?: string | undefined;
  /** The name that it wants, and what else will do. */
  readonly names: readonly [string, ...string[]];
}

/** No octet is as large as that: `S-10-1-417` can't be taken for the network 10.1.41. */
const LEAST_NUMBER = 300;
const NUMBERS = 700;

/** Names that are taken, and the next ones. */
export class NameBook {
  readonly #taken: Set<string>;

  /** `taken`: names of all chains of all inputs. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** Takes this very name; false where it can't be had. */
  takeExactly(name: string): boolean {
    return this.#takeTogether([name]);
  }

  /** A name for each wish, by key. `others`: names that somebody else wants as well. */
  takeAll(wishes: readonly NameWish[], others: readonly string[] = []): ReadonlyMap<string, string> {
    const rivals = new Map<string, number>();
    for (const name of [...others, ...wishes.map(({ names }) => names[0])].map(clean))
      rivals.set(name, (rivals.get(name) ?? 0) + 1);
    const given = new Map<string, string>();
    const give = (alike: readonly NameWish[], names: readonly string[]): void => {
      for (const [at, { key }] of alike.entries()) given.set(key, names[at]!);
    };
    const open: NameWish[][] = [];
    for (const alike of bundleTwins(wishes)) {
      const names = alike.flatMap((wish) => this.#findName(wish, rivals) ?? []);
      if (names.length === alike.length && this.#takeTogether(names)) give(alike, names);
      else open.push(alike);
    }
    open.sort(([one], [other]) => (one!.key < other!.key ? -1 : 1));
    for (const alike of open) give(alike, this.#takeNumbered(alike));
    return given;
  }

  /** A name as it is wanted. */
  #findName({ names }: NameWish, rivals: ReadonlyMap<string, number>): string | undefined {
    // Where there is a second choice, the first may go to whoever comes first: it is a person's own name.
    const hasChoice = names.length > 1;
    const fits = (name: string) => hasChoice || (!isBare(name) && rivals.get(name) === 1);
    return names.map(clean).find((name) => fits(name) && this.#canTake(name));
  }

  /** The same number for all. */
  #takeNumbered(alike: readonly NameWish[]): readonly string[] {
    const [{ key, content = key }] = alike as readonly [NameWish];
    for (let attempt = 0; ; attempt++) {
      // More attempts than numbers: then longer ones.
      const suffix = `-${LEAST_NUMBER + (hash(`${content} ${attempt}`) % (NUMBERS * (1 + attempt)))}`;
      const taken = alike.map(({ names }) => `${cutFor(clean(names.at(-1)!), suffix)}${suffix}`);
      if (this.#takeTogether(taken)) return taken;
    }
  }

  #canTake(name: string): boolean {
    return !this.#taken.has(name) && findChainNameProblem(name) === null;
  }

  /** Takes all of them; false, and none is taken, where one can't be had. */
  #takeTogether(names: readonly string[]): boolean {
    const distinct = new Set(names);
    if (distinct.size < names.length || !names.every((name) => this.#canTake(name))) return false;
    for (const name of distinct) this.#taken.add(name);
    return true;
  }
}

/** Wishes with their twins; those that have a choice stand for themselves. */
function bundleTwins(wishes: readonly NameWish[]): readonly NameWish[][] {
  const open = new Map(wishes.map((wish) => [wish.key, wish]));
  return wishes.flatMap((wish) => {
    if (!open.delete(wish.key)) return [];
    const twin = wish.names.length > 1 ? undefined : open.get(wish.twin ?? "");
    if (twin === undefined || twin.names.length > 1) return [[wish]];
    open.delete(twin.key);
    return [[wish, twin]];
  });
}

/** Whether `id` is what a wish for `wanted` gets, with or without a number. */
export function isNumbered(id: string, wanted: string): boolean {
  const plain = clean(wanted);
  if (id === plain) return true;
  const [, stem, number] = /^(.*)-(\d{3,})$/.exec(id) ?? [];
  if (stem === undefined || Number(number) < LEAST_NUMBER) return false;
  return cutFor(plain, `-${number}`) === stem;
}

/** A name with room for what comes behind it. */
function cutFor(name: string, suffix: string): string {
  return name.slice(0, LONGEST_CHAIN_NAME - suffix.length).replace(/[-_]+$/, "");
}

/** What a chain's name may be of it. */
function clean(wanted: string): string {
  return wanted
    .replace(/[^A-Za-z0-9_.+-]/g, "_")
    .slice(0, LONGEST_CHAIN_NAME)
    .replace(/-+$/, "");
}

/** A prefix alone is no name. */
function isBare(name: string): boolean {
  return /^[A-Z]*$/.test(name);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  // The last step mixes low bits, which the remainder is made from.
  return (value ^ (value >>> 15)) >>> 0;
}

/**
 * What the small chains of a table do that rule chains call.
 */
import type { Chain, Family, Table } from "../../model/types.ts";
import { readExceptionChains } from "./chain-exceptions.ts";
import { readRestChains } from "./chain-rests.ts";
import {
  ChainIndex,
  type MarkGroup,
  readClearChain,
  readFlipChain,
  readMarkGroups,
  readOthers,
} from "./groups.ts";
import type { MarkChains } from "./rule-chain-types.ts";

/** The chains of a table by what they do. */
export interface KnownChains {
  readonly known: MarkChains;
  /** Groups, and chains that are nearly one, with the reason why not. */
  readonly read: ReadonlyMap<string, MarkGroup | string>;
  /** Groups that set their bit for their members. */
  readonly groups: ReadonlyMap<string, MarkGroup>;
  readonly index: ChainIndex;
}

/** Finds out; `idle`: chains that no rule leads to. */
export function knowChains(
  table: Table,
  chains: readonly Chain[],
  idle: readonly string[],
  family: Family,
): KnownChains {
  const index = new ChainIndex(table);
  const read = readMarkGroups(table, chains, family);
  const groups = new Map<string, MarkGroup>();
  for (const [name, group] of read) if (typeof group !== "string") groups.set(name, group);
  const clears = findBits(chains, readClearChain);
  const flips = findBits(chains, readFlipChain);
  const others = chains.flatMap((chain) => readOthers(chain, family) ?? []);
  const all = new Map([...groups, ...others.map((group) => [group.name, group] as const)]);
  const exceptions = readExceptionChains(chains, clears, index, family);
  const idleClears = idle.filter((name) => clears.has(name));
  const rests = readRestChains(chains, index);
  return {
    known: { family, groups: all, flips, exceptions, rests, clears, idleClears },
    read,
    groups,
    index,
  };
}

function findBits(chains: readonly Chain[], read: (chain: Chain) => number): ReadonlyMap<string, number> {
  return new Map(chains.map((chain) => [chain.name, read(chain)] as const).filter(([, bits]) => bits !== 0));
}

/** Whether a chain may be a rule chain. One that asks nothing but negated groups has to test marks, too: many chains set a bit for who is left. */
export function asksGroups(chain: Chain, { groups }: MarkChains): boolean {
  const asked = jumpsOf(chain).flatMap((name) => groups.get(name) ?? []);
  if (asked.some(({ isOthers }) => !isOthers)) return true;
  return asked.length > 0 && chain.rules.some(({ matches }) => matches.some(({ kind }) => kind === "mark"));
}

function jumpsOf({ rules }: Chain): readonly string[] {
  return rules.flatMap(({ target }) => (target.kind === "jump" ? [target.chain] : []));
}

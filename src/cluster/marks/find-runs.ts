/**
 * Finds the runs of policy rules (`run.ts`) of a table, each with its call.
 */
import type { Chain, Rule, Table } from "../../model/types.ts";
import type { ClusterOptions, OddChain } from "../types.ts";
import { nameGroups } from "./group-names.ts";
import type { MarkGroup } from "./groups.ts";
import { findUnions, readSetter, type RunWords } from "./objects.ts";
import { readRun } from "./run.ts";
import { type CalledRun, chainsOfRun, findRunCall, rulesOfRun } from "./run-tree.ts";

/** What was found so far; the lists grow. */
export interface FoundRuns {
  readonly runs: CalledRun[];
  /** Rules of chains that leave no bit, taken or not. */
  readonly tame: Rule[];
  readonly odd: OddChain[];
}

/** Finds the runs of a table, each with its call; the answer is the names of all their chains. */
export function findRuns(
  table: Table,
  chains: readonly Chain[],
  known: Omit<RunWords, "setters" | "unions" | "chains"> & {
    readonly groups: ReadonlyMap<string, MarkGroup>;
  },
  idleClears: readonly string[],
  options: ClusterOptions,
  { runs, tame, odd }: FoundRuns,
): ReadonlySet<string> {
  const setters = new Map(chains.flatMap((chain) => (readSetter(chain) === 0 ? [] : [[chain.name, chain]])));
  const unions = findUnions(chains, known.index, setters);
  const words: RunWords = {
    ...known,
    setters,
    unions,
    chains: new Map(chains.map((chain) => [chain.name, chain])),
  };
  const found = chains.flatMap((chain) => {
    const run = readRun(chain, words);
    if (typeof run === "string") note(odd, chain, run);
    return run === null || typeof run === "string" ? [] : [run];
  });
  const names = new Set(found.flatMap(chainsOfRun));
  for (const run of nameGroups(found, [...known.groups.values()])) {
    const call = findRunCall(table, run, idleClears, words, names, options);
    if (typeof call === "string") note(odd, run.chain, call);
    else runs.push(call);
    tame.push(...rulesOfRun(run, table, typeof call === "string" ? run.leaves : call.leaves));
  }
  return names;
}

/** Notes a chain that looks like one of ours, and is none. */
export function note(odd: OddChain[], { name, line, rules }: Chain, why: string): void {
  odd.push({ chain: name, line: rules[0]?.line ?? line, why });
}

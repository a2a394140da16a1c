/**
 * The packet counters of a table's rules, as `iptables-save -c` prints them: how many packets of a base chain each rule has seen, and whether they tell anything.
 */
import type { Ruleset, Table } from "../model/types.ts";
import type { CompiledHook, CompiledTable } from "../verify/sample/program.ts";

/** Fewer packets than this say nothing: what one rule in a hundred gets would be known to a third at best. */
export const LEAST_COUNTED = 1000;

/** What counters are good for. `none`: there are none; `incomplete`: only some rules have one, as in a file that was written and never loaded; `few`: too few packets. */
export type CountersKind = "good" | "few" | "incomplete" | "none";

/** Counters and lines of rules as programs number them; ends of chains have none. */
export interface TableCounters {
  readonly counts: Float64Array;
  readonly lines: Int32Array;
  readonly isCounted: Uint8Array;
  readonly isEnd: Uint8Array;
  /** Packets that each base chain's policy has decided, those that a RETURN led to it among them. */
  readonly policies: ReadonlyMap<string, number>;
}

/** Reads them. iptables-save prints the policies' counters even where it is not asked for any: alone they say nothing. */
export function readCounters(ruleset: Ruleset, { chains }: Table): TableCounters {
  const rows = chains.flatMap(({ rules }) => [
    ...rules.map(({ counters, line }) => ({
      count: Number(counters?.packets ?? 0),
      line,
      isCounted: counters !== null,
      isEnd: false,
    })),
    { count: 0, line: 0, isCounted: false, isEnd: true },
  ]);
  return {
    counts: Float64Array.from(rows, ({ count }) => count),
    lines: Int32Array.from(rows, ({ line }) => line),
    isCounted: Uint8Array.from(rows, ({ isCounted }) => Number(isCounted)),
    isEnd: Uint8Array.from(rows, ({ isEnd }) => Number(isEnd)),
    policies: new Map(
      chains.flatMap(({ name, policy, line }) =>
        policy === null ? [] : [[name, countsOfPolicy(ruleset, line)] as const],
      ),
    ),
  };
}

function countsOfPolicy({ file }: Ruleset, line: number): number {
  const start = file.lineStarts[line - 1];
  if (start === undefined) return 0;
  const declared = /^\s*:\S+\s+\S+\s+\[(\d+):\d+\]/.exec(file.text.slice(start, file.lineStarts[line]));
  return Number(declared?.[1] ?? 0);
}

/** Whether all rules of a table have counters. */
export function isCountedThroughout({ chains }: Table): boolean {
  return chains.every(({ rules }) => rules.every(({ counters }) => counters !== null));
}

/** What one base chain's packets have done. */
export interface HookCounters {
  readonly kind: CountersKind;
  /** All its packets. */
  readonly total: number;
  /** By rule, as programs number them: of a chain that other base chains lead to as well, this one's part. */
  readonly counts: Float64Array;
  readonly policy: number;
}

/** The counters of what a base chain of the old side reaches; `ends` are its rules that end walks. */
export function countHook(
  counters: TableCounters,
  table: CompiledTable,
  hook: CompiledHook,
  ends: readonly number[],
): HookCounters {
  const rules = [...hook.sides[0].anchors].filter((rule) => counters.isEnd[rule] === 0);
  const shares = new Shares(counters, table, hook);
  const { chainOf } = table.programs[0];
  const counts = new Float64Array(counters.counts.length);
  for (const rule of rules) counts[rule] = counters.counts[rule]! * shares.of(chainOf[rule]!);
  const policy = counters.policies.get(hook.name) ?? 0;
  const total = ends.reduce((sum, rule) => sum + counts[rule]!, policy);
  const counted = rules.filter((rule) => counters.isCounted[rule] === 1).length;
  const kind =
    counted === 0 ? "none" : counted < rules.length ? "incomplete" : total < LEAST_COUNTED ? "few" : "good";
  return { kind, total, counts, policy };
}

/** Which part of a chain's packets came from one base chain: as the counters of the jumps to it say. A class because it guards what is known already. */
class Shares {
  readonly #counters: TableCounters;
  readonly #table: CompiledTable;
  readonly #hook: CompiledHook;
  readonly #known = new Map<number, number>();

  constructor(counters: TableCounters, table: CompiledTable, hook: CompiledHook) {
    this.#counters = counters;
    this.#table = table;
    this.#hook = hook;
    this.#known.set(hook.sides[0].chain, 1);
  }

  of(chain: number): number {
    const known = this.#known.get(chain);
    if (known !== undefined) return known;
    // For chains that call each other: each is asked once.
    this.#known.set(chain, 1);
    const own = callersOf(this.#hook, chain);
    const all = new Set(this.#table.hooks.flatMap((hook) => callersOf(hook, chain)));
    const { chainOf } = this.#table.programs[0];
    const { counts } = this.#counters;
    const came = own.reduce((sum, rule) => sum + counts[rule]! * this.of(chainOf[rule]!), 0);
    const total = [...all].reduce((sum, rule) => sum + counts[rule]!, 0);
    const share = total === 0 ? 1 : came / total;
    this.#known.set(chain, share);
    return share;
  }
}

function callersOf({ sides }: CompiledHook, chain: number): readonly number[] {
  const { callers, callerStart } = sides[0];
  return [...callers.subarray(callerStart[chain]!, callerStart[chain + 1]!)];
}

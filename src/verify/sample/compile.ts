/**
 * Two tables to one compiled table: conditions shared by both sides, and a program for each side.
 */
import type { Chain, Family, Rule, Table, Target } from "../../model/types.ts";
import { reachedUnparsed } from "../../model/unparsed.ts";
import { assertNever } from "../../text/internal-error.ts";
import { nameOccurrences, type OccurrenceNames } from "../occurrences.ts";
import { ConditionBuilder } from "./conditions.ts";
import { changesCtstate, effectBits } from "./effects.ts";
import { interfaceNames } from "./interfaces.ts";
import { Names } from "./names.ts";
import { collectPools } from "./pools.ts";
import {
  type CompiledHook,
  type CompiledTable,
  type Conditions,
  EFFECT,
  KIND,
  OP,
  type Program,
} from "./program.ts";
import { reachFrom } from "./reach.ts";

/** The old and the new form of one table; both have the same base chains, and neither has a fault (reach.ts). */
export interface TablePair {
  readonly name: string;
  readonly family: Family;
  readonly old: Table;
  readonly new: Table;
  /** Whether packets of a connection may have lost a part of their headers (../header-cutters.ts); without it they have not. */
  readonly cutsHeaders?: boolean;
}

/** Compiles both sides. `connmarkBits` are the own bits that no connection mark carries. */
export function compileTable(
  pair: TablePair,
  ownBits: number,
  connmarkBits = 0,
  backend: "legacy" | "nft" | null = null,
  counters = false,
): CompiledTable {
  const tables = [pair.old, pair.new] as const;
  const texts = new Names(["DROP", "ACCEPT", "QUEUE"]);
  const macs = new Names(["other"]);
  const words = pair.family === "v4" ? 1 : 4;
  const interfaces = interfaceNames(tables);
  const liveCtstate = changesCtstate(tables);
  const builder = new ConditionBuilder({ words, interfaces, macs, texts, liveCtstate });
  const names = nameOccurrences(pair.old, pair.new);
  const drafts = [
    draftProgram(pair.old, { builder, texts, names, counters }),
    draftProgram(pair.new, { builder, texts, names, counters }),
  ] as const;
  const { conditions, ids } = builder.finish();
  const programs = [
    finishProgram(drafts[0], conditions, ids),
    finishProgram(drafts[1], conditions, ids),
  ] as const;
  const pools = collectPools(conditions, programs);
  const hooks = compileHooks(tables, programs, texts);
  return {
    name: pair.name,
    words,
    ownBits,
    connmarkBits,
    cutsHeaders: pair.cutsHeaders ?? false,
    backend: backend === null ? -1 : backend === "nft" ? 1 : 0,
    conditions,
    leads: otherLeads(conditions, programs),
    programs,
    chains: [chainNames(pair.old), chainNames(pair.new)],
    hooks,
    pools,
    interfaces,
    macs: macs.list(),
    texts: texts.list(),
  };
}

function chainNames(table: Table): readonly string[] {
  return table.chains.map((chain) => chain.name);
}

/** A program whose terms are provisional condition numbers. */
interface Draft {
  readonly first: readonly number[];
  readonly terms: readonly number[];
  readonly ops: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly chainOf: readonly number[];
  readonly chainStart: readonly number[];
}

/** What both sides are drafted with. */
interface Drafting {
  readonly builder: ConditionBuilder;
  readonly texts: Names;
  readonly names: OccurrenceNames;
  readonly counters: boolean;
}

function draftProgram(table: Table, { builder, texts, names, counters }: Drafting): Draft {
  const starts = chainStarts(table.chains);
  const draft = { first: [0], terms: [], ops: [], a: [], b: [], chainOf: [] } as {
    readonly [name in "first" | "terms" | "ops" | "a" | "b" | "chainOf"]: number[];
  };
  const add = (chain: number, [op, a, b]: Operation): void => {
    draft.ops.push(op);
    draft.a.push(a);
    draft.b.push(b);
    draft.chainOf.push(chain);
    draft.first.push(draft.terms.length);
  };
  for (const [index, chain] of table.chains.entries()) {
    for (const rule of chain.rules) {
      for (const number of termsOf(rule, builder, names)) draft.terms.push(number);
      const counts = counters && rule.target.kind === "none";
      add(index, counts ? countingOf(rule, texts) : operationOf(rule.target, starts, texts));
    }
    add(index, [OP.RETURN, 0, 0]);
  }
  return { ...draft, chainStart: [...starts.values(), draft.ops.length] };
}

function chainStarts(chains: readonly Chain[]): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  let at = 0;
  for (const chain of chains) {
    starts.set(chain.name, at);
    at += chain.rules.length + 1;
  }
  return starts;
}

function termsOf(rule: Rule, builder: ConditionBuilder, names: OccurrenceNames): readonly number[] {
  return rule.matches
    .map((match, place) => builder.add(match, match.kind === "opaque" ? names(rule, place) : match.text))
    .filter((number) => number !== null);
}

type Operation = readonly [op: number, a: number, b: number];

/** A rule without target, where its counter is compared: known by all that it matches. */
function countingOf(rule: Rule, texts: Names): Operation {
  const matches = rule.matches.filter(({ kind }) => kind !== "comment").map(({ text }) => text);
  return [OP.EFFECT, texts.number(`counter of ${matches.join(" ")}`), EFFECT.SILENT];
}

function operationOf(target: Target, starts: ReadonlyMap<string, number>, texts: Names): Operation {
  switch (target.kind) {
    case "none":
      return [OP.CONTINUE, 0, 0];
    case "verdict":
      return target.verdict === "RETURN" ? [OP.RETURN, 0, 0] : [OP.END, texts.number(target.verdict), 0];
    case "jump":
    case "goto":
      return [target.kind === "jump" ? OP.JUMP : OP.GOTO, starts.get(target.chain)!, 0];
    case "mark":
      return [OP.MARK, target.clear, target.flip];
    case "connmark": {
      const { operation } = target;
      if (operation.kind === "set") return [OP.CONNMARK_SET, operation.clear, operation.flip];
      const op = operation.kind === "save" ? OP.CONNMARK_SAVE : OP.CONNMARK_RESTORE;
      return [op, operation.nfmask, operation.ctmask];
    }
    case "extension": {
      const text = texts.number(target.text.replace(/^-j /, ""));
      if (target.ends === "always") return [OP.END, text, 0];
      return [target.ends === "never" ? OP.EFFECT : OP.MAYBE_END, text, effectBits(target)];
    }
    case "unparsed":
      // Whatever it does: samples are not drawn for hooks that reach it (jobs.ts).
      return [OP.MAYBE_END, texts.number(`unread: ${target.text}`), EFFECT.STATE | EFFECT.MARK];
    default:
      return assertNever(target);
  }
}

function finishProgram(draft: Draft, conditions: Conditions, ids: Int32Array): Program {
  const first = Int32Array.from(draft.first);
  const terms = Int32Array.from(draft.terms, (number) => ids[number]!);
  const marks = new Uint8Array(draft.chainStart.length - 1);
  for (const [rule, op] of draft.ops.entries()) if (op === OP.MARK) marks[draft.chainOf[rule]!] = 1;
  return {
    lead: findLeads(conditions, terms, first),
    first,
    terms,
    ops: Uint8Array.from(draft.ops),
    a: Int32Array.from(draft.a),
    b: Int32Array.from(draft.b),
    chainOf: Int32Array.from(draft.chainOf),
    chainStart: Int32Array.from(draft.chainStart),
    marks,
  };
}

/**
 * For each rule the condition to test first: of those that may be tested early, because nothing before them can drop the packet or leave an
 * effect, the one that fails most often.
 */
function findLeads(conditions: Conditions, terms: Int32Array, first: Int32Array): Int32Array {
  const uses = new Int32Array(conditions.kinds.length);
  for (const id of terms) uses[id]!++;
  const leads = new Int32Array(first.length - 1);
  for (let rule = 0; rule < leads.length; rule++) {
    let best = 0;
    for (let at = first[rule]!; at < first[rule + 1]!; at++) {
      const id = terms[at]!;
      // Conditions on few rules first: they are the ones that few packets meet.
      const score = selectivity(conditions, id) + 1 / (1 + uses[id]!);
      if (score > best) {
        best = score;
        leads[rule] = id;
      }
      if (!isHarmless(conditions.kinds[id]!)) break;
    }
  }
  return leads;
}

function otherLeads(conditions: Conditions, programs: readonly Program[]): Int32Array {
  const leads = new Set(programs.flatMap((program) => [...new Set(program.lead)]));
  const isAddress = (kind: number): boolean => kind === KIND.SOURCE || kind === KIND.DESTINATION;
  return Int32Array.from([...leads].filter((id) => !isAddress(conditions.kinds[id]!)));
}

const HARMLESS: ReadonlySet<number> = new Set([KIND.FRAGMENT, KIND.CTSTATE, KIND.MAC, KIND.ADDRESS_SET]);

/** True for conditions whose evaluation is never seen: they can't hotdrop, and neither read nor write what the walk changes. */
function isHarmless(kind: number): boolean {
  return kind <= KIND.OUT || HARMLESS.has(kind);
}

/** How likely a condition fails, in whole numbers; -1 for one that can't be tested ahead of the walk. */
function selectivity(conditions: Conditions, id: number): number {
  if (id >= conditions.staticCount) return -1;
  if (conditions.negated[id] === 1) return 0;
  const kind = conditions.kinds[id];
  if (kind === KIND.SOURCE || kind === KIND.DESTINATION) {
    let bits = 0;
    const end = conditions.at[id + 1]!;
    // The second half of the parameters is the mask.
    for (let at = (conditions.at[id]! + end) >> 1; at < end; at++) bits += popCount(conditions.data[at]!);
    return 1 + bits;
  }
  if (kind === KIND.ADDRESS_SET) return 20;
  return kind === KIND.MAC ? 40 : 1;
}

function popCount(word: number): number {
  let bits = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

function compileHooks(
  tables: readonly [Table, Table],
  programs: readonly [Program, Program],
  texts: Names,
): readonly CompiledHook[] {
  const side = (index: 0 | 1, name: string) => {
    const chain = tables[index].chains.findIndex((candidate) => candidate.name === name);
    return reachFrom(programs[index], chain, texts.number(tables[index].chains[chain]!.policy ?? "ACCEPT"));
  };
  return tables[0].chains
    .filter((chain) => chain.policy !== null)
    .map(({ name }) => ({
      name,
      sides: [side(0, name), side(1, name)] as const,
      isUnread: tables.some((table) => reachedUnparsed(table, name) !== null),
    }));
}

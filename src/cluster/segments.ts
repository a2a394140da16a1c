/**
 * Cuts chains into segments: stretches of movable rules that no barrier interrupts.
 */
import type { Chain, Rule, Ruleset, Table } from "../model/types.ts";
import { hasUnparsed, isUnparsed } from "../model/unparsed.ts";
import { Arrivals } from "./arrivals.ts";
import { FeatureReader } from "./feature-reader.ts";
import type { Barrier, Features, Movable } from "./features.ts";
import type { ClusterOptions } from "./types.ts";
import { findWhole } from "./whole-headers.ts";

/** Chains that daemons edit while they run; they stay as they are unless `rewriteChains` names them. */
export const DAEMON_CHAINS: readonly string[] = [
  "DOCKER*",
  "KUBE-*",
  "f2b-*",
  "ts-*",
  "cali-*",
  "LIBVIRT_*",
  "CNI-*",
  "NETAVARK*",
  "ufw-*",
  "ufw6-*",
  "sshguard*",
];

/** Tables whose rules can be merged. */
export const REWRITABLE_TABLES: readonly string[] = ["raw", "mangle", "nat", "filter"];

/** Those whose rules are merged where nobody says otherwise: in the others marks, addresses and connection states are made. */
export const USUAL_TABLES: readonly string[] = ["filter"];

/** Whether rules of a table are merged. */
export function isRewritten(table: string, { rewriteTables = USUAL_TABLES }: ClusterOptions): boolean {
  return rewriteTables.includes(table);
}

/** Deepest chain, counted from its base chain: nft allows 15 levels. */
export const DEEPEST_CHAIN = 15;

/** Deepest chain that may still call a rule chain and its group chains. */
export const DEEPEST_OWNER = DEEPEST_CHAIN - 2;

/** A stretch of a chain: movable rules in order, or one barrier. */
export type Piece = { readonly kind: "segment"; readonly rules: readonly Movable[] } | Barrier;

/** A chain cut up; all its rules in order. */
export interface CutChain {
  readonly table: string;
  readonly chain: Chain;
  readonly pieces: readonly Piece[];
}

/**
 * Cuts all chains of a table; chains that are kept consist of barriers only. A table with a rule that could not be read is kept as a whole: such a rule may set
 * marks, jump anywhere and decide anything, and the one proof that there can be is that the table is the same as before. Rules of `without` are left out: policy rules in other places stand for them.
 */
export function cutTable(
  table: Table,
  ruleset: Ruleset,
  options: ClusterOptions,
  without: ReadonlySet<Rule> = new Set(),
): CutChain[] {
  if (hasUnparsed(table)) return keepTable(table);
  const depths = chainDepths(table);
  const reader = new FeatureReader(ruleset.family);
  const arrivals = new Arrivals(table, ruleset);
  return table.chains.map((chain) => {
    const reason = !isRewritten(table.name, options)
      ? "other-table"
      : isKept(chain.name, options)
        ? "kept-chain"
        : (depths.get(chain.name) ?? 0) > DEEPEST_OWNER
          ? "too-deep"
          : null;
    if (reason === null) {
      const pieces = cutRules(takeApart(chain, reader, arrivals), without);
      return { table: table.name, chain, pieces };
    }
    const pieces = chain.rules.map((rule): Barrier => ({ kind: "barrier", rule, reason }));
    return { table: table.name, chain, pieces };
  });
}

function keepTable(table: Table): CutChain[] {
  return table.chains.map((chain) => {
    const pieces = chain.rules.map((rule): Barrier => {
      return { kind: "barrier", rule, reason: isUnparsed(rule) ? "unparsed" : "beside-unparsed" };
    });
    return { table: table.name, chain, pieces };
  });
}

/** Rules of a chain taken apart: the search asks for them, and then the rewriter. */
const TAKEN_APART = new WeakMap<Chain, readonly Features[]>();

function takeApart(chain: Chain, reader: FeatureReader, arrivals: Arrivals): readonly Features[] {
  let features = TAKEN_APART.get(chain);
  if (features === undefined) {
    const found = chain.rules.map((rule) => reader.read(rule));
    features = findWhole(chain, found, arrivals);
    TAKEN_APART.set(chain, features);
  }
  return features;
}

function cutRules(rules: readonly Features[], without: ReadonlySet<Rule>): Piece[] {
  const pieces: Piece[] = [];
  let open: Movable[] = [];
  for (const features of rules) {
    if (without.has(features.rule)) continue;
    if (features.kind === "movable") {
      open.push(features);
      continue;
    }
    if (open.length > 0) pieces.push({ kind: "segment", rules: open });
    open = [];
    pieces.push(features);
  }
  if (open.length > 0) pieces.push({ kind: "segment", rules: open });
  return pieces;
}

/** Whether a chain stays as it is. */
export function isKept(chain: string, options: ClusterOptions): boolean {
  if (options.rewriteChains.some((pattern) => matchesPattern(chain, pattern))) return false;
  return [...DAEMON_CHAINS, ...options.keepChains].some((pattern) => matchesPattern(chain, pattern));
}

/** `*` stands for any text, `?` for one character; the rest is literal and case counts. */
export function matchesPattern(name: string, pattern: string): boolean {
  return patternExpression(pattern).test(name);
}

/** The same, for many names. */
export function patternExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "s");
}

/**
 * How deep each chain is called below a base chain, at most. Chains that no base chain reaches are not there: they may even be in a loop, which the
 * kernel takes as long as nothing gets to it.
 */
export function chainDepths(table: Table): Map<string, number> {
  const called = new Map<string, Set<string>>();
  for (const { name, rules } of table.chains) {
    const set = new Set<string>();
    for (const { target } of rules)
      if (target.kind === "jump" || target.kind === "goto") set.add(target.chain);
    called.set(name, set);
  }
  const bases = table.chains.filter(({ policy }) => policy !== null).map(({ name }) => name);
  const callers = countCallers(bases, called);
  const depths = new Map(bases.map((name) => [name, 0]));
  const ready = bases.filter((name) => callers.get(name) === 0);
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    for (const callee of called.get(name) ?? []) {
      depths.set(callee, Math.max(depths.get(callee) ?? 0, depths.get(name)! + 1));
      const waiting = callers.get(callee)! - 1;
      callers.set(callee, waiting);
      if (waiting === 0) ready.push(callee);
    }
  }
  return depths;
}

/** For each chain that base chains reach: how many of those chains call it. */
function countCallers(
  bases: readonly string[],
  called: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, number> {
  const callers = new Map<string, number>(bases.map((name) => [name, 0]));
  const open = [...bases];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const callee of called.get(name) ?? []) {
      if (!callers.has(callee)) open.push(callee);
      callers.set(callee, (callers.get(callee) ?? 0) + 1);
    }
  }
  return callers;
}

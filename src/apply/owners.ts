/**
 * Who else writes rules on this machine, told by the chains that are live: each program with what it will do to rules that it didn't make, and what to do instead of working against it.
 */
import type { Ruleset } from "../model/types.ts";
import { anyMeans, chainPattern, type ChainPattern, meansChain } from "./chain-pattern.ts";
import { KNOWN_OWNERS, type Owner } from "./known-owners.ts";
import { normalRule, tableNames } from "./normal-lists.ts";
import type { Refusal } from "./refusal.ts";

/** What is known of the machine. */
export interface OwnerFacts {
  /** All live rulesets, of both families. */
  readonly rulesets: readonly Ruleset[];
  /** `nft list tables`, each as `inet firewalld`; empty where nft is not there. */
  readonly nftTables: readonly string[];
  /** Which of OWNER_PATHS there are. */
  readonly paths: ReadonlySet<string>;
  /** Where the rules are loaded; both count where it is missing. */
  readonly backend?: "legacy" | "nft";
}

/** An owner with what shows it. */
export interface FoundOwner {
  readonly owner: Owner;
  /** Its chains that are live, each table once, in their order. */
  readonly chains: readonly { readonly table: string; readonly chain: string }[];
  /** For people, the first of a kind: `chain DOCKER-USER of filter`; not empty. */
  readonly evidence: readonly string[];
}

/** Paths whose being there tells of an owner. */
export const OWNER_PATHS: readonly string[] = KNOWN_OWNERS.flatMap(({ paths = [] }) => paths);

const PATTERNS: ReadonlyMap<Owner, readonly ChainPattern[]> = new Map(
  KNOWN_OWNERS.map((owner) => [owner, owner.chains.map(chainPattern)]),
);

const MORE_PATTERNS: ReadonlyMap<Owner, readonly ChainPattern[]> = new Map(
  KNOWN_OWNERS.map((owner) => [owner, (owner.alsoChains ?? []).map(chainPattern)]),
);

/** The program whose chain that is by its name alone; null for anybody's. */
export function ownerOfChain(table: string, chain: string): Owner | null {
  return KNOWN_OWNERS.find((owner) => anyMeans(PATTERNS.get(owner)!, table, chain)) ?? null;
}

/** All owners that something shows. */
export function findOwners(facts: OwnerFacts): readonly FoundOwner[] {
  const { backend } = facts;
  return KNOWN_OWNERS.flatMap((owner) => {
    if (backend !== undefined && owner.backend !== undefined && owner.backend !== backend) return [];
    const shown = chainsOf(facts.rulesets, PATTERNS.get(owner)!);
    const evidence = [
      ...shown.slice(0, 1).map(({ table, chain }) => `chain ${chain} of ${table}`),
      ...findRule(facts.rulesets, owner),
      ...facts.nftTables.filter((name) => owner.nftTables?.includes(name)).map((name) => `nft table ${name}`),
      ...(owner.paths ?? []).filter((path) => facts.paths.has(path)),
    ];
    if (evidence.length === 0) return [];
    const chains = [...shown, ...chainsOf(facts.rulesets, MORE_PATTERNS.get(owner)!)];
    return [{ owner, chains, evidence }];
  });
}

function chainsOf(
  rulesets: readonly Ruleset[],
  patterns: readonly ChainPattern[],
): { readonly table: string; readonly chain: string }[] {
  return tableNames(...rulesets).flatMap((table) => {
    const chains = rulesets.flatMap(({ tables }) => tables.find(({ name }) => name === table)?.chains ?? []);
    const names = new Set(chains.map(({ name }) => name));
    return [...names].filter((chain) => anyMeans(patterns, table, chain)).map((chain) => ({ table, chain }));
  });
}

function findRule(rulesets: readonly Ruleset[], { rules: expression }: Owner): readonly string[] {
  if (expression === undefined) return [];
  for (const { tables } of rulesets)
    for (const { name, chains } of tables)
      for (const { rules } of chains)
        for (const rule of rules) {
          const text = normalRule(rule);
          if (expression.test(text)) return [`rule ${text} of ${name}`];
        }
  return [];
}

/** What the user says about owners. */
export interface OwnerOptions {
  /** `--owner-known`. */
  readonly isKnown: boolean;
  readonly keep: readonly ChainPattern[];
}

/** Refuses to work against an owner, unless that is accepted: all are where the user knows of them, and those that change their own chains where these are kept as they are. */
export function refuseOwners(found: readonly FoundOwner[], { isKnown, keep }: OwnerOptions): Refusal | null {
  if (isKnown) return null;
  const open = found.filter(({ owner, chains }) => {
    const isKept = chains.length > 0 && chains.every(({ table, chain }) => anyMeans(keep, table, chain));
    return owner.writes === "everything" || !isKept;
  });
  if (open.length === 0) return null;
  const names = open.map(({ owner }) => owner.name);
  const message =
    names.length === 1
      ? `${names[0]} writes rules on this machine, too`
      : `others write rules on this machine, too: ${names.join(", ")}`;
  const details = open.map(
    ({ owner, evidence }) =>
      `${owner.name} (${evidence.join("; ")}): ${consequenceOf(owner)}; ${owner.instead}`,
  );
  return { message, details, next: adviceFor(open) };
}

function consequenceOf({ writes }: Owner): string {
  return writes === "everything"
    ? "it makes the whole ruleset anew when it starts or reloads, and what is loaded here is gone then"
    : "it changes its own chains whenever it likes";
}

function adviceFor(open: readonly FoundOwner[]): string {
  const kept = open.filter(({ owner }) => owner.writes === "chains");
  const keep = kept
    .flatMap(({ owner, chains }) =>
      owner.chains.filter((pattern) =>
        chains.some(({ table, chain }) => meansChain(chainPattern(pattern), table, chain)),
      ),
    )
    .map((pattern) => `--keep-chain '${pattern}'`)
    .join(" ");
  if (keep === "") return "--owner-known loads the ruleset all the same";
  return kept.length === open.length
    ? `${keep} leaves these chains as they are live; --owner-known takes them as the plan has them`
    : `--owner-known loads the ruleset all the same, ${keep} leaves their chains as they are live`;
}

/** Says whose a change of a chain is: that of its owner, or where all lines that changed call chains of one. */
export function ownerOfLines(table: string, chain: string, lines: readonly string[]): string | null {
  const own = ownerOfChain(table, chain);
  if (own !== null) return own.name;
  const names = new Set(lines.map((line) => ownerOfCall(table, line)));
  const [only = null] = names;
  return names.size === 1 ? only : null;
}

function ownerOfCall(table: string, line: string): string | null {
  const [, called] = / -[jg] "?([^\s"]+)"?$/u.exec(line) ?? [];
  return called === undefined ? null : (ownerOfChain(table, called)?.name ?? null);
}

/** The pattern by which a chain could be kept as it is live: its owner's, else its name. */
export function keepPatternFor(table: string, chain: string): string {
  const owner = ownerOfChain(table, chain);
  return owner?.chains.find((text) => meansChain(chainPattern(text), table, chain)) ?? chain;
}

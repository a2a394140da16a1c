/**
 * Policy rules of runs as the trees (`../trees.ts`) that the plan and the rewriter know. All rules of a run stand where it is called.
 */
import type { Chain, Rule, Table } from "../../model/types.ts";
import { isKept } from "../segments.ts";
import type { RunPlace, Tree } from "../trees.ts";
import type { ClusterOptions, TreeProduct } from "../types.ts";
import type { RunWords } from "./objects.ts";
import type { MarkRun, RunPolicy } from "./run.ts";
import { axesOf, makeTemplate, setsOf } from "./tree.ts";

/** A run with the one rule that calls it. */
export interface CalledRun {
  readonly table: Table;
  readonly run: MarkRun;
  readonly call: Rule;
  /** Chains that clear bits, on any way out. */
  readonly leaves: readonly string[];
}

/** Finds the call of a run; else why it can't be taken, as the end of a sentence. `runChains`: names of all chains of runs. */
export function findRunCall(
  table: Table,
  run: MarkRun,
  idleClears: readonly string[],
  words: RunWords,
  runChains: ReadonlySet<string>,
  options: ClusterOptions,
): CalledRun | string {
  const callers = table.chains.flatMap((owner) =>
    owner.rules.filter(
      ({ target }) => (target.kind === "jump" || target.kind === "goto") && target.chain === run.chain.name,
    ),
  );
  const [call] = callers;
  if (call === undefined) return "nothing calls it";
  if (callers.length > 1) return "several rules call it";
  const isPlain = call.target.kind === "jump" && call.matches.every(({ kind }) => kind === "comment");
  if (!isPlain || isKept(call.chain, options) || runChains.has(call.chain))
    return "the rule that calls it has to stay as it is";
  const idle = idleClears.filter((chain) => words.clears.get(chain) === run.mask);
  return { table, run, call, leaves: [...new Set([...run.leaves, ...idle])] };
}

/** Names of all chains that a run has for itself. */
export function chainsOfRun({ chain, objects, sections, policies }: MarkRun): readonly string[] {
  const services = policies.flatMap((policy) => (policy.services === null ? [] : [policy.services]));
  const groups = [
    ...objects.flatMap((each) => each.groups),
    ...sections.flatMap((each) => each.sections.map(({ group }) => group)),
  ];
  return [
    chain.name,
    ...[...objects, ...sections].flatMap(({ chains }) => chains),
    ...[...groups, ...services].map(({ rules }) => rules[0]!.chain),
    ...policies.map((policy) => policy.chain.name),
  ];
}

/** All rules of a run, those of its groups among them. */
export function rulesOfRun(
  run: MarkRun,
  { chains }: Pick<Table, "chains">,
  leaves: readonly string[],
): readonly Rule[] {
  const cleared = chains.filter(({ name }) => leaves.includes(name)).flatMap(({ rules }) => rules);
  const policies = run.policies.flatMap((policy) => [policy.line, ...ownRules(policy)]);
  return [...new Set([...sharedRules(run), ...policies, ...cleared])];
}

function sharedRules({ frame, objects, sections }: MarkRun): readonly Rule[] {
  return [
    ...frame,
    ...[...objects, ...sections].flatMap(({ rules }) => rules),
    ...objects.flatMap(({ groups }) => groups.flatMap((group) => group.rules)),
  ];
}

function ownRules({ chain, services, behind }: RunPolicy): readonly Rule[] {
  return [...chain.rules, ...(services?.rules ?? []), ...behind];
}

/** The trees, in the order of the run. */
export function makeRunTrees({ table, run, call, leaves }: CalledRun): readonly Tree[] {
  const cleared = table.chains.filter(({ name }) => leaves.includes(name));
  return run.policies.map((policy, at) => makeTree(table, run, { rule: call, at }, policy, cleared));
}

function makeTree(
  table: Table,
  run: MarkRun,
  place: RunPlace,
  policy: RunPolicy,
  cleared: readonly Chain[],
): Tree {
  const { chain, services, pre, rest, verdict, line } = policy;
  const groups = [...policy.groups, ...(services === null ? [] : [services])];
  const template = makeTemplate({ groups, guards: [], pre, rest, verdict }, policy.call);
  const product: TreeProduct = {
    ...{ table: table.name, chain: place.rule.chain, axes: axesOf(groups) },
    sets: setsOf(groups).map((set) => (set.axis === "service" ? set : { ...set, isSorted: true })),
    rules: [
      ...new Set([
        ...[place.rule, line, ...ownRules(policy), ...sharedRules(run)],
        ...cleared.flatMap(({ rules }) => rules),
      ]),
    ],
    ...{ template, name: chain.name, isWritten: true, replaces: [chain.name] },
    servicesFirst: false,
  };
  return {
    ...{ table: table.name, chain: place.rule.chain, calls: [line], place },
    ...{ chains: product.replaces, variants: [product] },
  };
}

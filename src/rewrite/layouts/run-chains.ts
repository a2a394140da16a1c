/**
 * All chains of the runs of a table: the run's own, those that test its objects, those of its policy rules, and those of verdicts.
 */
import { DEEPEST_CHAIN } from "../../cluster/segments.ts";
import type { Axis } from "../../model/types.ts";
import type { ChainNames } from "../chain-names.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { Run } from "../hoist.ts";
import type { MergedRule } from "../product.ts";
import type { RuleChain } from "./article.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { HOISTED_AXES, layOutHoistedRule, layOutRun } from "./hoisted.ts";
import { layOutObjects } from "./objects.ts";
import { VerdictChains } from "./verdicts.ts";
import { line } from "./words.ts";

/** What runs are laid out with. */
export interface RunParts {
  readonly runs: readonly Run[];
  /** Of the whole table. */
  readonly groups: readonly GroupChain[];
  /** Ids of groups whose chain tests their members. */
  readonly whole: ReadonlySet<string>;
  readonly comments: ReadonlyMap<MergedRule, string>;
  /** How deep a chain is below its base chain. */
  readonly depthOf: (chain: string) => number;
  readonly names: ChainNames;
}

/** What they come to. */
export interface RunChains {
  readonly rules: ReadonlyMap<MergedRule, RuleChain>;
  readonly chains: readonly NewChain[];
  readonly verdicts: readonly NewChain[];
}

const LETTERS: Readonly<Record<Axis, string>> = {
  source: "S",
  destination: "D",
  in: "I",
  out: "O",
  service: "SRV",
};

const OBJECT_WORDS: Readonly<Record<Axis, string>> = {
  source: "sources",
  destination: "destinations",
  in: "in-interfaces",
  out: "out-interfaces",
  service: "services",
};

/** Room for the letter of an axis behind the name of a run. */
const LONGEST_RUN_NAME = 24;

/** Lays out all runs. */
export function layOutRunChains(parts: RunParts, context: LayoutContext): RunChains {
  const rules = new Map<MergedRule, RuleChain>();
  const chains: NewChain[] = [];
  const verdicts = new VerdictChains(parts.names);
  for (const run of parts.runs) {
    const name = parts.names.take(`P-${run.chain}`.slice(0, LONGEST_RUN_NAME));
    const objects = layOutAxes(run, name, parts, context);
    const names = Object.fromEntries(objects.map(([axis, [root]]) => [axis, root!.name]));
    const title = `${name}: policy rules in a row -> ${run.chain}`;
    chains.push({ name, title, lines: layOutRun({ name, rules: run.rules, objects: names }, context) });
    chains.push(...objects.flatMap(([, own]) => own));
    for (const [at, rule] of run.rules.entries()) {
      const lines = layOutHoistedRule(rule, parts.comments.get(rule)!, context, verdicts);
      const origins = run.rules.flatMap((each) => each.rules.map((one) => one.line));
      rules.set(rule, { calls: at === 0 ? [line(origins, "-A", run.chain, "-j", name)] : [], lines });
    }
  }
  return { rules, chains, verdicts: verdicts.chains };
}

function layOutAxes(
  run: Run,
  name: string,
  { groups, whole, depthOf, names }: RunParts,
  context: LayoutContext,
): readonly (readonly [Axis, readonly NewChain[]])[] {
  const used = new Set(run.rules.flatMap((rule) => rule.groups.map(({ id }) => id)));
  // Below the owner: the run, its objects, and below these the chain that sets a group's bit.
  const place = { family: context.family, levels: DEEPEST_CHAIN - depthOf(run.chain) - 3, names };
  return HOISTED_AXES.flatMap((axis) => {
    const own = groups.filter(({ group }) => group.axis === axis && used.has(group.id));
    if (own.length === 0) return [];
    const root = names.take(`${name}/${LETTERS[axis]}`);
    const [first, ...branches] = layOutObjects(root, axis, own, whole, context, place);
    const title = `${root}: ${OBJECT_WORDS[axis]} -> bits of their groups${branches.length > 0 ? `, by prefix: ${root}/...` : ""}`;
    return [[axis, [{ ...first!, title }, ...branches]] as const];
  });
}

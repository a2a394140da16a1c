/**
 * All chains of the runs of a table: the run's own, those that look for its objects, those of its groups and policy rules, and those of services and verdicts.
 */
import { DEEPEST_CHAIN } from "../../cluster/segments.ts";
import type { ChainNames } from "../chain-names.ts";
import { collectGroups } from "../collect-groups.ts";
import type { MergedRule } from "../product.ts";
import { RUN_LEVELS, type Run, rulesOf } from "../runs/types.ts";
import type { RuleChain } from "./article.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { RunLayout } from "./run-layout.ts";
import { RunNames } from "./run-names.ts";
import { Endings } from "./verdicts.ts";
import { line } from "./words.ts";

export { type Run, rulesOf } from "../runs/types.ts";

/** What runs are laid out with. */
export interface RunParts {
  readonly runs: readonly Run[];
  readonly comments: ReadonlyMap<MergedRule, string>;
  /** How deep a chain is below its base chain. */
  readonly depthOf: (chain: string) => number;
  readonly names: ChainNames;
  /** Names of groups that have a chain already. */
  readonly given: ReadonlySet<string>;
}

/** What they come to. */
export interface RunChains {
  readonly rules: ReadonlyMap<MergedRule, RuleChain>;
  readonly chains: readonly NewChain[];
  /** Those that several runs may share. */
  readonly endings: readonly NewChain[];
}

/** Room for the letter of an axis behind the name of a run. */
const LONGEST_RUN_NAME = 24;

/** Lays out all runs. */
export function layOutRunChains(parts: RunParts, context: LayoutContext): RunChains {
  const { runs, comments, names, depthOf } = parts;
  const groupNames = new RunNames(names, parts.given);
  const rules = new Map<MergedRule, RuleChain>();
  const services = collectGroups(runs.flatMap(rulesOf)).filter(({ group }) => group.axis === "service");
  const byId = new Map(services.map((used) => [used.group.id, used]));
  const endings = new Endings(names, groupNames, byId, context);
  const chains = runs.flatMap((run) => {
    const name = names.take(`P-${run.chain}`.slice(0, LONGEST_RUN_NAME));
    const own = rulesOf(run);
    const origins = own.flatMap((each) => each.rules.map((one) => one.line));
    for (const [at, rule] of own.entries()) {
      const lines = endings.layOutRule(rule, comments.get(rule)!);
      rules.set(rule, { calls: at === 0 ? [line(origins, "-A", run.chain, "-j", name)] : [], lines });
    }
    const levels = DEEPEST_CHAIN - depthOf(run.chain) - RUN_LEVELS;
    const trees = { family: context.family, levels, names };
    return new RunLayout(run, { name, trees, groupNames }, context).layOut();
  });
  return { rules, chains, endings: endings.chains };
}

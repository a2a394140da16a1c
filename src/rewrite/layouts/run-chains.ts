/**
 * All chains of the runs of a table: the run's own, those that look for its objects, those of its groups and policy rules, and those of services and verdicts.
 */
import { DEEPEST_CHAIN } from "../../cluster/segments.ts";
import { type Axis, AXIS_WORDS } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { ChainNames } from "../chain-names.ts";
import { collectGroups } from "../collect-groups.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { MergedRule } from "../product.ts";
import { RUN_LEVELS } from "../runs/find-runs.ts";
import { type Run, rulesOf, type Section } from "../runs/types.ts";
import type { RuleChain } from "./article.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { bitAxes, isSingle, layOutLines, layOutRun } from "./hoisted.ts";
import { layOutObjects, layOutSetter, layOutUnion, type NamedGroup } from "./objects.ts";
import type { RunNames } from "./run-names.ts";
import type { TreePlace } from "./tree.ts";
import { Endings } from "./verdicts.ts";
import { line } from "./words.ts";

/** What runs are laid out with. */
export interface RunParts {
  readonly runs: readonly Run[];
  readonly comments: ReadonlyMap<MergedRule, string>;
  /** How deep a chain is below its base chain. */
  readonly depthOf: (chain: string) => number;
  readonly names: ChainNames;
  readonly groupNames: RunNames;
}

/** What they come to. */
export interface RunChains {
  readonly rules: ReadonlyMap<MergedRule, RuleChain>;
  readonly chains: readonly NewChain[];
  /** Those that several runs may share. */
  readonly endings: readonly NewChain[];
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
  const { runs, comments, names, groupNames } = parts;
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
    return new RunLayout(name, run, parts, context).layOut();
  });
  return { rules, chains, endings: endings.chains };
}

/** One run; a class because it guards what its chains are called. */
class RunLayout {
  readonly #name: string;
  readonly #run: Run;
  readonly #parts: RunParts;
  readonly #context: LayoutContext;
  readonly #groups: ReadonlyMap<PlanGroup, GroupChain>;
  readonly #place: TreePlace;

  constructor(name: string, run: Run, parts: RunParts, context: LayoutContext) {
    this.#name = name;
    this.#run = run;
    this.#parts = parts;
    this.#context = context;
    this.#groups = new Map(collectGroups(rulesOf(run)).map((used) => [used.group, used]));
    const levels = DEEPEST_CHAIN - parts.depthOf(run.chain) - RUN_LEVELS;
    this.#place = { family: context.family, levels, names: parts.names };
  }

  layOut(): readonly NewChain[] {
    const objects = bitAxes(this.#run).map((axis) => [axis, this.#layOutBits(axis)] as const);
    const sections = this.#run.steps.map((step) =>
      step.kind === "lines" ? null : this.#layOutSections(step.sections),
    );
    const name = this.#name;
    const lines = layOutRun(
      name,
      this.#run,
      new Map(objects.map(([axis, [root]]) => [axis, root!.name])),
      sections.map((own) => own?.[0]!.name ?? null),
      this.#context,
    );
    const title = `${name}: policy rules in a row -> ${this.#run.chain}`;
    return [
      { name, title, lines },
      ...objects.flatMap(([, own]) => own),
      ...sections.flatMap((own) => own ?? []),
    ];
  }

  #nameGroups(groups: readonly PlanGroup[]): readonly NamedGroup[] {
    return groups.map((group) => ({
      chain: this.#parts.groupNames.take(group),
      used: this.#groups.get(group)!,
    }));
  }

  /** The chain that sets the bits of an axis, those below, and those of its groups. */
  #layOutBits(axis: Axis): readonly NewChain[] {
    const { bits } = this.#run;
    const bitOf = (group: PlanGroup): number => bits.get(group)!;
    const named = this.#nameGroups([...bits.keys()].filter((group) => group.axis === axis));
    const [basis, unions] = [true, false].map((wanted) =>
      named.filter(({ used }) => isSingle(bitOf(used.group)) === wanted),
    );
    const setters = basis!.map(({ chain, used: { group } }): NewChain => {
      const title = `${chain}: ${AXIS_WORDS[axis]} group, sets mark bit ${printMark(bitOf(group))}`;
      return { name: chain, title, lines: layOutSetter(chain, bitOf(group)) };
    });
    const united = unions!.map(({ chain, used: { group } }): NewChain => {
      const mask = bitOf(group);
      const parts = basis!.filter(({ used }) => (bitOf(used.group) & mask) !== 0);
      const title = `${chain}: ${AXIS_WORDS[axis]} group, whoever has one of the mark bits ${printMark(mask)}; nothing calls this chain`;
      return {
        name: chain,
        title,
        lines: layOutUnion(
          chain,
          parts.map((part) => part.chain),
        ),
      };
    });
    return [...this.#layOutTree(axis, basis!, bitOf, "bits of their groups"), ...setters, ...united];
  }

  /** The chain that finds the leading groups of a step, those below, and those of the groups. */
  #layOutSections(sections: readonly Section[]): readonly NewChain[] {
    const named = this.#nameGroups(sections.map(({ group }) => group));
    const chains = sections.map(({ group, rules }, at): NewChain => {
      const { chain } = named[at]!;
      const title = `${chain}: ${AXIS_WORDS[group.axis]} group, with its policy rules`;
      return { name: chain, title, lines: layOutLines(chain, rules, this.#run) };
    });
    return [...this.#layOutTree(this.#run.lead, named, null, "policy rules of their groups"), ...chains];
  }

  #layOutTree(
    axis: Axis,
    groups: readonly NamedGroup[],
    bitOf: ((group: PlanGroup) => number) | null,
    words: string,
  ): readonly NewChain[] {
    const root = this.#parts.names.take(`${this.#name}/${LETTERS[axis]}`);
    const [first, ...branches] = layOutObjects(root, axis, groups, bitOf, this.#place);
    const title = `${root}: ${OBJECT_WORDS[axis]} -> ${words}${branches.length > 0 ? `, by prefix: ${root}/...` : ""}`;
    return [{ ...first!, title }, ...branches];
  }
}

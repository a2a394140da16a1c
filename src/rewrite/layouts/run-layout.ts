/**
 * The chains of one run: its own, those that look for its objects, and those of its groups.
 */
import { type Axis, AXIS_WORDS } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { PlanGroup } from "../../plan/types.ts";
import { collectGroups } from "../collect-groups.ts";
import { findEarliest, type Run, rulesOf, type Section } from "../runs/types.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { bitAxes, isSingle, layOutLines, layOutRun } from "./hoisted.ts";
import { layOutObjects, layOutSetter, layOutUnion, type NamedGroup, type Side } from "./objects.ts";
import type { RunNames } from "./run-names.ts";
import type { TreePlace } from "./tree.ts";

/** Where a run stands. */
export interface RunPlace {
  /** Of its own chain. */
  readonly name: string;
  /** Of the chains that look for objects. */
  readonly trees: TreePlace;
  readonly groupNames: RunNames;
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

/** One run; a class because it guards what its chains are called. */
export class RunLayout {
  readonly #place: RunPlace;
  readonly #run: Run;
  readonly #context: LayoutContext;
  readonly #groups: ReadonlyMap<PlanGroup, NamedGroup["used"]>;

  constructor(run: Run, place: RunPlace, context: LayoutContext) {
    this.#place = place;
    this.#run = run;
    this.#context = context;
    this.#groups = new Map(collectGroups(rulesOf(run)).map((used) => [used.group, used]));
  }

  layOut(): readonly NewChain[] {
    const objects = bitAxes(this.#run).map((axis) => [axis, this.#layOutBits(axis)] as const);
    const sections = this.#run.steps.map((step) =>
      step.kind === "lines" ? null : this.#layOutSections(step.sections),
    );
    const { name } = this.#place;
    const lines = layOutRun(
      name,
      this.#run,
      new Map(objects.map(([axis, [root]]) => [axis, root!.name])),
      sections.map((own) => (own === null ? null : own[0]!.name)),
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
      chain: this.#place.groupNames.take(group),
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
    return [...this.#layOutTree(axis, basis!, { bitOf }, "bits of their groups"), ...setters, ...united];
  }

  /** The chain that finds the leading groups of a step, those below, and those of the groups. */
  #layOutSections(sections: readonly Section[]): readonly NewChain[] {
    const named = this.#nameGroups(sections.map(({ group }) => group));
    const chains = sections.map(({ group, rules }, at): NewChain => {
      const { chain } = named[at]!;
      const title = `${chain}: ${AXIS_WORDS[group.axis]} group, with its policy rules`;
      return { name: chain, title, lines: layOutLines(chain, rules, this.#run) };
    });
    // Packets of the first of the old lines lose most against these.
    const first = [...(findEarliest(sections[0]!.rules).memberLines[this.#run.lead]?.keys() ?? [])];
    return [...this.#layOutTree(this.#run.lead, named, { first }, "policy rules of their groups"), ...chains];
  }

  #layOutTree(axis: Axis, groups: readonly NamedGroup[], side: Side, words: string): readonly NewChain[] {
    const root = this.#place.trees.names.take(`${this.#place.name}/${LETTERS[axis]}`);
    const [first, ...branches] = layOutObjects(root, axis, groups, side, this.#place.trees);
    const title = `${root}: ${OBJECT_WORDS[axis]} -> ${words}${branches.length > 0 ? `, by prefix: ${root}/...` : ""}`;
    return [{ ...first!, title }, ...branches];
  }
}

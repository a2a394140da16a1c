/**
 * A task without what a proof does not read, so that copies of it for other threads are small.
 */
import type { Match, Rule, Table, Target } from "../../model/types.ts";
import type { SliceTask } from "./slice.ts";

/** The same task: equal matches and targets are one object, which a copy holds once, and rules have no text of their own. A set's members are not in its text. */
export function leanTask(task: SliceTask): SliceTask {
  const matches = new Map<string, Match>();
  const targets = new Map<string, Target>();
  const lean = (table: Table): Table => ({
    ...table,
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule): Rule => {
        const ownMatches = rule.matches
          .filter(({ kind }) => kind !== "comment")
          .map((match) => (match.kind === "addressSet" ? match : keep(matches, match)));
        return {
          ...rule,
          text: "",
          matches: ownMatches,
          target: keep(targets, rule.target),
          comment: null,
          counters: null,
        };
      }),
    })),
  });
  const { pair } = task;
  return { ...task, pair: { ...pair, old: lean(pair.old), new: lean(pair.new) } };
}

/** Equal texts of one kind say the same in one family. */
function keep<T extends Match | Target>(known: Map<string, T>, value: T): T {
  const key = `${value.kind} ${value.text}`;
  const first = known.get(key);
  if (first !== undefined) return first;
  known.set(key, value);
  return value;
}

/**
 * Compares the combinations that policy rules add, and those that they leave out, with the rules of the plan's inputs: each is one of their groups' members, and no rule says it.
 */
import { AXES } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Fact } from "./audit-facts.ts";
import type { PlanPlace } from "./file-parse.ts";
import { partsOfLine } from "./line-parts.ts";
import { missingMembers, missingText } from "./missing.ts";
import { ruleMembers } from "./policy-change.ts";
import { type TreesByCall, treeOfPolicy } from "./tree-rules.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "./types.ts";
import { didYouMean } from "./yaml-reader.ts";

/** The lists of combinations that a policy rule may have. */
const LISTS = ["added", "missing"] as const;

/** What is said of a combination under `missing` that is none: a reader would take it for one that is kept out. */
const MISSING_HELP = "take it out: missing lists what no rule says, and keeps nothing else out";

/** PLAN_BAD_COMBINATION. Refused policy rules are looked at, too: they may be accepted tomorrow. */
export function auditCombinations(
  plan: Plan,
  place: PlanPlace,
  facts: readonly ReadonlyMap<number, Fact>[],
  trees: readonly TreesByCall[],
): readonly Diagnostic[] {
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  return plan.policyRules.flatMap((policy) => {
    const { missing = [] } = policy;
    const used = AXES.flatMap((axis) => groups.get(policy.groups[axis] ?? "") ?? []);
    const tree = treeOfPolicy(policy, trees[policy.input] ?? new Map());
    const keptOut = new Set(
      (tree?.variants[0]?.missing?.cells ?? []).map((cell) => missingText(cell.map(({ key }) => key))),
    );
    const said = saidBy(policy, used, facts[policy.input]!);
    return LISTS.flatMap((list) => {
      const texts = policy[list] ?? [];
      const isOne = list === "added" ? isOfGroups(used) : isOfRules(used, said);
      return texts.flatMap((text, at) => {
        const isKept = keptOut.has(text);
        if (isKept && list === "missing") return [];
        const sayer = tree !== null ? "its chains" : said.get(text);
        const problem =
          (isKept
            ? "is kept out by its chains: take that line out of the ruleset, and import it again"
            : null) ??
          isOne(text) ??
          (sayer === undefined ? null : `is in ${sayer} already`) ??
          (list === "added" && missing.includes(text) ? "is under missing, too" : null) ??
          (texts.indexOf(text) < at ? "is there twice" : null);
        if (problem === null) return [];
        // What is there already needs no other spelling.
        const near = said.has(text) || missing.includes(text) ? undefined : didYouMean(text, missing);
        const help = list === "missing" ? MISSING_HELP : near;
        const args = { name: policy.name, list, combination: text, problem };
        const more = help === undefined ? {} : { help };
        return [makeDiagnostic("PLAN_BAD_COMBINATION", place(policy, `${list} ${text}`), args, more)];
      });
    });
  });
}

/** What is wrong with a combination's members. */
type MemberProblem = (text: string) => string | null;

/** What is added has a member of each group as the plan has it. */
function isOfGroups(groups: readonly PlanGroup[]): MemberProblem {
  const problem = `is not a member of each of ${groups.map(({ name }) => name).join(" | ")}`;
  return checkMembers(
    groups.map((group) => new Set(ruleMembers(group))),
    problem,
  );
}

/** What is missing has members of the rules: some may have been taken out of their group since. */
function isOfRules(groups: readonly PlanGroup[], said: ReadonlyMap<string, string>): MemberProblem {
  const cells = [...said.keys()].map(missingMembers);
  const members = groups.map((_, at) => new Set(cells.map((cell) => cell[at] ?? "")));
  return checkMembers(members, "is no combination of its rules' members");
}

function checkMembers(known: readonly ReadonlySet<string>[], problem: string): MemberProblem {
  return (text) => {
    const members = missingMembers(text);
    const isOne = members.length === known.length && known.every((set, at) => set.has(members[at]!));
    return isOne ? null : problem;
  };
}

/** The combinations of a policy rule's own lines. */
function saidBy(
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  facts: ReadonlyMap<number, Fact>,
): ReadonlyMap<string, string> {
  if (policy.added === undefined && policy.missing === undefined) return new Map();
  return new Map(
    policy.lines.flatMap((line) => {
      const movable = facts.get(line)?.movable;
      if (movable === null || movable === undefined) return [];
      return partsOfLine(policy, groups, movable).map(({ tokens }) => {
        const members = groups.map(({ axis }) => tokens[AXES.indexOf(axis)]?.key ?? "");
        return [missingText(members), `line ${line}`] as const;
      });
    }),
  );
}

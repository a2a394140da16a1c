/**
 * Things about a plan that somebody should know before applying it.
 */
import { describeTidied } from "./reasons.ts";
import type { Finding, GroupsView, InputView } from "./view.ts";

/** Below about this many rules a packet walks the flat form faster than the chains (measured on both backends; the README's "How it decides" says more). */
const SMALL_RULESET = 100;

/** The findings, most important first. */
export function findFindings(view: Omit<GroupsView, "version" | "findings">): readonly Finding[] {
  const changed = view.inputs.some(({ tablesChanged }) => tablesChanged.length > 0);
  if (!changed) return [...partial(view), ...unparsed(view), nothingToDo(view), ...keptChains(view)];
  return [
    ...policyChange(view),
    ...partial(view),
    ...unparsed(view),
    ...growing(view),
    ...lostComments(view),
    ...smallRuleset(view),
    ...forgotten(view),
    ...tidied(view),
    ...lostCounters(view),
    ...keptChains(view),
  ];
}

/** The plan says more, or less, than the ruleset. */
function policyChange({ groups, products }: Pick<GroupsView, "groups" | "products">): readonly Finding[] {
  const changes = describeChanges({
    groups: groups.filter(({ uses }) => uses > 0),
    rules: products.filter(({ accept }) => accept),
  });
  if (changes.length === 0) return [];
  const message = `the plan changes the policy: ${changes.join("; ")} (markify apply shows the packets, and wants --allow-policy-change)`;
  return [{ kind: "policy-change", severity: "warning", message, lines: [] }];
}

/** `S-LAN gets 10.1.2.3/32`, `S-LAN loses 10.1.2.4/32`, `R-WEB gets 10.1.2.3/32 | tcp dport 443`. */
export function describeChanges({
  groups,
  rules,
}: {
  readonly groups: readonly {
    readonly name: string;
    readonly added?: readonly string[];
    readonly removed?: readonly string[];
    /** Policy rules for packets that are not in the group: what it gets, they lose. */
    readonly negatedBy?: readonly string[];
  }[];
  readonly rules: readonly {
    readonly name: string;
    readonly added?: readonly string[];
    readonly turned?: readonly string[];
  }[];
}): readonly string[] {
  const say = (name: string, verb: string, list: readonly string[] = []) =>
    list.length === 0 ? [] : [`${name} ${verb} ${list.join(", ")}`];
  return [
    ...groups.flatMap(({ name, added, removed, negatedBy = [] }) => [
      ...say(name, "gets", added).map((text) => text + effect("no more for", negatedBy)),
      ...say(name, "loses", removed).map((text) => text + effect("also for", negatedBy)),
    ]),
    ...rules.flatMap(({ name, added, turned }) => [
      ...say(name, "gets", added),
      ...say(name, "now means", turned),
    ]),
  ];
}

/** What a member of a negated group means for the rules that negate it. */
function effect(what: string, rules: readonly string[]): string {
  return rules.length === 0
    ? ""
    : ` (so ${rules.join(", ")} ${rules.length === 1 ? "is" : "are"} ${what} it)`;
}

function partial({ inputs }: Pick<GroupsView, "inputs">): readonly Finding[] {
  return inputs.flatMap(({ path, partial: missing = [] }) => {
    if (missing.length === 0) return [];
    const message = `${path} is not the whole firewall (--partial): ${missing.join("; ")}`;
    return [{ kind: "partial", severity: "warning", message, lines: [] }] as const;
  });
}

/** Where such rules are, and what they keep from being done elsewhere. */
function unparsed(view: Pick<GroupsView, "unparsed" | "flat">): readonly Finding[] {
  if (view.unparsed === 0) return [];
  const lines = view.flat.filter(({ reason }) => reason === "unparsed").flatMap((flat) => flat.lines);
  const message = `${count(view.unparsed, "rule")} can't be read and may do anything, so tables with such rules stay as they are; since one may use any mark bit, nothing elsewhere is merged either`;
  return [{ kind: "unparsed", severity: "warning", message, lines }];
}

function nothingToDo(view: Pick<GroupsView, "products" | "unparsed">): Finding {
  if (view.unparsed > 0) {
    const message = "the ruleset stays as it is: it has rules that can't be read";
    return { kind: "nothing-to-do", severity: "note", message, lines: [] };
  }
  const isThere = view.products.some(({ accept }) => accept);
  const message = isThere
    ? "nothing to do: the groups and policy rules of the ruleset are mark groups already"
    : view.products.length > 0
      ? "the ruleset stays as it is, since every policy rule is refused"
      : "the ruleset stays as it is: no group is used twice and no line is saved";
  return { kind: "nothing-to-do", severity: "note", message, lines: [] };
}

/** Left to itself the search never makes a file larger; refusals, members taken out, and groups that a person has named can. */
function growing({
  inputs,
  groups,
  products,
}: Pick<GroupsView, "inputs" | "groups" | "products">): readonly Finding[] {
  const larger = inputs.filter(({ rulesBefore, rulesAfter }) => rulesAfter > rulesBefore);
  const gone = new Set(groups.filter(({ accept }) => !accept).map(({ name }) => name));
  // A policy rule of a refused group is refused with it.
  const alone = products.filter(
    ({ accept, groups: used }) => !accept && !Object.values(used).some((name) => gone.has(name)),
  );
  const refused = [...gone, ...alone.map(({ name }) => name)];
  return larger.map((input) => {
    const message = `${describeGrowth(input)}${refused.length === 0 ? "" : `; refused: ${listNames(refused)}`}`;
    return { kind: "grows", severity: "warning", message, lines: [] };
  });
}

/** For a file that has more rules than before. */
export function describeGrowth({
  rulesBefore,
  rulesAfter,
}: Pick<InputView, "rulesBefore" | "rulesAfter">): string {
  return `the new file is larger (${count(rulesBefore, "rule")} before, ${rulesAfter} after): its groups, as names that were given or edits of the plan have them, cost more rules than they save`;
}

function tidied({ inputs }: Pick<GroupsView, "inputs">): readonly Finding[] {
  const kinds = [...new Set(inputs.flatMap((input) => input.tidied))];
  if (kinds.length === 0) return [];
  const message = `cleaned, so that iptables-restore loads the new file: ${describeTidied(kinds)}`;
  return [{ kind: "tidied", severity: "note", message, lines: [] }];
}

function smallRuleset(view: Pick<GroupsView, "rulesBefore">): readonly Finding[] {
  if (view.rulesBefore >= SMALL_RULESET) return [];
  const message = `with ${count(view.rulesBefore, "rule")} the flat form is probably the faster one; groups are easier to read and to change`;
  return [{ kind: "small-ruleset", severity: "note", message, lines: [] }];
}

function lostComments(view: Pick<GroupsView, "lostComments">): readonly Finding[] {
  const { lostComments: lost } = view;
  if (lost.length === 0) return [];
  const message = `${count(lost.length, "comment")} of merged rules ${lost.length === 1 ? "has" : "have"} no place in the new ruleset`;
  return [
    {
      kind: "lost-comments",
      severity: "warning",
      message,
      lines: lost.map(({ file, line }) => ({ file, line })),
    },
  ];
}

/** Combinations beside which all others of a policy rule are said. */
function forgotten({ products }: Pick<GroupsView, "products">): readonly Finding[] {
  return products.flatMap(({ id, name, accept, missing, lines }) => {
    if (!accept || missing.length === 0) return [];
    const message = `${name} lacks ${listNames(missing)}: probably forgotten; that stays as it is (in the plan, move it from missing to added to let it in)`;
    const where = { lines: lines.slice(0, 1), policyRule: id };
    return [{ kind: "probably-forgotten", severity: "note" as const, message, ...where }];
  });
}

function lostCounters(view: Pick<GroupsView, "lostCounters">): readonly Finding[] {
  if (view.lostCounters === 0) return [];
  const message = `${count(view.lostCounters, "merged rule")} had counted packets; the new rules start at 0`;
  return [{ kind: "lost-counters", severity: "note", message, lines: [] }];
}

function keptChains(view: Pick<GroupsView, "flat">): readonly Finding[] {
  const kept = view.flat.filter(({ reason }) => reason === "kept-chain");
  const names = [...new Set(kept.map(({ chain }) => chain))];
  if (names.length === 0) return [];
  const message = `${names.length === 1 ? "chain" : "chains"} ${listNames(names)} left alone (import with --rewrite-chain rewrites one, too)`;
  return [{ kind: "kept-chains", severity: "note", message, lines: kept.flatMap(({ lines }) => lines) }];
}

function listNames(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
}

/** `1 rule`, `2 rules`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

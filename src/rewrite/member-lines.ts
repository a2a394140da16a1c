/**
 * The flat rules of a policy rule, each with the members that it has: as they are, and as a plan that changes the policy wants them.
 */
import { readPartialLog } from "../cluster/marks/partial-log.ts";
import type { Axis, Match, Rule } from "../model/types.ts";
import { missingText } from "../plan/missing.ts";
import { InternalError } from "../text/internal-error.ts";
import { splitService } from "./layouts/words.ts";
import { makePlainForm } from "./plain-form.ts";
import { type MergedRule, turnedPhrase } from "./product.ts";

/** A rule on its way into the flat form. */
export interface FlatLine {
  readonly chain: string;
  readonly text: string;
  /** Of the rule in the ruleset, or of that which it was made from; missing for what replaces many. */
  readonly line?: number;
  /** What it is a copy for; missing for rules of the ruleset. */
  readonly added?: {
    readonly name: string;
    readonly member: string;
    /** It is no copy: `member` is a group that was turned round. */
    readonly isTurned?: true;
  };
}

/** A rule of a policy rule: taken apart, with the members that it has. */
export interface MemberLine extends FlatLine {
  readonly line: number;
  readonly matches: readonly Pick<Match, "kind" | "text">[];
  readonly target: string;
  readonly members: Readonly<Partial<Record<Axis, string>>>;
}

/** What becomes of a policy rule's rules, of which these are the lines; `chains`: those that its table has. */
export function changeLines(
  merged: MergedRule,
  own: readonly MemberLine[],
  chains: ReadonlySet<string>,
): {
  readonly lines: readonly FlatLine[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
} {
  if (merged.turned.length > 0) return turnLines(merged, own, chains);
  const lines = withAdded(merged, own);
  const kept = lines.filter((line) => !isRemoved(merged, line));
  const gone = lines.filter((line) => isRemoved(merged, line) && line.added === undefined);
  return {
    lines: kept,
    added: kept.filter((line) => line.added !== undefined).map(({ text }) => text),
    removed: gone.map(({ text }) => text),
  };
}

/** Where a group is turned round, none of the old rules is right. */
function turnLines(
  merged: MergedRule,
  own: readonly MemberLine[],
  chains: ReadonlySet<string>,
): ReturnType<typeof changeLines> {
  const { name } = merged.policy;
  const made = makePlainForm(merged, merged.policy.chain, chains.has(name));
  const member = turnedPhrase(merged);
  return {
    lines: made.map((line) => ({ ...line, added: { name, member, isTurned: true } })),
    added: made.flatMap(({ chain, text }) => (chain === "" ? [] : [text])),
    removed: own.map(({ text }) => text),
  };
}

/** A rule word for word. */
export function asFlatLine({ chain, text, line }: Rule): FlatLine & { readonly line: number } {
  return { chain, text, line };
}

/** The rules of a policy rule, each copy behind the rule that it was made from. */
function withAdded(merged: MergedRule, own: readonly MemberLine[]): readonly MemberLine[] {
  let lines: readonly MemberLine[] = withCombinations(merged, own);
  for (const { axis, added = [] } of merged.groups) {
    if (added.length === 0) continue;
    // All members fare alike, save for combinations that are missing: an added one has a rule where any of them has one.
    const seen = new Set<string>();
    lines = lines.flatMap((line) => {
      const others = JSON.stringify({ ...line.members, [axis]: "" });
      if (line.members[axis] === undefined || seen.has(others)) return [line];
      seen.add(others);
      return [line, ...added.map((member) => copyFor(merged, line, axis, member))];
    });
  }
  return lines;
}

/** The rules with one more for each combination that the plan adds. */
function withCombinations(merged: MergedRule, lines: readonly MemberLine[]): readonly MemberLine[] {
  const copies = merged.added.map((cell): MemberLine => {
    const wanted = merged.groups.map(({ axis }, at) => [axis, cell[at]!] as const);
    const service = wanted.find(([axis]) => axis === "service")?.[1];
    const like = lines.find(({ members }) => members.service === service) ?? lines[0]!;
    const made = wanted.reduce((line, [axis, member]) => withMember(merged, line, axis, member), like);
    return { ...made, added: { name: merged.policy.name, member: missingText(cell) } };
  });
  return [...lines, ...copies];
}

/** The rules with their members; one that stands for several of a group (a call of a tree with a list of ports), or is meant in part, is one rule for each. Lines that log partial matches
 * are no rules of the policy: neither side of a comparison has them. */
export function asMemberLines(merged: MergedRule): readonly MemberLine[] {
  const split = new Set<number>();
  const rules = merged.rules.filter((rule) => readPartialLog(rule) === null);
  let lines = rules.map((rule): MemberLine => {
    const matches = rule.matches.filter(({ kind }) => kind !== "comment");
    if (merged.parts.has(rule)) split.add(rule.line);
    return { ...asFlatLine(rule), matches, target: rule.target.text, members: {} };
  });
  for (const { axis } of merged.groups) {
    const byLine = new Map<number, string[]>();
    for (const [member, own] of merged.memberLines[axis] ?? [])
      for (const line of own) byLine.set(line, [...(byLine.get(line) ?? []), member]);
    lines = lines.flatMap((line) => {
      const [first, ...others] = byLine.get(line.line) ?? [];
      if (first === undefined) return [line];
      const isOther =
        line.matches.some(({ kind }) => kind === "addressSet") ||
        (axis === "service" && split.has(line.line));
      if (others.length === 0 && !isOther) return [{ ...line, members: { ...line.members, [axis]: first } }];
      return [first, ...others].map((member) => withMember(merged, line, axis, member));
    });
  }
  return lines;
}

/** A rule with another member in the place of the one that it has. */
function withMember(merged: MergedRule, line: MemberLine, axis: Axis, member: string): MemberLine {
  const text = merged.memberTexts[axis]?.get(member);
  if (text === undefined) throw new InternalError(`the member ${member} has no text`);
  const { chain, target } = line;
  const matches =
    axis === "service" ? replaceService(line.matches, text) : replaceHeader(line.matches, axis, text);
  const words = ["-A", chain, ...matches.map((match) => match.text), target].filter((word) => word !== "");
  return { ...line, matches, text: words.join(" "), members: { ...line.members, [axis]: member } };
}

function copyFor(merged: MergedRule, line: MemberLine, axis: Axis, member: string): MemberLine {
  return { ...withMember(merged, line, axis, member), added: { name: merged.policy.name, member } };
}

type Matches = MemberLine["matches"];

/** An address, an interface, or the range or set that stands for addresses. */
function replaceHeader(matches: Matches, axis: Exclude<Axis, "service">, text: string): Matches {
  const at = matches.findIndex(
    ({ kind, text: old }) =>
      (kind === axis && !old.startsWith("!")) || kind === "iprange" || kind === "addressSet",
  );
  return matches.map((match, index) => (index === at ? { kind: match.kind, text } : match));
}

const TRANSPORTS: readonly Match["kind"][] = ["transport", "multiport", "icmp"];

/** The protocol in its place, the matches of its header in the place of the old ones. */
function replaceService(matches: Matches, text: string): Matches {
  const [protocol, rest] = splitService(text);
  const first = matches.findIndex(({ kind }) => TRANSPORTS.includes(kind));
  const isLast = first === -1;
  return matches.flatMap((match, at): Matches => {
    const header = { kind: "transport", text: rest } as const;
    if (match.kind === "protocol")
      return isLast ? [{ ...match, text: protocol }, header] : [{ ...match, text: protocol }];
    if (at === first) return [header];
    return TRANSPORTS.includes(match.kind) ? [] : [match];
  });
}

function isRemoved({ groups }: MergedRule, { members }: MemberLine): boolean {
  return groups.some(({ axis, removed = [] }) => removed.includes(members[axis] ?? ""));
}

/**
 * Why a group or a policy rule is proposed, for a terminal.
 */
import { describeSplit } from "../reasons.ts";
import { printLineRanges } from "../../plan/line-ranges.ts";
import { AXES, AXIS_WORDS } from "../../model/types.ts";
import { count } from "../findings.ts";
import { paint, printable, type Style, sign, wrapWords } from "../style.ts";
import type { LineView } from "../view.ts";
import type { AlmostMember, LostProduct, NearGroup, SavingView, UseView, WhyView } from "./view.ts";

/** Members shown; the plan has the others. */
const MOST_MEMBERS = 12;
const MOST_NAMED = 4;

/** The outcome as one sentence. */
export function summariseWhy({ name, saves, accept }: WhyView): string {
  if (saves === null)
    return `${name}: what it saves can't be told, since the plan can't be carried out otherwise`;
  const rules = saves.rulesWithout - saves.rulesWith;
  const reading = saves.readingWithout - saves.readingWith;
  const verb = accept ? "" : "is refused; it would mean ";
  return `${name}: ${verb}${compare(rules, "rule")} and ${compare(reading, "line")} to read`;
}

function compare(saved: number, noun: string): string {
  return `${count(Math.abs(saved), noun)} ${saved >= 0 ? "fewer" : "more"}`;
}

/** Several lines; ends with a line end. */
export function renderWhy(view: WhyView, style: Style): string {
  const several = new Set(view.lines.map(({ file }) => file)).size > 1;
  const parts = [
    renderHead(view, style),
    section(style, `Made from ${count(view.lines.length, "rule")}`, renderUses(view, several, style)),
    section(style, "Saves", view.saves === null ? [] : renderSaving(view.saves, style)),
    section(
      style,
      "Groups like it",
      view.near.flatMap((near) => renderNear(near, style)),
    ),
    section(
      style,
      "Nearly in it",
      view.almost.flatMap((almost) => renderAlmost(almost, style)),
    ),
    section(style, `Other products of these rules (${view.lostInAll})`, renderLost(view, several, style)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section(style: Style, title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [paint(style, "heading", title), ...lines].join("\n");
}

function wrap(style: Style, text: string, indent = "  "): readonly string[] {
  return wrapWords(style, printable(text).split(" "), indent);
}

function renderHead(view: WhyView, style: Style): string {
  const kind =
    view.kind === "group" ? `${view.axis}, ${count(view.members?.length ?? 0, "member")}` : "policy rule";
  const refused = view.accept ? "" : `  ${paint(style, "warning", "refused")}`;
  const note = view.nameNote === undefined ? "" : ` (${view.nameNote})`;
  const others = view.otherNames.map(({ name, from }) => `${name} (${from})`);
  const words = (view.members ?? []).slice(0, MOST_MEMBERS).map((member) => `${printable(member)},`);
  const rest = (view.members?.length ?? 0) - words.length;
  const last = words.length - 1;
  if (rest > 0) words.push(`${sign(style, "more")} ${rest} more`);
  else if (last >= 0) words[last] = words[last]!.slice(0, -1);
  return [
    `${paint(style, "name", printable(view.name))}  ${kind}${refused}`,
    ...wrapWords(style, words, "  "),
    ...wrap(style, `name from: ${view.nameFrom}${note}`),
    ...(others.length === 0 ? [] : wrap(style, `it could be called: ${others.join(", ")}`)),
  ].join("\n");
}

function renderUses({ usedBy, kind }: WhyView, several: boolean, style: Style): readonly string[] {
  return usedBy.flatMap((use) => renderUse(use, kind === "group", several, style));
}

function renderUse(
  { name, accept, summary, table, chain, lines, combinations }: UseView,
  isNamed: boolean,
  several: boolean,
  style: Style,
): readonly string[] {
  const refused = accept ? "" : `  ${paint(style, "warning", "refused")}`;
  const head = isNamed ? `${paint(style, "name", printable(name))}  ` : "";
  return [
    `  ${head}${printable(`${table} ${chain}`)}, ${count(lines.length, "rule")}${refused}`,
    ...wrap(style, summary, "    "),
    ...wrap(style, where(lines, several), "    "),
    ...(combinations === undefined ? [] : wrap(style, describeSplit(combinations), "    ")),
  ];
}

function renderSaving(saving: SavingView, style: Style): readonly string[] {
  const { rulesWithout, rulesWith, readingWithout, readingWith } = saving;
  return [
    ...wrap(style, `rules in the file: ${rulesWithout} without it, ${rulesWith} with it`),
    ...wrap(
      style,
      `lines to read: ${readingWithout} without it, ${readingWith} with it (a rule is one, a policy rule two, a group one and its members)`,
    ),
  ];
}

function renderNear({ name, shared, likeness, only, others }: NearGroup, style: Style): readonly string[] {
  const parts = [`${count(shared, "member")} in common, ${Math.round(likeness * 100)} % alike`];
  if (only.length > 0) parts.push(`without ${listSome(only)}`);
  if (others.length > 0) parts.push(`with ${listSome(others)}`);
  return [`  ${paint(style, "name", printable(name))}`, ...wrap(style, parts.join("; "), "    ")];
}

function renderAlmost({ member, found, needed, missing }: AlmostMember, style: Style): readonly string[] {
  const rest = needed - found - missing.length;
  const more = rest > 0 ? ` and ${rest} more` : "";
  const why =
    missing.length === 0
      ? "all combinations have a rule, but these can't be brought together in an order that means the same, or it was taken out in the plan"
      : `${found} of ${needed} combinations have a rule; none has: ${missing.join("; ")}${more}`;
  return wrap(style, `${member}: ${why}`);
}

function renderLost({ lost, lostInAll }: WhyView, several: boolean, style: Style): readonly string[] {
  const lines = lost.flatMap((product) => {
    const sizes = AXES.flatMap((axis) => {
      const size = product.sizes[axis];
      return size === undefined ? [] : [count(size, AXIS_WORDS[axis])];
    });
    const what = `${sizes.join(` ${sign(style, "times")} `)}, ${where(product.lines, several)}`;
    return [...wrap(style, what), ...wrap(style, describeLoss(product), "    ")];
  });
  const rest = lostInAll - lost.length;
  return rest > 0 ? [...lines, `  ${sign(style, "more")} ${rest} more`] : lines;
}

function describeLoss({ gain, cost, takenBy, reason, instead }: LostProduct): string {
  const taken = takenBy.length === 0 ? "" : ` (the others are in ${listSome(takenBy)})`;
  const saves = `${count(gain, "line")}${taken}, and costs ${cost} to read`;
  if (reason === "merged-already") return `nothing new: all its rules are in ${listSome(takenBy)}`;
  if (reason === "costs-more") return `not worth it: it saves ${saves}`;
  const lead = `it saves ${saves}; `;
  if (instead === null || instead === undefined)
    return `${lead}but it and the plan's policy rules can't all be merged: some packet would fare otherwise in any order`;
  const { rules, reading, without } = instead;
  const instance = without.length === 0 ? "with it" : `with it in place of ${listSome(without)}`;
  const numbers = `${instance} there would be ${count(reading, "line")} to read, and ${count(rules, "rule")} in the file`;
  return reason === "not-tried"
    ? `${lead}${numbers}: that is better, but the search, which decides step by step, did not come by it`
    : `${lead}${numbers}, more than there were at first`;
}

function where(lines: readonly LineView[], several: boolean): string {
  const files = [...new Set(lines.map(({ file }) => file))];
  return files
    .map((file) => {
      const own = lines.filter((each) => each.file === file).map(({ line }) => line);
      const ranges = `${own.length === 1 ? "line" : "lines"} ${printLineRanges(own)}`;
      return several ? `${file} ${ranges}` : ranges;
    })
    .join("; ");
}

function listSome(texts: readonly string[]): string {
  const rest = texts.length - MOST_NAMED;
  return `${texts.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/**
 * All that was found, of the plan and of lint, in one order: what has to be looked at first stands first.
 */
import type { LintFinding, LintKind } from "../../lint/types.ts";
import type { PageData } from "../page-data.ts";
import type { LineView } from "../view.ts";

/** One finding. */
export interface FindingItem {
  /** Names it in the page's address; steady as long as the data is the same. */
  readonly id: string;
  readonly kind: string;
  readonly severity: "warning" | "note";
  readonly message: string;
  readonly lines: readonly LineView[];
  /** Lines that are the reason. */
  readonly because: readonly LineView[];
  /** What a person can do; empty where nothing is to be done. */
  readonly step: string;
  /** Rules that would be added, or combinations that no rule says. */
  readonly missing: readonly string[];
  /** Id of the policy rule that it is about; missing where it is about none alone. */
  readonly policyRule?: string;
}

/** What to do about the findings of a plan, by their kind. */
const STEPS: Readonly<Record<string, string>> = {
  "policy-change":
    "Look at what is added and removed, in the groups and policy rules; apply wants --allow-policy-change.",
  partial: "Save the whole firewall and import that, if there is more of it.",
  unparsed: "Write these rules in a way that can be read, and import again.",
  "marks-of-others": "Make sure that the bits are kept free of each other: tell import with --marks-from.",
  grows: "Refuse policy rules that are not worth it (accept: false), or keep the flat rules.",
  "small-ruleset": "Merge for people who read it, not for speed.",
  "lost-comments": "Copy comments that still matter into the plan.",
  "lost-counters": "Save the counters first, if anybody needs them.",
  "probably-forgotten": "Ask who knows the network whether the missing combinations are meant to be there.",
  "empty-set": "Fill the set, or drop the rules that ask it.",
};

/** Kinds of lint, worst first: what does something else than it looks like, then what does nothing, then what could be shorter. */
const WORST_FIRST: readonly LintKind[] = [
  "mark-overlap",
  "mark-stale",
  "mark-shared",
  "mark-test",
  "mark-reset",
  "never-matches",
  "shadowed",
  "unreached-chain",
  "near-equal-sets",
  "redundant",
  "generalised",
  "kept-apart",
  "same-set",
  "empty-chain",
  "unused-chain",
];

/** Findings of lint as pages of any age have them. */
interface LintedLines extends Omit<LintFinding, "lines" | "because"> {
  readonly lines: readonly number[];
  readonly because: readonly number[];
}

const lists = new WeakMap<PageData, readonly FindingItem[]>();

/** Lists them; once for each report, since there may be thousands. */
export function listFindings(data: PageData): readonly FindingItem[] {
  const known = lists.get(data) ?? list(data);
  lists.set(data, known);
  return known;
}

function list(data: PageData): readonly FindingItem[] {
  const { report } = data;
  const own = report.findings.map((finding, at) => ({
    ...finding,
    id: `${finding.kind}-${at + 1}`,
    because: [],
    step: STEPS[finding.kind] ?? "",
    missing: report.products.find(({ id }) => id === finding.policyRule)?.missing ?? [],
  }));
  const linted = (report.lint ?? []).flatMap((_, input) =>
    lintedOf(data, input).map((finding, at) => viewLinted(data, input, finding, at)),
  );
  const rank = new Map(WORST_FIRST.map((kind, at) => [`lint: ${kind}`, at]));
  // Sorting keeps what is alike in the order of the file.
  linted.sort((one, other) => (rank.get(one.kind) ?? 0) - (rank.get(other.kind) ?? 0));
  const all = [...own, ...linted];
  return [
    ...all.filter(({ severity }) => severity === "warning"),
    ...all.filter(({ severity }) => severity === "note"),
  ];
}

/** All that lint found in an input; of a page of old, what it has of that. */
function lintedOf({ report, lint }: PageData, input: number): readonly LintedLines[] {
  if (lint !== undefined) return lint[input] ?? [];
  const first = report.lint?.[input]?.found?.first ?? [];
  return first.map((finding) => ({
    ...finding,
    lines: finding.lines.map(({ line }) => line),
    because: finding.because.map(({ line }) => line),
  }));
}

function viewLinted(
  { report, files }: PageData,
  input: number,
  finding: LintedLines,
  at: number,
): FindingItem {
  const file = files[input]?.path ?? report.lint?.[input]?.file ?? "";
  const { kind, severity, message, lines, because, advice, missing = [] } = finding;
  return {
    id: `lint-${input + 1}-${at + 1}`,
    kind: `lint: ${kind}`,
    severity,
    message,
    lines: lines.map((line) => ({ file, line })),
    because: because.map((line) => ({ file, line })),
    step: advice,
    missing,
  };
}

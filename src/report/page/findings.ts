/**
 * All that was found, of the plan and of lint, in one order: what has to be looked at first stands first.
 */
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

/** Lists them. */
export function listFindings({ report, files }: PageData): readonly FindingItem[] {
  const own = report.findings.map((finding, at) => ({
    ...finding,
    id: `${finding.kind}-${at + 1}`,
    because: [],
    step: STEPS[finding.kind] ?? "",
    missing: report.products.find(({ id }) => id === finding.policyRule)?.missing ?? [],
  }));
  const linted = (report.lint ?? []).flatMap(({ file, found }, input) =>
    (found?.first ?? []).map((finding, at) => {
      const place = ({ line }: { readonly line: number }): LineView => ({
        file: files[input]?.path ?? file,
        line,
      });
      const isNearMiss = finding.kind === "near-equal-sets" && finding.lines.length > 0;
      const rule = isNearMiss ? ruleOf(report, place(finding.lines[0]!)) : undefined;
      return {
        id: `lint-${input + 1}-${at + 1}`,
        kind: `lint: ${finding.kind}`,
        severity: finding.severity,
        message: finding.message,
        lines: finding.lines.map(place),
        because: finding.because.map(place),
        step: finding.advice,
        missing: finding.missing ?? [],
        ...(rule === undefined ? {} : { policyRule: rule }),
      };
    }),
  );
  const all = [...own, ...linted];
  return [
    ...all.filter(({ severity }) => severity === "warning"),
    ...all.filter(({ severity }) => severity === "note"),
  ];
}

/** Id of the policy rule that stands for a line; the first one where there are several. */
function ruleOf({ products }: PageData["report"], { file, line }: LineView): string | undefined {
  return products.find(
    (product) =>
      product.accept && product.file === file && product.lines.some((other) => other.line === line),
  )?.id;
}

/** SARIF as the tests read it, and the kinds of findings that have to be described. */
import { readFileSync } from "node:fs";

interface Location {
  readonly physicalLocation?: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
    readonly region?: { readonly startLine: number; readonly startColumn?: number; readonly endLine: number };
  };
}

/** The document. */
export interface SarifLog {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: object };
      readonly invocations: readonly {
        readonly executionSuccessful: boolean;
        readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
      }[];
      readonly results: readonly {
        readonly ruleId: string;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: readonly Location[];
        readonly partialFingerprints: { readonly "markifyFinding/v1": string };
      }[];
    },
  ];
}

/** Kinds that the sources give to findings of the groups report: `kind: "…", severity`. */
function kindsIn(path: string): readonly string[] {
  const text = readFileSync(new URL(`../../src/${path}`, import.meta.url), "utf8");
  return [...text.matchAll(/kind: "([a-z-]+)",\s*severity/g)].map(([, kind]) => kind!);
}

/** All that `review` may say of a plan. */
export const REPORT_KINDS: readonly string[] = [
  ...new Set(["report/findings.ts", "report/mark-findings.ts", "report/set-findings.ts"].flatMap(kindsIn)),
];

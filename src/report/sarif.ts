/**
 * Findings in SARIF 2.1.0 (OASIS), the form that code review reads: a rule for each kind, places as regions of lines, and fingerprints that stay when lines shift.
 */

/** A place in a file: lines from 1, both inclusive; null for the file as a whole. */
export interface SarifPlace {
  /** As people wrote the path; null where there is no file that a reader could open (standard input). */
  readonly file: string | null;
  readonly lines: { readonly first: number; readonly last: number } | null;
  /** From 1, in characters; missing where whole lines are meant. */
  readonly column?: number;
  /** Why it is named, where it is not what the finding is about. */
  readonly message?: string;
}

/** One finding. */
export interface SarifFinding {
  /** Stable word: the kind of a finding, or the code of a diagnostic. */
  readonly rule: string;
  readonly level: "error" | "warning" | "note";
  /** Sentences. */
  readonly message: string;
  readonly place: SarifPlace;
  readonly related: readonly SarifPlace[];
  /** `filter FORWARD`, where it is about a chain or table. */
  readonly chain?: string;
  /** What makes it this finding, whatever lines it is on. */
  readonly identity: readonly string[];
}

/** What a run found, and what it could not find out. */
export interface SarifRun {
  readonly version: string;
  readonly findings: readonly SarifFinding[];
  /** What is not known, as sentences. */
  readonly open: readonly string[];
  /** False where the input has errors, so that nothing was looked at. */
  readonly isWhole: boolean;
  /** What a kind of finding means, as a sentence; a kind without one is its own description. */
  readonly describe: (rule: string) => string | undefined;
  /** The URI of a path: relative to the folder that the command runs in, else absolute. */
  readonly toUri: (path: string) => string;
  /** A short text that stands for a long one. */
  readonly digest: (text: string) => string;
}

/** Related places past this are left out, and counted in the message. */
const MOST_RELATED = 100;

/** The document. */
export function makeSarif(run: SarifRun): object {
  const rules = [...new Set(run.findings.map(({ rule }) => rule))];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "markify", version: run.version, rules: rules.map((id) => viewRule(run, id)) },
        },
        invocations: [
          {
            executionSuccessful: run.isWhole,
            toolExecutionNotifications: run.open.map((text) => ({
              level: "warning",
              message: asMessage(text),
            })),
          },
        ],
        columnKind: "unicodeCodePoints",
        results: viewResults(run, rules),
      },
    ],
  };
}

function viewRule({ describe }: SarifRun, id: string): object {
  const text = describe(id) ?? `${id.charAt(0)}${id.slice(1).toLowerCase().replaceAll("_", " ")}.`;
  return { id, shortDescription: { text } };
}

function viewResults(run: SarifRun, rules: readonly string[]): readonly object[] {
  const seen = new Map<string, number>();
  return run.findings.map((finding) => {
    const { rule, level, message, place, related, identity } = finding;
    const digest = run.digest(JSON.stringify([rule, ...identity]));
    // The same twice: the first and the second of them.
    const occurrence = (seen.get(digest) ?? 0) + 1;
    seen.set(digest, occurrence);
    const more = related.length - MOST_RELATED;
    const text = more > 0 ? `${message} (${more} more lines are not listed.)` : message;
    const places = related.slice(0, MOST_RELATED).filter(({ file }) => file !== null);
    return {
      ruleId: rule,
      ruleIndex: rules.indexOf(rule),
      level,
      message: asMessage(text),
      locations: [viewPlace(run, place, finding.chain)].filter(
        (location) => Object.keys(location).length > 0,
      ),
      ...(places.length === 0
        ? {}
        : { relatedLocations: places.map((each, id) => ({ id, ...viewPlace(run, each) })) }),
      partialFingerprints: { "markifyFinding/v1": `${digest}:${occurrence}` },
    };
  });
}

function viewPlace(
  { toUri }: SarifRun,
  { file, lines, column, message }: SarifPlace,
  chain?: string,
): object {
  const from = column === undefined ? {} : { startColumn: column };
  const region = lines === null ? {} : { region: { startLine: lines.first, ...from, endLine: lines.last } };
  const uri = file === null ? null : toUri(file);
  // What is outside of the folder has a URI of its own.
  const base = uri === null || /^[a-z]+:/.test(uri) ? {} : { uriBaseId: "%SRCROOT%" };
  return {
    ...(uri === null ? {} : { physicalLocation: { artifactLocation: { uri, ...base }, ...region } }),
    ...(chain === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: chain }] }),
    ...(message === undefined ? {} : { message: asMessage(message) }),
  };
}

/** Plain text in a message: brackets would make links of it, and braces arguments (SARIF 2.1.0, 3.11.5 and 3.11.6). */
function asMessage(text: string): { readonly text: string } {
  return { text: text.replace(/[\\[\]]/g, "\\$&").replace(/[{}]/g, "$&$&") };
}

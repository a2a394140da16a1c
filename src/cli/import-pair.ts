/**
 * Reads the two rulesets that `verify` and `diff` compare.
 */
import type { Ruleset } from "../model/types.ts";
import type { Input } from "../import/input.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import { type InputCommandOptions, readInputs } from "./read-input.ts";
import { seeThroughSets } from "./read-sets.ts";
import type { Session } from "./session.ts";
import { CommandStop } from "./stop.ts";

/** The old and the new ruleset. */
export type RulesetPair = readonly [Ruleset, Ruleset];

/** Two rulesets; null where one of the files has errors. */
export interface ImportedPair {
  readonly pair: RulesetPair | null;
  /** The same as they are written, where the sets that are given make something else of them; null where they don't. */
  readonly written: RulesetPair | null;
  /** Whether some rule could not be read. */
  readonly isUnread: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and imports both sides, and sees them through the sets that are given. A file that says nothing about its family is of the family of the other one. */
export async function importPair(
  session: Session,
  paths: readonly [string, string],
  flags: InputCommandOptions,
): Promise<ImportedPair> {
  if (paths[0] === "-" && paths[1] === "-")
    throw new CommandStop(EXIT.usage, "only one side can be standard input");
  const { inputs: read, sets } = await readInputs(session, paths, flags, { dumpOfSeveral: true });
  let [old, now] = [read[0]!.input, read[1]!.input];
  const [oldFamily, newFamily] = [onlyFamily(old), onlyFamily(now)];
  if (oldFamily !== null && isOpen(now)) now = (await read[1]!.again({ ...flags, family: oldFamily })).input;
  else if (newFamily !== null && isOpen(old))
    old = (await read[0]!.again({ ...flags, family: newFamily })).input;
  const diagnostics = [...old.diagnostics, ...now.diagnostics];
  const isUnread = [old, now].some(({ rulesets }) => rulesets.some(({ imported }) => imported.unparsed > 0));
  if (old.rulesets.length === 0 || now.rulesets.length === 0)
    return { pair: null, written: null, isUnread, diagnostics };
  const sides = [oneOf(old, paths[0]), oneOf(now, paths[1])] as const;
  requireOneFamily(sides, paths);
  const seen = seeThroughSets(sets, sides);
  const [first, second] = seen.rulesets ?? [];
  const pair = first === undefined || second === undefined ? null : ([first, second] as const);
  const isSeen = pair?.some(({ setFile }) => setFile !== undefined) === true;
  const written = isSeen ? sides : null;
  return { pair, written, isUnread, diagnostics: [...diagnostics, ...seen.diagnostics] };
}

/** Nobody can say which packets of IPv4 and of IPv6 are the same ones. */
function requireOneFamily([old, now]: RulesetPair, paths: readonly [string, string]): void {
  if (old.family === now.family) return;
  const name = ({ family }: Ruleset) => (family === "v4" ? "IPv4" : "IPv6");
  const message = `${paths[0]} has ${name(old)} rules, ${paths[1]} ${name(now)} rules: no packet meets both`;
  throw new CommandStop(EXIT.usage, message, "compare rulesets of one family");
}

function onlyFamily({ rulesets }: Input): Ruleset["family"] | null {
  return rulesets.length === 1 ? (rulesets[0]!.imported.ruleset?.family ?? null) : null;
}

/** The ruleset of an input; stops where it has one of each family and nobody said which. */
export function oneOf({ rulesets }: Input, path: string): Ruleset {
  const [only, other] = rulesets;
  if (only?.imported.ruleset && other === undefined) return only.imported.ruleset;
  const message = `${path} has IPv4 and IPv6 rules; say which are meant`;
  throw new CommandStop(EXIT.usage, message, "--family v4 or --family v6");
}

/** Whether nothing in a file tells its family. */
function isOpen({ diagnostics }: Input): boolean {
  return diagnostics.some(({ code }) => code === "FAMILY_UNKNOWN");
}

/**
 * Compares one new file, as it reads, with the old ruleset.
 */
import { findMarkRules } from "../cluster/marks/find.ts";
import { findWholeMarkReaders, type WholeMarkReader } from "../plan/marks.ts";
import type { PlanInput } from "../plan/types.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { verify } from "../verify/verify.ts";
import type { Unhoisted } from "../rewrite/runs/types.ts";
import { emitProduct, type Rewrites } from "./emit-product.ts";
import { readBack } from "./read-back.ts";
import { describePartialLogs, withoutKnownLogs, withoutPartialLogs } from "./partial-logs.ts";
import { type ChangeCheck, checkPolicyChange, type Comparison } from "./policy-change.ts";
import { describeRerouted } from "./rerouted.ts";
import type { Session } from "./session.ts";

/** Checks the product of one input. */
export async function checkProduct(
  session: Session,
  source: Rewrites,
  input: number,
  options: Partial<VerifyOptions>,
): Promise<ChangeCheck> {
  const rewritten = source.rewrites[input]!;
  const old = rewritten.ruleset;
  // The header's last line tells of the check, so the text that is checked has another one there: a comment, in its very line.
  const draft = emitProduct(source, session.io.version, input, "not done yet");
  const read = readBack(draft, old);
  const { ruleset: now, lines } = rewritten.changed
    ? withoutPartialLogs(read, source.plan, input, rewritten.newBits)
    : { ruleset: read, lines: 0 };
  const known = withoutKnownLogs(rewritten, source.plan);
  const marks = findMarkRules(old, source.plan);
  const readers = findWholeMarkReaders(old, rewritten.newBits, marks.rules);
  // What the checker reads out of the files itself are bits that are new.
  const ownBits = marks.trees.length === 0 ? {} : { ownBits: rewritten.ownBits };
  const demandAnyMark = !readers.some(({ table }) => rewritten.tablesChanged.includes(table));
  const limits = [
    ...(rewritten.changed ? describeReaders(readers) : []),
    ...describePartialLogs(known.lines, lines),
    ...describeRerouted(rewritten, now.tables, rewritten.newBits),
    ...describeUnhoisted(rewritten.unhoisted),
  ];
  const compare = makeComparison(session, { ...options, ...ownBits });
  const check = await checkPolicyChange({ ...rewritten, ruleset: known.ruleset }, now, compare, {
    demandAnyMark,
  });
  const missing = describeMissing(source.plan.inputs[input]);
  const pairs = check.pairs.map(({ family, result }) => {
    return { family, result: { ...result, limits: [...missing, ...result.limits, ...limits] } };
  });
  return { ...check, pairs };
}

/** Compares with the tools and options of a command. */
export function makeComparison({ io, console }: Session, options: Partial<VerifyOptions>): Comparison {
  const onProgress = (done: number, total: number) => console.progress("checking", done, total);
  return async (old, now, more = {}) => {
    const tools = { run: io.runShards, runSlices: await io.loadSlices(), onProgress, clock: io.now };
    return verify(old, now, { ...options, ...more }, tools);
  };
}

/** Says what the old ruleset lacks: whoever loads the new one in its place lacks it, too. */
function describeMissing(input: PlanInput | undefined): readonly string[] {
  if (input?.partial === undefined) return [];
  return [`${input.path} is not the whole firewall (--partial): ${input.partial.join("; ")}.`];
}

/** Policy rules that it names. */
const MOST_RULES = 5;

const WHY_UNHOISTED: Readonly<Record<Unhoisted["why"], string>> = {
  stored: "members of their groups are in ipsets",
  deep: "it takes more chains below theirs than nft allows, which has 15 levels in all",
};

/** Says which policy rules are not in the layout that the plan asks for, each reason by itself. */
function describeUnhoisted(unhoisted: readonly Unhoisted[]): readonly string[] {
  return (["stored", "deep"] as const).flatMap((why) => {
    const names = unhoisted.flatMap((each) => (each.why === why ? [each.name] : []));
    if (names.length === 0) return [];
    const rest = names.length > MOST_RULES ? ` and ${names.length - MOST_RULES} more` : "";
    const list = names.slice(0, MOST_RULES).join(", ") + rest;
    return [`Not in the hoisted layout, since ${WHY_UNHOISTED[why]}: ${list}.`];
  });
}

/** Says that a ruleset which tests the whole mark agrees only as long as nobody else sets the own bits. */
function describeReaders(readers: readonly WholeMarkReader[]): string[] {
  const first = readers[0];
  if (first === undefined) return [];
  const others = readers.length === 1 ? "" : ` (and ${readers.length - 1} more)`;
  const rule = `Line ${first.rule.line} in table ${first.table}${others} tests or saves the whole mark`;
  return [`${rule}: packets that enter with own mark bits set may fare differently there.`];
}

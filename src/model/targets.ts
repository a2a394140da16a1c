/**
 * The target of a rule from its parts. Source: iptables 1.8.9, `extensions/libxt_MARK.c`, `libxt_CONNMARK.c`.
 */
import type { Piece } from "../syntax/report.ts";
import { buildLogTarget } from "./log.ts";
import { type MatchContext, spell } from "./match-context.ts";
import { parseUint, parseValueMask, printHex, type ValueMask } from "./numbers.ts";
import { findNearest } from "./nearest.ts";
import { quoteWord } from "./quote.ts";
import { defaultRejectType, parseRejectType, rejectTypes } from "./reject.ts";
import type { OptionUse, TargetUse } from "./rule-parts.ts";
import { TARGET_SPELLERS } from "./spelling/targets.ts";
import type { ConnmarkTarget, MarkTarget, Target } from "./types.ts";

const ALL_BITS = 0xffffffff;

/** A rule without `-j`. */
export const NO_TARGET: Target = { kind: "none", text: "" };

/** Marks the mark arithmetic of MARK and CONNMARK: mark = (mark & ~clear) ^ flip. */
interface MarkChange {
  readonly clear: number;
  readonly flip: number;
}

/** The target that a rule names; null after an error. */
export function buildTarget(
  use: TargetUse,
  isChain: (name: string) => boolean,
  context: MatchContext,
): Target | null {
  const { name, word } = use;
  const text = `${use.option === "goto" ? "-g" : "-j"} ${quoteWord(word)}`;
  if (use.option === "goto") {
    if (isChain(name)) return { kind: "goto", chain: name, text };
    context.report("GOTO_TARGET", word, { target: name });
    return null;
  }
  if (name === "ACCEPT" || name === "DROP" || name === "RETURN" || name === "QUEUE") {
    return { kind: "verdict", verdict: name, text };
  }
  if (use.row === null && isChain(name)) return { kind: "jump", chain: name, text };
  if (name === "REJECT") return buildRejectTarget(use, context);
  if (name === "LOG") return buildLogTarget(use, context);
  if (name === "MARK") return buildMarkTarget(use, context);
  if (name === "CONNMARK") return buildConnmarkTarget(use, context);
  return extensionTarget(use, context);
}

function extensionTarget(use: TargetUse, { family }: MatchContext): Target {
  const ends = use.row?.ends ?? "unknown";
  const spelled = spell(`-j ${quoteWord(use.word)}`, use, TARGET_SPELLERS.get(use.name), family);
  return { kind: "extension", name: use.name, ends, ...spelled };
}

/** The answer is always spelled out, so that equal answers read the same. */
function buildRejectTarget(use: TargetUse, context: MatchContext): Target | null {
  const [option, second] = use.options;
  if (second !== undefined) {
    context.report("OPTION_TWICE", second.word, { option: second.word.text });
    return null;
  }
  const word = option?.values[0];
  const type =
    word === undefined ? defaultRejectType(context.family) : parseRejectType(word.text, context.family);
  if (type === null) {
    const value = word?.text ?? "";
    const nearest = findNearest(value, rejectTypes(context.family)) ?? "";
    context.report("UNKNOWN_REJECT_TYPE", word ?? use.word, { value, nearest });
    return null;
  }
  return { kind: "extension", name: "REJECT", ends: "always", text: `-j REJECT --reject-with ${type}` };
}

/** Exactly one option; null after an error. */
function onlyOption(use: TargetUse, expected: string, context: MatchContext): OptionUse | null {
  const [option, second] = use.options;
  if (option === undefined) context.report("NEEDS_OPTION", use.word, { module: `-j ${use.name}`, expected });
  else if (second !== undefined) context.report("OPTION_TWICE", second.word, { option: second.word.text });
  else return option;
  return null;
}

function buildMarkTarget(use: TargetUse, context: MatchContext): MarkTarget | null {
  const option = onlyOption(use, "--set-xmark or another option", context);
  const change = option === null ? null : readMarkChange(option, context);
  return change === null ? null : { kind: "mark", ...change, text: `-j MARK ${changeText(change)}` };
}

/** iptables-save prints all five forms as --set-xmark. */
function changeText({ clear, flip }: MarkChange): string {
  return `--set-xmark ${printHex(flip)}/${printHex(clear)}`;
}

/** Null after an error. */
function readMarkChange(option: OptionUse, context: MatchContext): MarkChange | null {
  const word = option.values[0]!;
  const name = option.row.name;
  const masked = name === "set-xmark" || name === "set-mark";
  const bits = parseUint(word.text, ALL_BITS);
  const parsed: ValueMask | null = masked
    ? parseValueMask(word.text)
    : bits === null
      ? null
      : { value: bits, mask: ALL_BITS };
  if (parsed === null) {
    reportMark(word, word.text, context);
    return null;
  }
  const { value, mask } = parsed;
  switch (name) {
    case "set-xmark":
      return { clear: mask, flip: value };
    case "set-mark":
      return { clear: (mask | value) >>> 0, flip: value };
    case "or-mark":
      return { clear: value, flip: value };
    case "and-mark":
      return { clear: ~value >>> 0, flip: 0 };
    default:
      return { clear: 0, flip: value };
  }
}

function reportMark(place: Piece, value: string, context: MatchContext): void {
  context.report("BAD_NUMBER", place, { value, what: "mark", expected: "32 bits: VALUE or VALUE/MASK" });
}

const MASK_OPTIONS: ReadonlySet<string> = new Set(["nfmask", "ctmask", "mask"]);

function buildConnmarkTarget(use: TargetUse, context: MatchContext): Target | null {
  // Shifts are no masking and flipping: kept word for word.
  if (use.options.some(({ row }) => row.name.endsWith("-shift-mark"))) return extensionTarget(use, context);
  const operations = use.options.filter(({ row }) => !MASK_OPTIONS.has(row.name));
  const main = onlyOption({ ...use, options: operations }, "--set-xmark or another option", context);
  if (main === null) return null;
  const name = main.row.name;
  if (name !== "save-mark" && name !== "restore-mark") {
    const stray = use.options.find(({ row }) => MASK_OPTIONS.has(row.name));
    if (stray !== undefined) {
      context.report("UNEXPECTED_WORD", stray.word, { word: stray.word.text });
      return null;
    }
    const change = readMarkChange(main, context);
    if (change === null) return null;
    return {
      kind: "connmark",
      operation: { kind: "set", ...change },
      text: `-j CONNMARK ${changeText(change)}`,
    };
  }
  const masks = readMasks(use, context);
  if (masks === null) return null;
  const operation: ConnmarkTarget["operation"] = {
    kind: name === "save-mark" ? "save" : "restore",
    ...masks,
  };
  const text = `-j CONNMARK --${name} --nfmask ${printHex(masks.nfmask)} --ctmask ${printHex(masks.ctmask)}`;
  return { kind: "connmark", operation, text };
}

/** --mask sets both. Null after an error. */
function readMasks(
  use: TargetUse,
  context: MatchContext,
): { readonly nfmask: number; readonly ctmask: number } | null {
  let nfmask = ALL_BITS;
  let ctmask = ALL_BITS;
  const seen = new Set<string>();
  for (const { row, values, word } of use.options) {
    if (!MASK_OPTIONS.has(row.name)) continue;
    const value = parseUint(values[0]!.text, ALL_BITS);
    if (value === null) {
      reportMark(values[0]!, values[0]!.text, context);
      return null;
    }
    if (seen.has(row.name) || (seen.size > 0 && (row.name === "mask" || seen.has("mask")))) {
      context.report("OPTION_TWICE", word, { option: word.text });
      return null;
    }
    seen.add(row.name);
    if (row.name !== "ctmask") nfmask = value;
    if (row.name !== "nfmask") ctmask = value;
  }
  return { nfmask, ctmask };
}

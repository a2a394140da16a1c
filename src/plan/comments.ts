/**
 * Carries the comments that a person wrote into a plan file over to the text of a plan that was made anew.
 *
 * A comment belongs to the entry on its line, or else to the next entry below it. Entries are known by their path in the file (groups, S-LAN, name), so a
 * comment goes where that path leads in the new text.
 */
import { CST, isMap, isScalar, isSeq, Lexer, type Node, parseDocument } from "yaml";
import type { Renamed } from "./edits.ts";
import { printPlan } from "./file-print.ts";
import type { Plan } from "./types.ts";

/** A new text, and the lines (from 1) of comments in the old one that found no place. */
export interface CommentedPlan {
  readonly text: string;
  readonly lost: readonly number[];
}

/** A comment of a person. */
interface Comment {
  /** In the old text, from 1. */
  readonly line: number;
  /** With its `#`. */
  readonly text: string;
  /** Whether something stands before it on its line. */
  readonly isTrailing: boolean;
}

/** Path of the end of a file, for comments below everything. */
const END = "(end)";

/** Between the parts of a path: ids may hold anything that a person types. */
const SEPARATOR = "\u0000";

/** Prints a plan with the comments of an old text; `renamed` leads from ids of the old plan to the new ones. */
export function printWithComments(plan: Plan, oldText: string, renamed: Renamed): CommentedPlan {
  const fresh = printPlan(plan);
  const own = new Set(commentsOf(fresh).map(({ text }) => text));
  const comments = commentsOf(oldText).filter(({ text }) => !own.has(text));
  if (comments.length === 0) return { text: fresh, lost: [] };
  const oldPaths = pathsByLine(oldText);
  const newLines = new Map([...pathsByLine(fresh)].map(([line, path]) => [path, line]));
  const lines = fresh.split("\n");
  newLines.set(END, lines.length);
  const above = new Map<number, string[]>();
  const lost: number[] = [];
  for (const comment of comments) {
    const target = newLines.get(renamePath(findOwner(comment, oldPaths), renamed));
    if (target === undefined) lost.push(comment.line);
    else if (comment.isTrailing) lines[target - 1] += `  ${comment.text}`;
    else above.set(target, [...(above.get(target) ?? []), comment.text]);
  }
  const text = lines.flatMap((line, at) => {
    const indent = /^ */.exec(line)![0];
    return [...(above.get(at + 1) ?? []).map((comment) => indent + comment), line];
  });
  return { text: text.join("\n"), lost };
}

/** The comments of a YAML text, by the lexer: a `#` in quotes or in a block of text is none. */
function commentsOf(text: string): readonly Comment[] {
  const comments: Comment[] = [];
  let line = 1;
  let isScalarNext = false;
  let before = "";
  for (const token of new Lexer().lex(text)) {
    // Marks of the lexer, which are not in the text.
    if (token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR) {
      isScalarNext = token === CST.SCALAR;
      continue;
    }
    if (!isScalarNext && token.startsWith("#")) {
      comments.push({ line, text: token.trimEnd(), isTrailing: before.trim() !== "" });
    }
    isScalarNext = false;
    const breaks = token.split("\n");
    line += breaks.length - 1;
    before = breaks.length > 1 ? breaks.at(-1)! : before + token;
  }
  return comments;
}

/** The path of the first entry that begins on each line. */
function pathsByLine(text: string): ReadonlyMap<number, string> {
  const paths = new Map<number, string>();
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  let line = 0;
  // Entries are visited in the order of the text.
  const keep = (node: unknown, path: string): void => {
    const at = isNode(node) ? node.range?.[0] : undefined;
    if (at === undefined) return;
    while (line < starts.length && starts[line]! <= at) line++;
    if (!paths.has(line)) paths.set(line, path);
  };
  const visit = (node: unknown, path: string): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const own = `${path}${SEPARATOR}${isScalar(key) ? key.value : "?"}`;
        keep(key, own);
        visit(value, own);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const own = `${path}${SEPARATOR}${isScalar(item) ? item.value : describeItem(item, index)}`;
        if (isScalar(item)) keep(item, own);
        visit(item, own);
      }
    }
  };
  visit(parseDocument(text, { schema: "failsafe", uniqueKeys: false }).contents, "");
  return paths;
}

/** An entry of `flat` by its place and reason, one of `inputs` by its family: their lines and digests are what changes. */
function describeItem(item: unknown, index: number): string {
  const word = (key: string): string => (isMap(item) ? String(item.get(key) ?? "") : "");
  return word("family") || `${word("where")} ${word("reason")}`.trim() || String(index);
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value);
}

function findOwner(comment: Comment, paths: ReadonlyMap<number, string>): string {
  if (comment.isTrailing) return paths.get(comment.line) ?? "";
  const below = [...paths.keys()].filter((line) => line > comment.line);
  return below.length === 0 ? END : paths.get(Math.min(...below))!;
}

function renamePath(path: string, renamed: Renamed): string {
  const [, list, id, ...rest] = path.split(SEPARATOR);
  if ((list !== "groups" && list !== "policyRules") || id === undefined) return path;
  return ["", list, renamed[list].get(id) ?? id, ...rest].join(SEPARATOR);
}

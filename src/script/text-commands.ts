/**
 * Commands whose output is known when what they read is: `echo`, `printf`, `cat`, `seq`, `sed 's/…/…/'`, `grep -v` over a given table.
 */
import { differs, type Shell } from "./dialect.ts";
import {
  hole,
  holeIn,
  known,
  type Piece,
  type Pieces,
  splitLines,
  type Stretch,
  textOf,
  type Unknown,
} from "./pieces.ts";

/** What `echo` prints. dash and bash disagree about backslashes and about options other than `-n`: text with them is a hole. */
export function echoOutput(args: readonly Pieces[], at: Stretch, shell: Shell): Pieces {
  const withoutEnd = args[0] !== undefined && textOf(args[0]) === "-n";
  const isEscaped = args[0] !== undefined && textOf(args[0]) === "-e";
  const rest = args.slice(withoutEnd || isEscaped ? 1 : 0);
  const isOdd = rest[0] !== undefined && /^-[neE]+$/u.test(textOf(rest[0]));
  if (isOdd || (isEscaped && shell !== "bash")) return [hole(differs("an option of echo", at), at)];
  const pieces: Piece[] = [];
  for (const [index, arg] of rest.entries()) {
    if (index > 0) pieces.push(known(" ", arg[0] ?? at));
    pieces.push(...arg);
  }
  if (/\\[abcefnrtv0\\]/u.test(textOf(pieces)))
    return [hole({ why: "what echo makes of \\ depends on the shell", at, option: null, inline: false }, at)];
  return withoutEnd ? pieces : [...pieces, known("\n", { from: at.to, to: at.to })];
}

/** What `printf` prints for formats of text, `%s`, `%d`, `%%` and `\n`; null for others. */
export function printfOutput(args: readonly Pieces[], at: Stretch): Pieces | null {
  const [format, ...values] = args;
  if (format === undefined || holeIn(format) !== null) return null;
  const tokens = textOf(format).match(/%[sd%]|\\[nt\\]|[^%\\]+|[\s\S]/gu) ?? [];
  if (tokens.some((token) => token === "%" || token === "\\")) return null;
  const count = tokens.filter((token) => /^%[sd]$/u.test(token)).length;
  const pieces: Piece[] = [];
  let used = 0;
  do {
    for (const token of tokens) {
      if (token === "%s" || token === "%d") {
        pieces.push(...(values[used] ?? []));
        used += 1;
      } else pieces.push(known(ESCAPES[token] ?? token, at));
    }
  } while (count > 0 && used < values.length);
  return pieces;
}

const ESCAPES: Readonly<Record<string, string>> = { "%%": "%", "\\n": "\n", "\\t": "\t", "\\\\": "\\" };

/** What a filter prints of a known text; null where the filter or the text isn't simple enough to tell. */
export function filterOutput(
  name: string,
  args: readonly string[],
  input: Pieces,
  at: Stretch,
): Pieces | null {
  if (name === "cat" && args.length === 0) return input;
  if (holeIn(input) !== null) return null;
  if (name === "sed") return sedOutput(args, input, at);
  if (name === "grep" || name === "egrep") return grepOutput(name, args, input);
  return name === "sort" && args.length === 0 ? joinLines([...splitLines(input)].sort(byText), at) : null;
}

function byText(one: Pieces, other: Pieces): number {
  return textOf(one) < textOf(other) ? -1 : 1;
}

function joinLines(lines: readonly Pieces[], at: Stretch): Pieces {
  return lines.flatMap((line) => [...line, known("\n", line.at(-1) ?? at)]);
}

/** `s/text/text/g` with plain text and escaped dots. */
function sedOutput(args: readonly string[], input: Pieces, at: Stretch): Pieces | null {
  const [, from, to, flags] =
    /^s([/!|,#])((?:\\\.|[\w :@-])+)\1([\w :@-]*)\1(g?)$/u.exec(args[0] ?? "")?.slice(1) ?? [];
  if (args.length !== 1 || from === undefined || to === undefined) return null;
  const pattern = new RegExp(from, flags === "g" ? "gu" : "u");
  return joinLines(
    splitLines(input).map((line) => [known(textOf(line).replace(pattern, to), line[0] ?? at)]),
    at,
  );
}

/** `grep -Ev '^#|^;|^\s*$'` and its kind: patterns that mean the same in JavaScript. */
function grepOutput(name: string, args: readonly string[], input: Pieces): Pieces | null {
  const flags = args
    .filter((arg) => arg.startsWith("-"))
    .join("")
    .replaceAll("-", "");
  const [pattern, ...files] = args.filter((arg) => !arg.startsWith("-"));
  const isExtended = name === "egrep" || flags.includes("E");
  const isSafe = isExtended ? /^(?:[\w #;:,/^$|*-]|\\s|\[:space:\]|\[\[:space:\]\])*$/u : /^[\w #;:,/^$-]*$/u;
  if (pattern === undefined || files.length > 0 || !/^[Ev]*$/u.test(flags) || !isSafe.test(pattern))
    return null;
  const matcher = new RegExp(pattern.replaceAll("[[:space:]]", "\\s"), "u");
  const lines = splitLines(input).filter((line) => matcher.test(textOf(line)) !== flags.includes("v"));
  return joinLines(lines, { from: 0, to: 0 });
}

/** What a command substitution leaves of a text: no line ends at its end. */
export function trimLineEnds(pieces: Pieces): Pieces {
  const trimmed = [...pieces];
  for (;;) {
    const last = trimmed.at(-1);
    if (last === undefined || last.unknown !== null || !last.text.endsWith("\n")) return trimmed;
    trimmed.pop();
    const text = last.text.replace(/\n+$/u, "");
    if (text !== "") return [...trimmed, { ...last, text }];
  }
}

/** Known text in a command's place, and lines that replace what a hole would be. */
export function unknownOutput(what: string, at: Stretch): Unknown {
  return { why: `the output of ${what} is known only when the script runs`, at, option: null, inline: false };
}

/**
 * Words of the script to the arguments that a command gets: variables, command output, field splitting.
 *
 * Source: POSIX.1-2017, Shell Command Language, 2.6 (word expansions).
 */
import { assignedNames, evaluateArithmetic } from "./arithmetic.ts";
import { compilePattern, type PatternPart, patternSource } from "./patterns.ts";
import {
  fromValue,
  hole,
  holeIn,
  known,
  type Piece,
  type Pieces,
  textOf,
  toValue,
  type Unknown,
} from "./pieces.ts";
import { differs } from "./dialect.ts";
import { expandBraces } from "./braces.ts";
import { memberFields } from "./arrays.ts";
import {
  type Expanded,
  type Expansion,
  joinAll,
  joinArguments,
  separatorsOf,
  unknownSeparators,
} from "./expansion.ts";
import { optionFor, type ShellState } from "./shell-state.ts";
import type { Part, Word } from "./shell-tree.ts";

/** A word as the arguments that it becomes; a hole in unquoted text may be any number of them. */
export function expandFields(word: Word, expansion: Expansion): readonly Pieces[] {
  if (word.parts.some((part) => part.kind === "braces"))
    return expandBraces(word).flatMap((one) => expandFields(one, expansion));
  const home = homeIn(word);
  if (home !== null) return [[home]];
  const separators = separatorsOf(expansion.state);
  const fields: Piece[][] = [];
  let open: Piece[] | null = null;
  for (const part of word.parts) {
    const { fields: texts, split, quoted } = expandPart(part, expansion);
    for (const [index, pieces] of texts.entries()) {
      if (index > 0) open = null;
      if (!split) {
        if (
          open === null &&
          (quoted || pieces.some((piece) => piece.text !== "" || piece.unknown !== null))
        ) {
          open = [];
          fields.push(open);
        }
        open?.push(...(quoted ? pieces : pieces.map(hideGlob)));
      } else open = splitInto(fields, open, splittable(pieces, expansion.state), separators);
    }
  }
  return fields;
}

/** A word as one text: what stands in an assignment, in quotes, after a redirection. */
export function expandText(word: Word, expansion: Expansion): Pieces {
  const home = homeIn(word);
  if (home !== null) return [home];
  return word.parts.flatMap((part) => {
    const { args } = expansion.state;
    if (part.kind === "parameter" && part.operator === null && "length" in args) {
      // `A=$*` is `A="$*"`.
      if (part.name === "*") return joinArguments(args, part, expansion);
      if (part.name === "@") return joinAll(args, part, expansion);
    }
    const { fields } = expandPart(part, expansion);
    return fields.flatMap((pieces, index) => (index === 0 ? pieces : [known(" ", part), ...pieces]));
  });
}

/** `~` and `~user/x` are folders of the machine that the script runs on. */
function homeIn(word: Word): Piece | null {
  const [first] = word.parts;
  if (first?.kind !== "literal" || first.quoted || !first.text.startsWith("~")) return null;
  const why = "where ~ leads is known only when the script runs";
  return hole({ why, at: word, option: null, inline: true }, word);
}

/** A word as a pattern; null where it holds something unknown. */
export function expandPattern(word: Word, expansion: Expansion, isGreedy = true): string | null {
  const parts = word.parts.map((part): PatternPart => {
    const { fields, quoted } = expandPart(part, expansion);
    return { pieces: fields.flat(), quoted };
  });
  return patternSource(parts, isGreedy);
}

/** Names of files that fit a pattern are known only on the machine itself. */
function hideGlob(piece: Piece): Piece {
  // An unquoted `echo *filter` is meant as it stands; so are the brackets of `[0:0]`.
  if (!/[*?]/u.test(piece.text) || /^\*(?:raw|mangle|nat|filter|security)$/u.test(piece.text)) return piece;
  const why = `which files fit ${piece.text} is known only when the script runs`;
  return hole({ why, at: piece, option: null, inline: false }, piece);
}

/** Where IFS isn't known, nobody knows which words a text falls into. */
function splittable(pieces: Pieces, state: ShellState): Pieces {
  const unknown = unknownSeparators(state);
  return unknown === null
    ? pieces
    : pieces.map((piece) => (piece.text === "" ? piece : hole(unknown, piece)));
}

function splitInto(
  fields: Piece[][],
  before: Piece[] | null,
  pieces: Pieces,
  separators: string,
  globs = true,
): Piece[] | null {
  let open = before;
  for (const piece of pieces) {
    if (piece.unknown !== null) {
      open ??= addField(fields);
      open.push({ ...piece, unknown: { ...piece.unknown, splits: true } });
      continue;
    }
    let start = 0;
    for (let at = 0; at <= piece.text.length; at += 1) {
      const isEnd = at === piece.text.length;
      const isSeparator = !isEnd && separators.includes(piece.text[at]!);
      if (!isEnd && !isSeparator) continue;
      if (at > start) {
        open ??= addField(fields);
        open.push(
          ...(globs
            ? [hideGlob(known(piece.text.slice(start, at), piece))]
            : [known(piece.text.slice(start, at), piece)]),
        );
      } else if (isSeparator && !/\s/u.test(piece.text[at]!) && open === null) fields.push([]);
      if (isSeparator) open = null;
      start = at + 1;
    }
  }
  return open;
}

function addField(fields: Piece[][]): Piece[] {
  const field: Piece[] = [];
  fields.push(field);
  return field;
}

/** The words in which a text that was read from a file falls apart. */
export function splitFields(pieces: Pieces, state: ShellState): readonly Pieces[] {
  const fields: Piece[][] = [];
  splitInto(fields, null, splittable(pieces, state), separatorsOf(state), false);
  return fields;
}

function expandPart(part: Part, expansion: Expansion): Expanded {
  switch (part.kind) {
    case "literal":
      return { fields: [[known(part.text, part)]], split: false, quoted: part.quoted };
    case "strange": {
      const why = `${part.what} is not read`;
      const unread = { why, at: part, option: null, inline: false, splits: true };
      return one([hole(part.differs ? { ...differs(part.what, part), splits: true } : unread, part)], true);
    }
    // In a text braces stand for themselves.
    case "braces": {
      const isText = part.items.flat().every((one) => one.kind === "literal" && !one.quoted);
      const why = `${part.source} is not worked out`;
      const text = isText
        ? known(part.source, part)
        : hole({ why, at: part, option: null, inline: false }, part);
      return { fields: [[text]], split: false, quoted: false };
    }
    case "command":
      return one(expansion.output(part.body, part), part.quoted);
    case "arithmetic":
      return one([expandArithmetic(part, expansion)], part.quoted);
    case "parameter":
      return expandParameter(part, expansion);
  }
}

function one(pieces: Pieces, quoted: boolean): Expanded {
  return { fields: [pieces], split: !quoted, quoted };
}

function expandArithmetic(part: Part & { kind: "arithmetic" }, expansion: Expansion): Piece {
  const pieces = expandText(part.expression, expansion);
  const text = textOf(pieces);
  const why = `${text} is not worked out`;
  const notWorkedOut: Unknown = { why, at: part, option: null, inline: true };
  const assigned = assignedNames(text);
  for (const name of assigned) expansion.state.set(name, [notWorkedOut]);
  const found = holeIn(pieces);
  if (found !== null) return hole(found, part);
  if (assigned.length > 0) return hole(notWorkedOut, part);
  const variable = (name: string): string | null => {
    const value = expansion.state.valueOf(name, part);
    return holeIn(value) === null ? textOf(value) : null;
  };
  const value = evaluateArithmetic(text, variable);
  return value === null ? hole(notWorkedOut, part) : known(String(value), part);
}

type Parameter = Part & { kind: "parameter" };

/** `$1`, `${10}`; not `${01}`, which not all shells have. */
const POSITION = /^[1-9]\d*$/u;

function expandParameter(part: Parameter, expansion: Expansion): Expanded {
  const { name, operator, quoted } = part;
  const { args } = expansion.state;
  checkSubstitution(part, expansion.state);
  const members = memberFields(part, expansion);
  if (members !== null) return members;
  if ((name === "@" || name === "*") && operator === null && "length" in args) {
    if (name === "@" && quoted && args.length > 0)
      return { fields: args.map((value) => fromValue(value, part)), split: false, quoted };
    // Without quotes each argument is split on its own, whatever IFS is.
    if (!quoted) return { fields: args.map((value) => fromValue(value, part)), split: true, quoted };
    return { fields: name === "@" ? [] : [joinArguments(args, part, expansion)], split: false, quoted };
  }
  return one(operator === null ? plainValue(part, expansion) : operatedValue(part, expansion), quoted);
}

/** A substitution that a shell doesn't know ends its script. */
function checkSubstitution(part: Parameter, state: ShellState): void {
  const { name, operator, argument } = part;
  const isFull = (argument?.parts.length ?? 0) > 0;
  const isOfBash =
    /^(?:\/\/?|:|\^\^?|,,?|\[)$/u.test(operator ?? "") ||
    (operator === "length" && isFull) ||
    (name === "!" && isFull);
  const what = `\${${name}${operator ?? ""}…}`;
  if (isOfBash && state.shell !== "bash") state.mayEnd(differs(what, part));
  else if (!isOfBash && operator === null && isFull)
    state.mayEnd({ why: `${what} is no substitution that is known`, at: part, option: null, inline: false });
}

function plainValue(part: Parameter, { state, lastStatus, mayFail }: Expansion): Pieces {
  const { name } = part;
  if (name === "?") return lastStatus(part);
  if (state.options.endsOnUnset && isKnownSet(part, state) !== true) {
    const why = `set -u ends the script where $${name} is not set`;
    const unset = { why, at: part, option: optionFor(name), inline: false };
    // What is known to be unset ends it for sure.
    if (state.isUnset(name) || POSITION.test(name)) state.mayEnd(unset);
    else mayFail(unset, part);
  }
  const { args } = state;
  const isPosition = POSITION.test(name);
  if (isPosition || name === "#" || name === "@" || name === "*") {
    // `"$@"` is any number of words even in quotes.
    if (!("length" in args)) return [hole(name === "@" ? { ...args, splits: true } : args, part)];
    if (name === "#") return [known(String(args.length), part)];
    return fromValue(args[Number(name) - 1] ?? [], part);
  }
  if (/^[$!\-0]$/u.test(name)) {
    const why = `$${name} is known only when the script runs`;
    return [hole({ why, at: part, option: null, inline: true }, part)];
  }
  return state.valueOf(name, part);
}

function operatedValue(part: Parameter, expansion: Expansion): Pieces {
  const { name, argument } = part;
  const { state } = expansion;
  const operator = part.operator!;
  // Of all arguments at once, what an operator does is different from shell to shell; an argument can't be assigned.
  if (name === "@" || name === "*" || (operator.endsWith("=") && !/^[A-Za-z_]/u.test(name)))
    return [notWorkedOut(part)];
  const isSet = isKnownSet(part, state);
  if (/^:?[-=?+]$/u.test(operator)) return defaultedValue(part, isSet, expansion);
  const value = isSet === false ? [] : plainValue(part, expansion);
  const found = holeIn(value);
  if (found !== null) return [hole(found, part)];
  const made = trimValue(operator, textOf(value), argument, expansion);
  return [made === null ? notWorkedOut(part) : known(made, part)];
}

/** `${X:-default}` and its kind. A variable that the script has not set may come from the environment, default or not. */
function defaultedValue(part: Parameter, isSet: boolean | null, expansion: Expansion): Pieces {
  const { name } = part;
  const { state } = expansion;
  const operator = part.operator!;
  const argument = part.argument!;
  const value =
    isSet === false ? [] : isSet === null ? [hole(unsetWith(part), part)] : plainValue(part, expansion);
  const found = holeIn(value);
  const isEmpty = isSet === false || (operator.startsWith(":") && found === null && textOf(value) === "");
  if (operator.endsWith("?")) {
    const why = `$${name} is empty or not set, which ends the script here`;
    const ends: Unknown = { why, at: part, option: found?.option ?? null, inline: false };
    if (isEmpty) state.mayEnd(ends);
    else if (found !== null)
      expansion.mayFail({ ...ends, why: `$${name} may be empty or not set: ${found.why}` }, part);
    return isEmpty ? [hole(ends, part)] : value;
  }
  if (found !== null && !isEmpty) {
    if (operator.endsWith("=")) state.set(name, [found]);
    return [hole(found, part)];
  }
  if (operator.endsWith("+")) return isEmpty ? [] : expandText(argument, expansion);
  if (!isEmpty) return value;
  const made = expandText(argument, expansion);
  if (operator.endsWith("=")) state.set(name, toValue(made));
  return made.map((piece) => ({ ...piece, from: part.from, to: part.to }));
}

/** The option that gives a default is the one that takes it. */
function unsetWith({ name, argument, operator, ...at }: Parameter): Unknown {
  const why = `$${name} is not set in the script, so that the environment decides`;
  if (!/^[A-Za-z_]/u.test(name))
    return { why: `the script's arguments are not known`, at, option: "--define 1=ARGUMENT", inline: false };
  const parts = /[-=]$/u.test(operator ?? "") ? argument!.parts : [];
  const text = parts.map((part) => (part.kind === "literal" ? part.text : "'")).join("");
  const isPlain = parts.length > 0 && /^[\w ./:,-]*$/u.test(text);
  const given = `--define ${name}=${text}`;
  const option = isPlain ? (text.includes(" ") ? `--define '${name}=${text}'` : given) : optionFor(name);
  return { why, at, option, inline: false };
}

function notWorkedOut(part: Parameter): Piece {
  const why = `\${${part.name}${part.operator}…} is not worked out`;
  const unknown: Unknown = { why, at: part, option: null, inline: false };
  return hole(part.name === "@" ? { ...unknown, splits: true } : unknown, part);
}

/** False for what is known to be unset, null where that isn't known. */
function isKnownSet({ name }: Parameter, state: ShellState): boolean | null {
  if (POSITION.test(name)) return "length" in state.args ? state.args.length >= Number(name) : null;
  if (!/^[A-Za-z_]/u.test(name)) return true;
  if (state.isUnset(name)) return false;
  return state.lookUp(name).kind === "set" ? true : null;
}

function trimValue(
  operator: string,
  text: string,
  argument: Word | null,
  expansion: Expansion,
): string | null {
  // `${#a[@]}` counts the members of an array; bytes or characters: that depends on the shell and the locale.
  if (operator === "length")
    return (argument?.parts.length ?? 0) > 0 || !/^\p{ASCII}*$/u.test(text) ? null : String(text.length);
  const isGreedy = operator.length === 2;
  const pattern = argument === null ? null : expandPattern(argument, expansion, isGreedy);
  if (pattern === null) return null;
  const prefix = compilePattern(`^${pattern}`);
  if (prefix === null) return null;
  if (operator === "#" || operator === "##") return text.replace(prefix, "");
  if (operator !== "%" && operator !== "%%") return null;
  const whole = compilePattern(`^(?:${pattern})$`)!;
  const order = [...text, ""].map((_, at) => at);
  const at = (isGreedy ? order : order.toReversed()).find((from) => whole.test(text.slice(from)));
  return at === undefined ? text : text.slice(0, at);
}

/**
 * Reads one word of a shell script into its parts: quotes, variables, command substitutions, with the place of each.
 */
import type { List, Part, Word } from "./shell-tree.ts";
import { ShellText } from "./shell-text.ts";

const ENDS_WORD = new Set([" ", "\t", "\n", ";", "&", "|", "<", ">", "(", ")", ""]);
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPECIAL = new Set([..."?#*@$!-0123456789"]);
const OPERATOR = /:[-=+?]|##?|%%?|[-=+?]|\/\/?|:|\^\^?|,,?|\[/y;

/** Reads the words of a text; `readList` reads the commands inside `$( )` up to its `)`, which it leaves. */
export class WordReader {
  readonly #text: ShellText;
  readonly #readList: (text: ShellText) => List;

  constructor(text: ShellText, readList: (text: ShellText) => List) {
    this.#text = text;
    this.#readList = readList;
  }

  /** A word at the position, or null where none begins. */
  readWord(): Word | null {
    const text = this.#text;
    const start = text.at;
    const parts: Part[] = [];
    while (!ENDS_WORD.has(text.peek()) || this.#isSubstitution()) {
      if (text.peek() === "\r" && text.peek(1) === "\n") break;
      if (text.startsWith("\\\n")) text.at += 2;
      else this.#readPart(parts);
    }
    return text.at === start ? null : { parts, ...text.stretch(start, text.at) };
  }

  /** `<(` and `>(` of bash. */
  #isSubstitution(): boolean {
    return this.#text.mayBeBash && /[<>]/u.test(this.#text.peek()) && this.#text.peek(1) === "(";
  }

  #readPart(parts: Part[]): void {
    const text = this.#text;
    const start = text.at;
    const next = text.peek();
    if (next === "'") {
      const end = text.text.indexOf("'", start + 1);
      if (end === -1) text.fail("this quote is not closed");
      text.at = end + 1;
      this.#literal(parts, text.text.slice(start + 1, end), true, start + 1, end);
    } else if (next === '"') this.#readDoubleQuoted(parts);
    else if (next === "\\") {
      text.at += 2;
      this.#literal(parts, text.text.slice(start + 1, text.at), true, start, text.at);
    } else if (next === "$" || next === "`") this.readExpansion(parts, false);
    else if (this.#isSubstitution()) this.#readProcess(parts);
    else this.#readPlain(parts);
  }

  #readPlain(parts: Part[]): void {
    const text = this.#text;
    const start = text.at;
    const isJoined = isOpenName(parts.at(-1), text.text[start - 1] ?? "");
    const braces = text.peek() === "{" && text.mayBeBash ? this.#readBraces(isJoined) : null;
    if (braces !== null) {
      parts.push(braces);
      return;
    }
    text.at += 1;
    while (!ENDS_WORD.has(text.peek()) && !/['"\\$`{\r]/u.test(text.peek())) text.at += 1;
    this.#literal(parts, text.text.slice(start, text.at), false, start, text.at);
  }

  /**
   * `{a,b}` and `{1..3}`; null, with nothing taken, for braces that stand for themselves. The words are made of text: a name before or inside goes on in what follows it, which
   * isn't read (`isJoined`).
   */
  #readBraces(isJoined = false): Part | null {
    const text = this.#text;
    const start = text.at;
    const items: Part[][] = [[]];
    text.at += 1;
    while (text.peek() !== "}") {
      const from = text.at;
      const own = items.at(-1)!;
      const nested = text.peek() === "{" ? this.#readBraces() : null;
      if (ENDS_WORD.has(text.peek()) && nested === null) {
        text.at = start;
        return null;
      }
      if (nested !== null) own.push(nested);
      else if (/['"\\$`]/u.test(text.peek())) this.#readPart(own);
      else {
        text.at += 1;
        if (text.text[from] === ",") items.push([]);
        else this.#literal(own, text.text[from]!, false, from, text.at);
      }
    }
    text.at += 1;
    const source = text.text.slice(start, text.at);
    if (items.length > 1 || source.includes("..")) {
      const at = text.stretch(start, text.at);
      const isBash = text.dialect.shell === "bash";
      const goesOn = /\w/u.test(text.peek()) && items.some((item) => isOpenName(item.at(-1), ""));
      if (isBash && !isJoined && !goesOn) return { kind: "braces", source, items, ...at };
      return { kind: "strange", what: "a list in braces", differs: !isBash, ...at };
    }
    text.at = start;
    return null;
  }

  #readProcess(parts: Part[]): void {
    const text = this.#text;
    const start = text.at;
    text.allows("<( )", start, start + 2);
    text.at += 2;
    this.#readBody(text, start);
    parts.push({
      kind: "strange",
      what: "the output of <( )",
      differs: false,
      ...text.stretch(start, text.at),
    });
  }

  #literal(parts: Part[], value: string, quoted: boolean, from: number, to: number): void {
    parts.push({ kind: "literal", text: value, quoted, ...this.#text.stretch(from, to) });
  }

  #readDoubleQuoted(parts: Part[]): void {
    const text = this.#text;
    const open = text.at;
    text.at += 1;
    const before = parts.length;
    this.#readQuotedUntil(parts, '"', open);
    // Empty quotes are a word; quotes around an empty `$@` are none.
    if (parts.length === before) this.#literal(parts, "", true, text.at, text.at);
    text.at += 1;
  }

  /** The inside of double quotes or of a here-document, up to `end` (left there); "" for the end of the text. */
  #readQuotedUntil(parts: Part[], end: string, open: number): void {
    const text = this.#text;
    while (text.peek() !== end) {
      if (text.isAtEnd()) text.fail("this quote is not closed", open, open + 1);
      const start = text.at;
      const next = text.peek();
      if (next === "\\" && /["\\$`\n]/u.test(text.peek(1)) && !(end === "" && text.peek(1) === '"')) {
        text.at += 2;
        const value = text.text[start + 1]!;
        if (value !== "\n") this.#literal(parts, value, true, start, text.at);
      } else if (next === "$" || next === "`") this.readExpansion(parts, true);
      else {
        text.at += 1;
        while (!text.isAtEnd() && !/["\\$`]/u.test(text.peek())) text.at += 1;
        this.#literal(parts, text.text.slice(start, text.at), true, start, text.at);
      }
    }
  }

  /** A reader of a stretch of the same text, for a here-document. */
  documentReader(from: number, to: number): WordReader {
    return new WordReader(this.#text.part(from, to), this.#readList);
  }

  /** All of the text as the inside of a here-document. */
  readDocument(): readonly Part[] {
    const parts: Part[] = [];
    this.#readQuotedUntil(parts, "", this.#text.at);
    return parts;
  }

  /** `$name`, `${…}`, `$(…)`, `$((…))`, backticks. */
  readExpansion(parts: Part[], quoted: boolean): void {
    const text = this.#text;
    const start = text.at;
    if (text.peek() === "`") this.#readBackticks(parts, quoted);
    else if (text.startsWith("$((")) this.#readArithmetic(parts, quoted);
    else if (text.startsWith("$(")) {
      text.at += 2;
      const body = this.#readBody(text, start);
      parts.push({ kind: "command", body, quoted, ...text.stretch(start, text.at) });
    } else if (text.startsWith("${")) this.#readBraced(parts, quoted);
    else if (!quoted && text.mayBeBash && /^\$['"]/u.test(text.text.slice(start, start + 2)))
      this.#readDollarQuoted(parts);
    else {
      text.at += 1;
      const name = this.#readName();
      if (name === null) this.#literal(parts, "$", quoted, start, text.at);
      else parts.push(this.#parameter(name, quoted, start));
    }
  }

  /** `$'…'` with its escapes; `$"…"`, which is `"…"` where nothing translates it. */
  #readDollarQuoted(parts: Part[]): void {
    const text = this.#text;
    const start = text.at;
    const isBash = text.dialect.shell === "bash";
    if (text.peek(1) === "'") {
      const [whole = ""] = /^\$'(?:[^'\\]|\\[\s\S])*'/u.exec(text.text.slice(start)) ?? [];
      if (whole === "") text.fail("this quote is not closed", start, start + 2);
      text.at += whole.length;
      const decoded = isBash ? decodeEscapes(whole.slice(2, -1)) : null;
      if (decoded !== null) this.#literal(parts, decoded, true, start, text.at);
      else
        parts.push({
          kind: "strange",
          what: "a text in $' '",
          differs: !isBash,
          ...text.stretch(start, text.at),
        });
      return;
    }
    text.at += 1;
    if (!isBash)
      parts.push({ kind: "strange", what: 'a text in $" "', differs: true, ...text.stretch(start, text.at) });
    this.#readDoubleQuoted(parts);
  }

  #parameter(name: string, quoted: boolean, start: number): Part {
    const at = this.#text.stretch(start, this.#text.at);
    return { kind: "parameter", name, operator: null, argument: null, quoted, ...at };
  }

  #readName(): string | null {
    const text = this.#text;
    NAME.lastIndex = text.at;
    const name = NAME.exec(text.text)?.[0] ?? (SPECIAL.has(text.peek()) ? text.peek() : null);
    if (name !== null) text.at += name.length;
    return name === "" ? null : name;
  }

  /** `10` of `${10}`; without braces, `$10` is `${1}0`. */
  #readPosition(): string | null {
    const text = this.#text;
    const start = text.at;
    while (/\d/u.test(text.peek())) text.at += 1;
    return text.at === start ? null : text.text.slice(start, text.at);
  }

  #readBody(text: ShellText, start: number): List {
    const body = this.#readList(text);
    if (text.peek() !== ")") text.fail("this ( is not closed", start, start + 2);
    text.at += 1;
    return body;
  }

  #readBackticks(parts: Part[], quoted: boolean): void {
    const text = this.#text;
    const start = text.at;
    let end = start + 1;
    while (end < text.text.length && text.text[end] !== "`") end += text.text[end] === "\\" ? 2 : 1;
    if (end >= text.text.length) text.fail("this ` is not closed", start, start + 1);
    const inner = text.text.slice(start + 1, end).replace(/\\([\\$`])/gu, "$1");
    const body = this.#readInner(inner, start, end + 1);
    text.at = end + 1;
    parts.push({ kind: "command", body, quoted, ...text.stretch(start, text.at) });
  }

  /** The commands of a text of its own: its places are those of the whole. */
  #readInner(inner: string, from: number, to: number): List {
    const text = new ShellText(inner, this.#text.stretch(from, to), this.#text.dialect);
    const body = this.#readList(text);
    if (!text.isAtEnd()) text.fail(`unexpected ${text.peek()}`);
    return body;
  }

  #readArithmetic(parts: Part[], quoted: boolean): void {
    const text = this.#text;
    const start = text.at;
    text.at += 3;
    const inner: Part[] = [];
    for (let depth = 0; !(depth === 0 && text.startsWith("))")); ) {
      if (text.isAtEnd()) text.fail("this (( is not closed", start, start + 3);
      const next = text.peek();
      if (next === "$" || next === "`") {
        this.readExpansion(inner, true);
        continue;
      }
      depth += next === "(" ? 1 : next === ")" ? -1 : 0;
      this.#literal(inner, next, true, text.at, text.at + 1);
      text.at += 1;
    }
    text.at += 2;
    const at = text.stretch(start, text.at);
    parts.push({ kind: "arithmetic", expression: { parts: inner, ...at }, quoted, ...at });
  }

  #readBraced(parts: Part[], quoted: boolean): void {
    const text = this.#text;
    const start = text.at;
    text.at += 2;
    const isLength = text.peek() === "#" && text.peek(1) !== "}";
    if (isLength) text.at += 1;
    const name =
      this.#readPosition() ?? this.#readName() ?? text.fail("expected a variable's name", start, text.at + 1);
    OPERATOR.lastIndex = text.at;
    const operator = isLength ? "length" : (OPERATOR.exec(text.text)?.[0] ?? null);
    if (operator !== null && !isLength) text.at += operator.length;
    const from = text.at;
    const inner: Part[] = [];
    while (text.peek() !== "}") {
      if (text.isAtEnd()) text.fail("this { is not closed", start, start + 2);
      // The pattern of `#` and `%` is one in double quotes too, and so are quotes in it.
      const isText = quoted && !/^[#%]/u.test(operator ?? "");
      if (isText && text.peek() === "'") {
        this.#literal(inner, "'", true, text.at, text.at + 1);
        text.at += 1;
      } else if (/['"\\$`]/u.test(text.peek())) this.#readPart(inner);
      else {
        this.#literal(inner, text.peek(), isText, text.at, text.at + 1);
        text.at += 1;
      }
    }
    const argument: Word = { parts: inner, ...text.stretch(from, text.at) };
    text.at += 1;
    parts.push({ kind: "parameter", name, operator, argument, quoted, ...text.stretch(start, text.at) });
  }
}

/** Whether a part is `$name`, which more letters would make another name; `last` is the character before the place. */
function isOpenName(part: Part | undefined, last: string): boolean {
  return part?.kind === "parameter" && part.operator === null && !/[}"]/u.test(last);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  "\\": "\\",
  "'": "'",
  '"': '"',
  r: "\r",
};

/** The inside of `$'…'`; null for an escape that isn't one of the usual. */
function decodeEscapes(text: string): string | null {
  const decoded = text.replace(/\\([\s\S])/gu, (_, letter: string) => ESCAPES[letter] ?? "\0");
  return decoded.includes("\0") ? null : decoded;
}

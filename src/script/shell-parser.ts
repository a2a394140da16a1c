/**
 * The text of a shell script to its tree. POSIX sh with the parts of bash that scripts use (`[[ ]]`, `function`, arrays); what is not
 * understood is a syntax error with its place.
 *
 * Source: POSIX.1-2017, Shell Command Language, 2.10 (grammar).
 */
import type { Dialect } from "./dialect.ts";
import type { Stretch } from "./pieces.ts";
import { readRedirect } from "./shell-redirects.ts";
import { ShellText } from "./shell-text.ts";
import type { AndOr, Assignment, Command, List, Pipeline, Redirect, Word } from "./shell-tree.ts";
import { WordReader } from "./shell-words.ts";

const RESERVED = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}", "in"]);
const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)(\[[^\]\s]*\])?(\+?)=/y;

/**
 * Reads a whole script into `list`; throws ShellSyntaxError, with what stands before that place in the list. `fixed` is the place of a text that doesn't stand in the script itself.
 */
export function parseShell(source: string, fixed: Stretch | null, dialect: Dialect, list: AndOr[]): void {
  const text = new ShellText(source, fixed, dialect);
  new Parser(text).readList(list);
  if (!text.isAtEnd()) text.fail(`unexpected ${text.peek()}`);
}

function readList(text: ShellText): List {
  return new Parser(text).readList();
}

/** Recursive descent over one text. */
class Parser {
  readonly #text: ShellText;
  readonly #words: WordReader;

  constructor(text: ShellText) {
    this.#text = text;
    this.#words = new WordReader(text, readList);
  }

  /** Up to a reserved word that ends it, `)`, `;;` or the end of the text; those stay. */
  readList(list: AndOr[] = []): List {
    const text = this.#text;
    for (;;) {
      text.skipLines();
      if (text.isAtEnd() || text.peek() === ")" || text.startsWith(";;") || this.#isReserved()) return list;
      list.push(this.#readAndOr());
      text.skipBlanks();
      if (text.startsWith(";;")) return list;
      if (text.peek() === ";" || text.peek() === "&") text.at += 1;
      else if (text.peek() !== "\n" && text.peek() !== ")" && !text.isAtEnd())
        text.fail(`unexpected ${text.peek()}`);
    }
  }

  #isReserved(): boolean {
    return RESERVED.has(this.#nextName() ?? "");
  }

  /** The unquoted word at the position, without taking it. */
  #nextName(): string | null {
    const text = this.#text;
    const found = /[^\s;&|<>()'"\\$`]+/y;
    found.lastIndex = text.at;
    const name = found.exec(text.text)?.[0] ?? null;
    return name !== null && /['"\\$`]/u.test(text.peek(name.length)) ? null : name;
  }

  #takeName(name: string): boolean {
    if (this.#nextName() !== name) return false;
    this.#text.at += name.length;
    return true;
  }

  #expectName(name: string): void {
    this.#text.skipLines();
    if (!this.#takeName(name)) this.#text.fail(`expected ${name}`);
  }

  #readAndOr(): AndOr {
    const text = this.#text;
    const start = text.at;
    const first = this.#readPipeline();
    const rest: { operator: "&&" | "||"; pipeline: Pipeline }[] = [];
    text.skipBlanks();
    while (text.startsWith("&&") || text.startsWith("||")) {
      const operator = text.startsWith("&&") ? "&&" : "||";
      text.at += 2;
      text.skipLines();
      rest.push({ operator, pipeline: this.#readPipeline() });
      text.skipBlanks();
    }
    const background = text.peek() === "&";
    this.#noteBackground(first, rest);
    return { first, rest, background, ...text.stretch(start, text.at) };
  }

  /** To shells without `&>` its `&` ends all of the list: only alone a command does much the same in both. */
  #noteBackground(first: Pipeline, rest: AndOr["rest"]): void {
    const pipelines = [first, ...rest.map((part) => part.pipeline)];
    const commands = pipelines.flatMap((one) => one.commands);
    if (commands.length === 1 && !first.negated) return;
    const both = commands.flatMap(({ redirects }) => redirects).find(({ operator }) => operator === "&>");
    if (both !== undefined) this.#text.dialect.allows("&>", both);
  }

  #readPipeline(): Pipeline {
    const text = this.#text;
    const start = text.at;
    let negated = false;
    while (this.#takeName("!")) {
      negated = !negated;
      text.skipBlanks();
    }
    const commands = [this.#readCommand()];
    text.skipBlanks();
    while (text.peek() === "|" && text.peek(1) !== "|") {
      if (text.peek(1) === "&" && !text.allows("|&", text.at, text.at + 2)) text.fail("unexpected &");
      text.at += text.peek(1) === "&" ? 2 : 1;
      text.skipLines();
      commands.push(this.#readCommand());
      text.skipBlanks();
    }
    return { negated, commands, ...text.stretch(start, text.at) };
  }

  #readCommand(): Command {
    const text = this.#text;
    const start = text.at;
    const command = this.#readCompound(start) ?? this.#readSimple(start);
    if (command.kind === "simple") return command;
    const redirects: Redirect[] = [];
    for (;;) {
      text.skipBlanks();
      const redirect = readRedirect(text, this.#words);
      if (redirect === null) break;
      redirects.push(redirect);
    }
    return redirects.length === 0 ? command : { ...command, redirects };
  }

  #readCompound(start: number): Command | null {
    const text = this.#text;
    if (text.startsWith("((") && text.allows("(( ))", start, start + 2))
      return this.#readArithmeticCommand(start);
    if (text.peek() === "(") {
      text.at += 1;
      const body = this.readList();
      if (text.peek() !== ")") text.fail("this ( is not closed", start, start + 1);
      text.at += 1;
      return { kind: "subshell", body, redirects: [], ...text.stretch(start, text.at) };
    }
    if (this.#takeName("{")) {
      const body = this.readList();
      this.#expectName("}");
      return { kind: "group", body, redirects: [], ...text.stretch(start, text.at) };
    }
    if (this.#takeName("if")) return this.#readIf(start);
    if (this.#takeName("while")) return this.#readWhile(start, false);
    if (this.#takeName("until")) return this.#readWhile(start, true);
    if (this.#takeName("for")) return this.#readFor(start);
    if (this.#takeName("case")) return this.#readCase(start);
    return this.#readFunction(start);
  }

  #readArithmeticCommand(start: number): Command {
    const text = this.#text;
    const end = text.text.indexOf("))", text.at);
    if (end === -1) text.fail("this (( is not closed", start, start + 2);
    text.at = end + 2;
    const what = text.text.slice(start, text.at);
    return { kind: "strange", what, body: null, redirects: [], ...text.stretch(start, text.at) };
  }

  #readIf(start: number): Command {
    const text = this.#text;
    const clauses: { condition: List; body: List }[] = [];
    let otherwise: List | null = null;
    do {
      const condition = this.readList();
      this.#expectName("then");
      clauses.push({ condition, body: this.readList() });
    } while (this.#takeName("elif"));
    if (this.#takeName("else")) otherwise = this.readList();
    this.#expectName("fi");
    return { kind: "if", clauses, otherwise, redirects: [], ...text.stretch(start, text.at) };
  }

  #readWhile(start: number, until: boolean): Command {
    const condition = this.readList();
    const body = this.#readDo();
    const at = this.#text.stretch(start, this.#text.at);
    return { kind: "while", until, condition, body, redirects: [], ...at };
  }

  #readDo(): List {
    this.#expectName("do");
    const body = this.readList();
    this.#expectName("done");
    return body;
  }

  #readFor(start: number): Command {
    const text = this.#text;
    text.skipBlanks();
    if (text.startsWith("((") && text.allows("for ((", start, text.at + 2)) {
      const head = this.#readArithmeticCommand(text.at);
      text.skipBlanks();
      if (text.peek() === ";") text.at += 1;
      const body = this.#readDo();
      const what = head.kind === "strange" ? `for ${head.what}` : "for";
      return { kind: "strange", what, body, redirects: [], ...text.stretch(start, text.at) };
    }
    const name = this.#nextName();
    if (name === null || !/^[A-Za-z_]\w*$/u.test(name))
      return text.fail("expected a variable's name after for");
    text.at += name.length;
    text.skipLines();
    let words: Word[] | null = null;
    if (this.#takeName("in")) words = this.#readWords();
    text.skipBlanks();
    if (text.peek() === ";") text.at += 1;
    const body = this.#readDo();
    return { kind: "for", name, words, body, redirects: [], ...text.stretch(start, text.at) };
  }

  #readWords(): Word[] {
    const words: Word[] = [];
    for (;;) {
      this.#text.skipBlanks();
      const word = this.#words.readWord();
      if (word === null) return words;
      words.push(word);
    }
  }

  #readCase(start: number): Command {
    const text = this.#text;
    text.skipBlanks();
    const word = this.#words.readWord() ?? text.fail("expected a word after case");
    this.#expectName("in");
    const items: { patterns: Word[]; body: List }[] = [];
    for (;;) {
      text.skipLines();
      if (this.#takeName("esac")) break;
      if (text.peek() === "(") text.at += 1;
      const patterns: Word[] = [];
      do {
        if (patterns.length > 0) text.at += 1;
        text.skipBlanks();
        patterns.push(this.#words.readWord() ?? text.fail("expected a pattern or esac"));
        text.skipBlanks();
      } while (text.peek() === "|");
      if (text.peek() !== ")") text.fail("expected ) after the pattern");
      text.at += 1;
      items.push({ patterns, body: this.readList() });
      // bash would try the patterns that follow, too.
      if (text.startsWith(";;&")) text.fail(";;& is not followed");
      if (text.startsWith(";&")) text.fail(";& is not followed");
      if (text.startsWith(";;")) text.at += 2;
    }
    return { kind: "case", word, items, redirects: [], ...text.stretch(start, text.at) };
  }

  #readFunction(start: number): Command | null {
    const text = this.#text;
    const found = /(?:function[ \t]+([^\s()]+)[ \t]*(?:\([ \t]*\))?|([A-Za-z_][\w.:-]*)[ \t]*\([ \t]*\))/y;
    found.lastIndex = text.at;
    const [whole, one, other] = found.exec(text.text) ?? [];
    if (whole === undefined) return null;
    if (one !== undefined && !text.allows("function", start, start + whole.length)) return null;
    text.at += whole.length;
    text.skipLines();
    const bodyStart = text.at;
    const body = this.#readCommand();
    if (body.kind === "simple") text.fail("expected { after the function's name", bodyStart);
    const at = text.stretch(start, text.at);
    return { kind: "function", name: (one ?? other)!, body, redirects: [], ...at };
  }

  #readSimple(start: number): Command {
    const text = this.#text;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    let end = text.at;
    for (;;) {
      text.skipBlanks();
      const redirect = readRedirect(text, this.#words);
      if (redirect !== null) redirects.push(redirect);
      else {
        const assignment = words.length === 0 || isDeclaration(words) ? this.#readAssignment() : null;
        const word = assignment === null ? this.#readNextWord(words) : null;
        if (assignment !== null) assignments.push(assignment);
        else if (word !== null) words.push(word);
        else break;
      }
      end = text.at;
    }
    if (words.length + assignments.length + redirects.length === 0)
      text.fail(`unexpected ${text.peek() || "end"}`);
    return { kind: "simple", assignments, words, redirects, ...text.stretch(start, end) };
  }

  /** Inside `[[ ]]` the operators of the shell are words. */
  #readNextWord(words: readonly Word[]): Word | null {
    const text = this.#text;
    const isTest = text.mayBeBash && isLiteral(words[0], "[[") && !isLiteral(words.at(-1), "]]");
    const operator = isTest ? /&&|\|\||[<>()]|\n/y : null;
    if (operator !== null) {
      operator.lastIndex = text.at;
      const found = operator.exec(text.text)?.[0];
      if (found === "\n") {
        text.skipLines();
        return this.#readNextWord(words);
      }
      if (found !== undefined) {
        text.allows(`${found} inside [[ ]]`, text.at, text.at + found.length);
        const at = text.stretch(text.at, text.at + found.length);
        text.at += found.length;
        return { parts: [{ kind: "literal", text: found, quoted: false, ...at }], ...at };
      }
    }
    return this.#words.readWord();
  }

  #readAssignment(): Assignment | null {
    const text = this.#text;
    const start = text.at;
    ASSIGNMENT.lastIndex = start;
    const [whole, name, index = "", plus = ""] = ASSIGNMENT.exec(text.text) ?? [];
    if (whole === undefined || name === undefined) return null;
    // To other shells that is the name of a command.
    if (index + plus !== "" && !text.mayBeBash) return null;
    text.at += whole.length;
    const from = text.at;
    let items: Word[] | null = null;
    if (text.peek() === "(" && text.allows("an array", start, from + 1)) items = this.#readItems(from);
    const empty: Word = { parts: [], ...text.stretch(from, text.at) };
    const value = items === null ? (this.#words.readWord() ?? empty) : empty;
    const indexed = index !== "";
    return { name, indexed, append: plus === "+", value, items, ...text.stretch(start, text.at) };
  }

  #readItems(start: number): Word[] {
    const text = this.#text;
    const items: Word[] = [];
    text.at += 1;
    for (;;) {
      text.skipLines();
      if (text.peek() === ")") break;
      items.push(this.#words.readWord() ?? text.fail("this ( is not closed", start, start + 1));
    }
    text.at += 1;
    return items;
  }
}

function isLiteral(word: Word | undefined, text: string): boolean {
  const [part] = word?.parts ?? [];
  return word?.parts.length === 1 && part?.kind === "literal" && !part.quoted && part.text === text;
}

/** `export A=b` and its kind take assignments as arguments. */
function isDeclaration(words: readonly Word[]): boolean {
  return ["export", "local", "readonly", "declare", "typeset"].some((name) => isLiteral(words[0], name));
}

/**
 * A script's text with a reading position: characters, blanks, comments, line ends and the here-documents that begin after them.
 */
import type { Dialect } from "./dialect.ts";
import type { Stretch } from "./pieces.ts";

/** What is no shell script; caught where a script is read. */
export class ShellSyntaxError extends Error {
  readonly at: Stretch;

  constructor(message: string, at: Stretch) {
    super(message);
    this.at = at;
  }
}

/** A here-document whose text begins after the next line end. */
export interface PendingDocument {
  readonly end: string;
  readonly stripTabs: boolean;
  readonly take: (start: number, end: number) => void;
}

/** Guards the position. Offsets are in `text`; `stretch` turns them into places of the script that the user knows. */
export class ShellText {
  readonly text: string;
  readonly dialect: Dialect;
  at = 0;
  readonly #fixed: Stretch | null;
  readonly #documents: PendingDocument[] = [];

  /** `fixed` is the place of a text that doesn't stand in the script, such as the argument of `eval`. */
  constructor(text: string, fixed: Stretch | null, dialect: Dialect) {
    this.text = text;
    this.dialect = dialect;
    this.#fixed = fixed === null ? null : { from: fixed.from, to: fixed.to };
  }

  stretch(from: number, to: number): Stretch {
    return this.#fixed ?? { from, to };
  }

  /** The stretch alone, at the same places. */
  part(from: number, to: number): ShellText {
    const part = new ShellText(this.text.slice(0, to), this.#fixed, this.dialect);
    part.at = from;
    return part;
  }

  fail(message: string, from = this.at, to = Math.max(from + 1, this.at)): never {
    throw new ShellSyntaxError(message, this.stretch(from, Math.min(to, this.text.length)));
  }

  /** Whether a shell of the script may be bash, so that text of `length` is syntax of its own. */
  get mayBeBash(): boolean {
    return this.dialect.shell !== "dash";
  }

  /** Whether syntax of bash is read here. */
  allows(what: string, from = this.at, to = from + 1): boolean {
    return this.dialect.allows(what, this.stretch(from, to));
  }

  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? "";
  }

  startsWith(what: string): boolean {
    return this.text.startsWith(what, this.at);
  }

  isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Blanks, continued lines and a comment; stops at a line end. */
  skipBlanks(): void {
    for (;;) {
      const next = this.peek();
      if (next === " " || next === "\t" || (next === "\r" && this.peek(1) === "\n")) this.at += 1;
      else if (this.startsWith("\\\n")) this.at += 2;
      else if (this.startsWith("\\\r\n")) this.at += 3;
      else if (next === "#") {
        while (!this.isAtEnd() && this.peek() !== "\n") this.at += 1;
      } else return;
    }
  }

  /** Blanks, comments and line ends, with the here-documents after them. */
  skipLines(): void {
    for (;;) {
      this.skipBlanks();
      if (this.peek() !== "\n") return;
      this.takeLineEnd();
    }
  }

  takeLineEnd(): void {
    this.at += 1;
    for (const document of this.#documents.splice(0)) this.#readDocument(document);
  }

  expectDocument(document: PendingDocument): void {
    this.#documents.push(document);
  }

  #readDocument({ end, stripTabs, take }: PendingDocument): void {
    const start = this.at;
    while (!this.isAtEnd()) {
      const found = this.text.indexOf("\n", this.at);
      const lineEnd = found === -1 ? this.text.length : found;
      const line = this.text.slice(this.at, lineEnd).replace(/\r$/u, "");
      const lineStart = this.at;
      this.at = Math.min(lineEnd + 1, this.text.length);
      if ((stripTabs ? line.replace(/^\t+/u, "") : line) === end) {
        take(start, lineStart);
        return;
      }
    }
    this.fail(`the here-document has no line ${end} at its end`, start, start + 1);
  }
}

/**
 * The text of one assertion to words with their places.
 */
import type { DiagnosticCode } from "../../text/codes.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";

/** A word, a bracket, a comma that stands at a word's end, or an arrow (`->` for both spellings). Offsets in the text, `end` exclusive. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A part of the text. */
export type Part = Pick<Token, "start" | "end">;

/** Notes a mistake at a part of the text. */
export type ReportPart = (code: DiagnosticCode, at: Part, args: Diagnostic["args"], help?: string) => void;

const TOKEN = /->|→|[[\]]|,(?=[\s\]]|$)|(?:(?!->|→)[^\s[\],]|,(?![\s\]]|$))+/gu;

/** All tokens in order. Commas inside a word stay in it: `tcp/80,443`. */
export function scanAssertion(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map(({ 0: found, index }) => ({
    text: found === "→" ? "->" : found,
    start: index,
    end: index + found.length,
  }));
}

/** The tokens of a text, to be taken one by one; a class because it guards where it is. */
export class Cursor {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #at = 0;

  constructor(text: string) {
    this.#tokens = scanAssertion(text);
    this.#end = text.length;
  }

  /** The next token without taking it; null at the end. */
  peek(ahead = 0): Token | null {
    return this.#tokens[this.#at + ahead] ?? null;
  }

  /** Takes the next token. */
  take(): Token | null {
    const token = this.peek();
    if (token !== null) this.#at++;
    return token;
  }

  /** Takes the next token if it reads so. */
  takeIf(text: string): Token | null {
    return this.peek()?.text === text ? this.take() : null;
  }

  /** Where the next token is, or the end of the text. */
  here(): Part {
    return this.peek() ?? { start: Math.max(0, this.#end - 1), end: this.#end };
  }

  /** The next token as a sentence has it. */
  found(): string {
    return this.peek()?.text ?? "the end";
  }
}

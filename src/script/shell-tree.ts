/**
 * The shape of a shell script: what `shell-parser.ts` makes of its text.
 */
import type { Stretch } from "./pieces.ts";

/** A part of a word. */
export type Part =
  | (Stretch & { readonly kind: "literal"; readonly text: string; readonly quoted: boolean })
  | (Stretch & {
      readonly kind: "parameter";
      readonly name: string;
      /** `:-`, `#`, `%%` …; `length` for `${#name}`; null for the plain value. */
      readonly operator: string | null;
      readonly argument: Word | null;
      readonly quoted: boolean;
    })
  | (Stretch & { readonly kind: "command"; readonly body: List; readonly quoted: boolean })
  | (Stretch & { readonly kind: "arithmetic"; readonly expression: Word; readonly quoted: boolean })
  /** Something of a shell beyond sh whose value isn't worked out: `<(…)`. */
  | (Stretch & {
      readonly kind: "strange";
      readonly what: string;
      /** Whether it is another thing, or nothing special, in other shells than bash. */
      readonly differs: boolean;
    })
  /** `{a,b}` and `{1..3}` of bash: as many words; where no words are made, the text as it stands. */
  | (Stretch & {
      readonly kind: "braces";
      readonly source: string;
      readonly items: readonly (readonly Part[])[];
    });

/** One word; no parts for an empty quoted one is `""` as a quoted literal. */
export interface Word extends Stretch {
  readonly parts: readonly Part[];
}

/** `NAME=value`, `NAME+=value`, `NAME=(a b)`, `NAME[1]=value`. */
export interface Assignment extends Stretch {
  readonly name: string;
  /** Whether it is about a member of an array. */
  readonly indexed: boolean;
  readonly append: boolean;
  readonly value: Word;
  readonly items: readonly Word[] | null;
}

/** `> file`, `2>&1`, `<< END`. */
export interface Redirect extends Stretch {
  readonly fd: number | null;
  readonly operator: "<" | ">" | ">>" | "<<" | "<<<" | ">&" | "<&" | "&>";
  readonly target: Word;
}

interface CommandBase extends Stretch {
  readonly redirects: readonly Redirect[];
}

/** One command. */
export type Command =
  | (CommandBase & {
      readonly kind: "simple";
      readonly assignments: readonly Assignment[];
      readonly words: readonly Word[];
    })
  | (CommandBase & { readonly kind: "group" | "subshell"; readonly body: List })
  | (CommandBase & {
      readonly kind: "if";
      readonly clauses: readonly { readonly condition: List; readonly body: List }[];
      readonly otherwise: List | null;
    })
  | (CommandBase & {
      readonly kind: "while";
      readonly until: boolean;
      readonly condition: List;
      readonly body: List;
    })
  | (CommandBase & {
      readonly kind: "for";
      readonly name: string;
      /** Null: over the script's arguments. */
      readonly words: readonly Word[] | null;
      readonly body: List;
    })
  | (CommandBase & {
      readonly kind: "case";
      readonly word: Word;
      readonly items: readonly { readonly patterns: readonly Word[]; readonly body: List }[];
    })
  | (CommandBase & { readonly kind: "function"; readonly name: string; readonly body: Command })
  /** `(( … ))`, `for ((…))`: what is in it isn't read. */
  | (CommandBase & { readonly kind: "strange"; readonly what: string; readonly body: List | null });

/** Commands joined by `|`. */
export interface Pipeline extends Stretch {
  readonly negated: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines joined by `&&` and `||`. */
export interface AndOr extends Stretch {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: "&&" | "||"; readonly pipeline: Pipeline }[];
  readonly background: boolean;
}

/** Commands one after the other. */
export type List = readonly AndOr[];

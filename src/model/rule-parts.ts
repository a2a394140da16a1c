/**
 * A rule's words sorted by what they belong to: options of the rule itself, of its match modules, of its target.
 */
import type { Word } from "../syntax/tree.ts";
import type { MatchRow, OptionRow, TargetRow } from "./options.ts";

/** One option with its values. */
export interface OptionUse {
  readonly row: OptionRow;
  readonly negated: boolean;
  /** The option itself. */
  readonly word: Word;
  /** As many as the row says, and the optional one. */
  readonly values: readonly Word[];
}

/** One instance of a match module. */
export interface MatchUse {
  readonly name: string;
  /** Null for a module that markify does not know. */
  readonly row: MatchRow | null;
  /** The module's name, or the option that loaded it without `-m`. */
  readonly word: Word;
  readonly options: OptionUse[];
  /** All words of a module whose options can't be told apart. */
  readonly raw: Word[];
}

/** What `-j` or `-g` names. */
export interface TargetUse {
  readonly option: "jump" | "goto";
  readonly name: string;
  /** Null for chains, verdicts and targets that markify does not know. */
  readonly row: TargetRow | null;
  readonly word: Word;
  readonly options: OptionUse[];
  readonly raw: Word[];
}

/** Parts of the rule itself that can stand in it once. */
export type SinglePart = "source" | "destination" | "in" | "out" | "protocol" | "fragment" | "counters";

/** All words of one rule. */
export interface RuleParts {
  readonly single: Readonly<Record<SinglePart, OptionUse | undefined>>;
  /** In order. */
  readonly matches: readonly MatchUse[];
  readonly target: TargetUse | null;
}

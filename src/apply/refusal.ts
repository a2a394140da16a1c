/**
 * Why `apply --live` doesn't do something, as data: one sentence, what it is about, and what to do.
 */

/** A reason to stop before anything is touched. */
export interface Refusal {
  /** A sentence without a full stop, in lower case but for names. */
  readonly message: string;
  /** Rules, chains, lines that it is about, one each; empty where the sentence says all. */
  readonly details: readonly string[];
  /** What to do, naming the option that lets it where there is one; a sentence without a full stop. */
  readonly next: string;
}

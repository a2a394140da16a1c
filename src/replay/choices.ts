/**
 * What nobody knows of a packet, tried in every way: questions come up while a packet is judged, and all combinations of answers are gone through.
 */

/** Combinations that are gone through before a packet is given up. */
export const MOST_COMBINATIONS = 512;

/** The questions of one packet; a class because it guards where the search is. */
export class Choices {
  readonly #answers: number[] = [];
  readonly #sizes: number[] = [];
  readonly #questions: number[] = [];
  /** Names of all questions that ever came up. */
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** By question: in which round it was asked last, and what was said. Who asks twice is told the same. */
  readonly #asked: number[] = [];
  readonly #said: number[] = [];
  #round = 0;
  #next = 0;
  #tried = 0;

  /** The number of a question, by its name; the same each time. */
  question(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    this.#asked.push(0);
    this.#said.push(0);
    return this.#names.push(name) - 1;
  }

  /** Forgets what was asked: another packet. */
  begin(): void {
    this.#answers.length = this.#sizes.length = this.#questions.length = 0;
    this.#round++;
    this.#next = 0;
    this.#tried = 1;
  }

  /** One of so many answers to a question. A question has the same number of answers for all of a packet. */
  ask(question: number, size: number): number {
    if (size === 1) return 0;
    if (this.#asked[question] === this.#round) return this.#said[question]!;
    const at = this.#next++;
    if (at === this.#answers.length) {
      this.#answers.push(0);
      this.#sizes.push(size);
      this.#questions.push(question);
    }
    this.#asked[question] = this.#round;
    this.#said[question] = this.#answers[at]!;
    return this.#answers[at]!;
  }

  /** Goes on to the next combination; false where there is none. The rest is asked anew: other answers lead to other questions. */
  advance(): boolean {
    this.#round++;
    this.#next = 0;
    while (this.#answers.length > 0) {
      const last = this.#answers.length - 1;
      if (++this.#answers[last]! < this.#sizes[last]!) {
        this.#tried++;
        return true;
      }
      this.#answers.pop();
      this.#sizes.pop();
      this.#questions.pop();
    }
    return false;
  }

  /** Combinations so far, with this one. */
  get tried(): number {
    return this.#tried;
  }

  /** The questions of this combination. */
  get questions(): readonly number[] {
    return this.#questions;
  }

  nameOf(question: number): string {
    return this.#names[question]!;
  }
}

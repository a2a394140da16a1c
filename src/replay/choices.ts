/**
 * What nobody knows of a packet, tried in every way: questions come up while a packet is judged, and all combinations of answers are gone through.
 */

/** Combinations that are gone through before a packet is given up. */
export const MOST_COMBINATIONS = 512;

/** The questions of one packet; a class because it guards where the search is. */
export class Choices {
  readonly #answers: number[] = [];
  readonly #sizes: number[] = [];
  readonly #names: string[] = [];
  /** Answers of this round, by name: who asks twice is told the same. */
  readonly #given = new Map<string, number>();
  #next = 0;
  #tried = 0;

  /** Forgets all questions: another packet. */
  begin(): void {
    this.#answers.length = this.#sizes.length = this.#names.length = 0;
    this.#given.clear();
    this.#next = 0;
    this.#tried = 1;
  }

  /** One of so many answers to a question. A question always has the same number of answers. */
  ask(name: string, size: number): number {
    if (size === 1) return 0;
    const given = this.#given.get(name);
    if (given !== undefined) return given;
    const at = this.#next++;
    if (at === this.#answers.length) {
      this.#answers.push(0);
      this.#sizes.push(size);
      this.#names.push(name);
    }
    const answer = this.#answers[at]!;
    this.#given.set(name, answer);
    return answer;
  }

  /** Goes on to the next combination; false where there is none. The rest is asked anew: other answers lead to other questions. */
  advance(): boolean {
    this.#given.clear();
    this.#next = 0;
    while (this.#answers.length > 0) {
      const last = this.#answers.length - 1;
      if (++this.#answers[last]! < this.#sizes[last]!) {
        this.#tried++;
        return true;
      }
      this.#answers.pop();
      this.#sizes.pop();
      this.#names.pop();
    }
    return false;
  }

  /** Combinations so far, with this one. */
  get tried(): number {
    return this.#tried;
  }

  /** The questions of this combination. */
  get names(): readonly string[] {
    return this.#names;
  }
}

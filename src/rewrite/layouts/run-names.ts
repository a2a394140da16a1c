/**
 * Names of the chains that runs have for groups. A group is several chains where it is used in several ways; the first has its name, and the others have a number behind it
 * (`S-LAN/2`), so that they are known to be one group when they are read again.
 */
import type { PlanGroup } from "../../plan/types.ts";
import type { ChainNames } from "../chain-names.ts";

/** Hands them out; a class because it guards which are given away. */
export class RunNames {
  readonly #names: ChainNames;
  readonly #given: Set<string>;

  /** `names` has all groups' own already; `given`: those that a chain in the article's layout has. */
  constructor(names: ChainNames, given: Iterable<string>) {
    this.#names = names;
    this.#given = new Set(given);
  }

  /** The next chain's. */
  take({ name }: PlanGroup): string {
    if (this.#given.has(name)) return this.#names.take(name, "/");
    this.#given.add(name);
    return name;
  }
}

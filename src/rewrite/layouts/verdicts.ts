/**
 * Chains that clear the own bits and give a verdict: the hoisted layout's rules call them, since their own bits are needed as long as they have not decided.
 */
import { printMark } from "../../plan/own-bits.ts";
import type { ChainNames } from "../chain-names.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { line } from "./words.ts";

/** One for each verdict; a class because they are made as they are asked for. */
export class VerdictChains {
  readonly #names: ChainNames;
  readonly #chains = new Map<string, NewChain>();

  constructor(names: ChainNames) {
    this.#names = names;
  }

  /** The name of the chain for a verdict; `protocol` stands beside targets that demand theirs. */
  take(protocol: string, target: string, { own }: LayoutContext): string {
    const key = line([], protocol, target).text;
    const known = this.#chains.get(key);
    if (known !== undefined) return known.name;
    const name = this.#names.take(`V-${target.split(" ")[1]}`);
    const lines = [
      line([], "-A", name, "-j", "MARK", "--set-xmark", `0x0/${printMark(own)}`),
      line([], "-A", name, protocol, target),
    ];
    const title = `${name}: clears the mark bits of the groups -> ${target.slice(3)}`;
    this.#chains.set(key, { name, lines, title });
    return name;
  }

  /** All of them. */
  get chains(): readonly NewChain[] {
    return [...this.#chains.values()];
  }
}

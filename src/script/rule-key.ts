/**
 * Rules in a form that is equal where iptables takes them for the same rule, for `-D` and `-C`: read by the model, with options spelled out.
 */
import { buildRuleset } from "../model/build.ts";
import type { Family } from "../model/types.ts";
import { parseSaveFile } from "../syntax/parse.ts";
import { makeSourceFile } from "../text/source.ts";
import { type MadeTable, userChains } from "./tables.ts";
import type { Token } from "./rule-text.ts";

/** Compares the rules of one family; remembers what it has read. */
export class RuleKeys {
  readonly #family: Family;
  readonly #known = new Map<string, string | null>();

  constructor(family: Family) {
    this.#family = family;
  }

  /** Null where the rule can't be read well enough to compare it. */
  keyOf(tokens: readonly Token[], table: MadeTable): string | null {
    const text = tokens.map((token) => token.text).join(" ");
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const key = this.#read(text, table);
    this.#known.set(text, key);
    return key;
  }

  #read(text: string, table: MadeTable): string | null {
    const chains = userChains(table).map(({ name }) => `:${name} - [0:0]`);
    const own = ":markify-compared - [0:0]";
    const lines = [`*${table.name}`, ...chains, own, `-A markify-compared ${text}`, "COMMIT", ""];
    const { tree } = parseSaveFile(makeSourceFile("-", lines.join("\n")));
    const { ruleset } = buildRuleset(tree, this.#family);
    const rule = ruleset?.tables[0]?.chains.at(-1)?.rules[0];
    if (rule === undefined || rule.matches.some((match) => match.kind === "opaque" && !match.known))
      return null;
    return [...rule.matches.map((match) => match.text), rule.target.text].join("\0");
  }
}

/**
 * Rules in a form that is equal where iptables takes them for the same rule, for `-D` and `-C`: read by the model, with options spelled out.
 */
import { buildRuleset } from "../model/build.ts";
import type { Family } from "../model/types.ts";
import { parseSaveFile } from "../syntax/parse.ts";
import { makeSourceFile } from "../text/source.ts";
import { type MadeRule, type MadeTable, userChains } from "./tables.ts";
import type { Token } from "./rule-text.ts";

/** The rules of one chain by their keys, each list in the order of the chain. */
interface RuleIndex {
  readonly byKey: Map<string, MadeRule[]>;
  /** Whether there are rules that can't be compared. */
  readonly hasUnread: boolean;
}

/** Compares the rules of one family; remembers what it has read. */
export class RuleKeys {
  readonly #family: Family;
  readonly #known = new Map<string, string | null>();
  readonly #keys = new WeakMap<readonly Token[], string | null>();
  /** By the list of rules itself, which never changes; a list that is made of another one takes over what is known about it. */
  readonly #indexes = new WeakMap<readonly MadeRule[], RuleIndex>();

  constructor(family: Family) {
    this.#family = family;
  }

  /** The position of the first rule that is the same, -1 where there is none; null where that can't be told. */
  find(rules: readonly MadeRule[], { tokens }: MadeRule, table: MadeTable): number | null {
    const key = this.#keyOf(tokens, table);
    if (key === null) return null;
    const { byKey, hasUnread } = this.#indexOf(rules, table);
    const [found] = byKey.get(key) ?? [];
    const at = found === undefined ? -1 : rules.indexOf(found);
    if (!hasUnread) return at;
    const before = at === -1 ? rules : rules.slice(0, at);
    return before.some((rule) => this.#keyOf(rule.tokens, table) === null) ? null : at;
  }

  /** Says that a list of rules is another one with rules added behind it. */
  append(from: readonly MadeRule[], to: readonly MadeRule[], table: MadeTable): void {
    const index = this.#indexes.get(from);
    if (index === undefined) return;
    this.#indexes.delete(from);
    const added = to.slice(from.length).map((rule) => this.#add(index.byKey, rule, table));
    this.#indexes.set(to, { ...index, hasUnread: index.hasUnread || added.includes(false) });
  }

  /** Says that a list of rules is another one without the first rule of that key. */
  remove(from: readonly MadeRule[], to: readonly MadeRule[], { tokens }: MadeRule, table: MadeTable): void {
    const index = this.#indexes.get(from);
    const key = this.#keyOf(tokens, table);
    if (index === undefined || key === null) return;
    this.#indexes.delete(from);
    index.byKey.get(key)?.shift();
    this.#indexes.set(to, index);
  }

  #indexOf(rules: readonly MadeRule[], table: MadeTable): RuleIndex {
    const known = this.#indexes.get(rules);
    if (known !== undefined) return known;
    const byKey = new Map<string, MadeRule[]>();
    const added = rules.map((rule) => this.#add(byKey, rule, table));
    const index = { byKey, hasUnread: added.includes(false) };
    this.#indexes.set(rules, index);
    return index;
  }

  /** False for a rule that can't be compared. */
  #add(byKey: Map<string, MadeRule[]>, rule: MadeRule, table: MadeTable): boolean {
    const key = this.#keyOf(rule.tokens, table);
    if (key === null) return false;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [rule]);
    else same.push(rule);
    return true;
  }

  /** Null where the rule can't be read well enough to compare it. */
  #keyOf(tokens: readonly Token[], table: MadeTable): string | null {
    const kept = this.#keys.get(tokens);
    if (kept !== undefined) return kept;
    const key = this.#keyOfText(tokens, table);
    this.#keys.set(tokens, key);
    return key;
  }

  #keyOfText(tokens: readonly Token[], table: MadeTable): string | null {
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

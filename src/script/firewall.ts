/**
 * Does to tables in memory what iptables does to the kernel's. A command that iptables would refuse changes nothing and says why.
 *
 * Source: iptables 1.8.9, `iptables/iptables.c`, `do_command4`, and `libiptc/libiptc.c`; `test/kernel/script-commands.test.ts` compares with the
 * real one.
 */
import { isVerdict } from "../model/rule-reader.ts";
import { isBaseChain, isTableName } from "../model/tables.ts";
import { isObsoleteTarget, TARGET_ROWS } from "../model/target-table.ts";
import type { Family } from "../model/types.ts";
import type { CommandLine } from "./command-line.ts";
import { type Pieces, type Stretch, stretchOf, textOf } from "./pieces.ts";
import { RuleKeys } from "./rule-key.ts";
import { expandAddresses, makeTokens, readRuleParts, type Token } from "./rule-text.ts";
import {
  emptyTable,
  isReferenced,
  type MadeChain,
  type MadeRule,
  type MadeTable,
  userChains,
  withChain,
  withoutChains,
} from "./tables.ts";

/** What a command came to. `doubt`: it can't be told whether iptables would do it. */
export type Outcome =
  | { readonly kind: "done" }
  | {
      readonly kind: "refused" | "doubt";
      readonly why: string;
      readonly at: Stretch;
      /** Whether that depends on the commands before. */
      readonly follows?: boolean;
    };

const DONE: Outcome = { kind: "done" };

/** Guards the tables of one family. */
export class Firewall {
  readonly family: Family;
  readonly #tables = new Map<string, MadeTable>();
  readonly #keys: RuleKeys;
  /** Whether the script goes through all tables that the kernel has, so that none keeps what it held. */
  allFresh = false;

  constructor(family: Family) {
    this.family = family;
    this.#keys = new RuleKeys(family);
  }

  /** The tables that commands have touched, in that order. */
  get tables(): readonly MadeTable[] {
    return [...this.#tables.values()];
  }

  /** A table as it is now. */
  table(name: string, at: Stretch): MadeTable {
    return this.#tables.get(name) ?? emptyTable(name, at, this.allFresh);
  }

  replaceTable(table: MadeTable): void {
    this.#tables.set(table.name, table);
  }

  /** Runs one command that the script calls at `at`. */
  execute(command: CommandLine, at: Stretch): Outcome {
    const name = command.table === null ? "filter" : textOf(command.table);
    if (!isTableName(name)) return refused(`there is no table ${name}`, stretchOf(command.table ?? [], at));
    const change = new Change(this.table(name, at), command, at, this.family, this.#keys);
    const outcome = change.run();
    if (outcome.kind === "done") this.replaceTable(change.table);
    return outcome;
  }
}

function refused(why: string, at: Stretch): Outcome {
  return { kind: "refused", why, at };
}

/** Refused for what is there at this point, or isn't. */
function unfitting(why: string, at: Stretch): Outcome {
  return { kind: "refused", why, at, follows: true };
}

/** One command on one table. */
class Change {
  table: MadeTable;
  readonly #command: CommandLine;
  readonly #at: Stretch;
  readonly #family: Family;
  readonly #keys: RuleKeys;

  constructor(table: MadeTable, command: CommandLine, at: Stretch, family: Family, keys: RuleKeys) {
    this.table = table;
    this.#command = command;
    this.#at = at;
    this.#family = family;
    this.#keys = keys;
  }

  run(): Outcome {
    const { verb, operands, rule } = this.#command;
    const name = operands[0] === undefined ? null : textOf(operands[0]);
    if (verb === "F" || verb === "X") return this.#onAll(name, verb === "F" ? "flush" : "delete");
    if (verb === "L" || verb === "S" || verb === "Z") return name === null ? DONE : this.#needChain(name);
    if (name === null) return this.#refused(`-${verb} needs a chain`);
    if (verb === "N") return this.#create(name);
    if (verb === "P") return this.#setPolicy(name);
    if (verb === "E") return this.#rename(name);
    const chain = this.table.chains.get(name);
    if (chain === undefined) return this.#needChain(name);
    if (verb === "D" && operands.length > 1) return this.#deleteAt(chain, rule.length);
    return this.#onRules(chain);
  }

  #refused(why: string, operand = 0): Outcome {
    return refused(why, stretchOf(this.#command.operands[operand] ?? [], this.#at));
  }

  #needChain(name: string): Outcome {
    if (this.table.chains.has(name)) return DONE;
    return unfitting(
      `table ${this.table.name} has no chain ${name} at this point`,
      stretchOf(this.#command.operands[0] ?? [], this.#at),
    );
  }

  #onAll(name: string | null, what: "flush" | "delete"): Outcome {
    if (name !== null) {
      const chain = this.table.chains.get(name);
      if (chain === undefined) return this.#needChain(name);
      return what === "flush" ? this.#flush([chain]) : this.#delete([chain]);
    }
    return what === "flush"
      ? this.#flush([...this.table.chains.values()])
      : this.#delete(userChains(this.table));
  }

  #flush(chains: readonly MadeChain[]): Outcome {
    for (const chain of chains) this.table = withChain(this.table, { ...chain, rules: [], isFresh: true });
    return DONE;
  }

  /** All or none: a chain that can't be deleted keeps the others. */
  #delete(chains: readonly MadeChain[]): Outcome {
    let left = this.table;
    for (const { name, rules } of chains) {
      if (isBaseChain(left.name, name)) return this.#refused(`${name} is a base chain`);
      if (rules.length > 0) return this.#refused(`chain ${name} still has rules`);
      if (isReferenced(left, name)) return this.#refused(`a rule still jumps to chain ${name}`);
      left = withoutChains(left, new Set([name]));
    }
    this.table = left;
    return DONE;
  }

  #create(name: string): Outcome {
    if (this.table.chains.has(name)) return this.#refused(`chain ${name} is there already`);
    const problem = nameProblem(name);
    if (problem !== null) return this.#refused(problem);
    const at = stretchOf(this.#command.operands.at(-1) ?? [], this.#at);
    this.table = withChain(this.table, { name, policy: null, at, rules: [], isFresh: true });
    return DONE;
  }

  #setPolicy(name: string): Outcome {
    const policy = this.#command.operands[1] === undefined ? "" : textOf(this.#command.operands[1]);
    const chain = this.table.chains.get(name);
    if (chain === undefined) return this.#needChain(name);
    if (!isBaseChain(this.table.name, name))
      return this.#refused(`${name} is no base chain, so it has no policy`);
    if (policy !== "ACCEPT" && policy !== "DROP")
      return this.#refused(`${policy} is no policy: ACCEPT or DROP`, 1);
    this.table = withChain(this.table, { ...chain, policy, at: this.#at });
    return DONE;
  }

  #rename(name: string): Outcome {
    const chain = this.table.chains.get(name);
    const written = this.#command.operands[1];
    const other = written === undefined ? "" : textOf(written);
    if (chain === undefined) return this.#needChain(name);
    if (isBaseChain(this.table.name, name)) return this.#refused(`${name} is a base chain`);
    if (this.table.chains.has(other)) return this.#refused(`chain ${other} is there already`, 1);
    if (other === "" || new TextEncoder().encode(other).length > 28)
      return this.#refused("-E needs a new name", 1);
    const chains = [...this.table.chains.values()].map((one): [string, MadeChain] => {
      const rules = one.rules.map((rule) => (rule.jump?.chain === name ? renameJump(rule, other) : rule));
      const made = { ...one, rules, name: one === chain ? other : one.name };
      return [made.name, made];
    });
    this.table = { ...this.table, chains: new Map(chains) };
    return DONE;
  }

  #deleteAt(chain: MadeChain, words: number): Outcome {
    if (words > 0) return this.#refused("-D takes a rule or a number, not both", 1);
    const index = this.#index(chain, 1, chain.rules.length);
    if (typeof index !== "number") return index;
    this.#setRules(chain, chain.rules.toSpliced(index, 1));
    return DONE;
  }

  /** The position of operand 1, from 0; at most `most` from 1. */
  #index(chain: MadeChain, least: number, most: number): number | Outcome {
    const text = textOf(this.#command.operands[1] ?? []);
    const number = /^\d{1,9}$/u.test(text) ? Number(text) : 0;
    if (number < least) return this.#refused(`${text || "nothing"} is no number of a rule`, 1);
    if (number <= most) return number - 1;
    return unfitting(
      `chain ${chain.name} has no rule ${text}`,
      stretchOf(this.#command.operands[1] ?? [], this.#at),
    );
  }

  #setRules(chain: MadeChain, rules: readonly MadeRule[]): void {
    this.table = withChain(this.table, { ...chain, rules });
  }

  #onRules(chain: MadeChain): Outcome {
    const { verb, rule } = this.#command;
    const isChain = (name: string) => this.table.chains.has(name);
    const lists = expandAddresses(rule, this.#family, isChain);
    if (lists === null) return refused("a list of addresses behind !", this.#at);
    const made: MadeRule[] = [];
    for (const words of lists) {
      const one = this.#makeRule(words, isChain);
      if ("kind" in one) return one;
      made.push(one);
    }
    switch (verb) {
      case "A":
        return this.#append(chain, made);
      case "I":
        return this.#insert(chain, made);
      case "R":
        return this.#replace(chain, made);
      default:
        return this.#find(chain, made, verb === "D");
    }
  }

  #makeRule(words: readonly Pieces[], isChain: (name: string) => boolean): MadeRule | Outcome {
    const parts = readRuleParts(words, this.#family, isChain);
    const target = parts?.target ?? null;
    const tokens: Token[] = [];
    let jump = 0;
    for (const [index, word] of words.entries()) {
      const own = makeTokens(word);
      if (own === null)
        return {
          kind: "doubt",
          why: "a line end in a rule has no place in a save file",
          at: stretchOf(word, this.#at),
        };
      tokens.push(...own);
      if (target !== null && target.word.end === index) jump = tokens.length - 1;
    }
    const name = target?.name ?? "";
    const isNamed =
      target !== null &&
      (target.option === "goto" || !(isVerdict(name) || TARGET_ROWS.has(name)) || isChain(name));
    if (isNamed && !isChain(name) && (target.option === "goto" || !/^[A-Z][A-Z0-9]*$/u.test(name))) {
      return unfitting(
        `table ${this.table.name} has no chain ${name} at this point`,
        stretchOf(words[target.word.end] ?? [], this.#at),
      );
    }
    if (isNamed && !isChain(name))
      return {
        kind: "doubt",
        follows: true,
        why: `table ${this.table.name} has no chain ${name} at this point; whether there is an extension of that name is not known`,
        at: stretchOf(words[target.word.end] ?? [], this.#at),
      };
    const chainAt = stretchOf(this.#command.operands[0]!, this.#at);
    return {
      tokens,
      at: this.#at,
      chainAt,
      jump: isNamed && isChain(name) ? { chain: name, token: jump } : null,
    };
  }

  #append(chain: MadeChain, made: readonly MadeRule[]): Outcome {
    const rules = [...chain.rules, ...made];
    this.#keys.append(chain.rules, rules, this.table);
    this.#setRules(chain, rules);
    return DONE;
  }

  /** Each rule of a list goes to the same place, so that they end up the other way round. */
  #insert(chain: MadeChain, made: readonly MadeRule[]): Outcome {
    const isNumbered = this.#command.operands.length > 1;
    const index = isNumbered ? this.#index(chain, 1, chain.rules.length + 1) : 0;
    if (typeof index !== "number") return index;
    this.#setRules(chain, chain.rules.toSpliced(index, 0, ...made.toReversed()));
    return DONE;
  }

  #replace(chain: MadeChain, made: readonly MadeRule[]): Outcome {
    const index = this.#index(chain, 1, chain.rules.length);
    if (typeof index !== "number") return index;
    if (made.length > 1) return this.#refused("-R takes one address, not a list");
    this.#setRules(chain, chain.rules.with(index, made[0]!));
    return DONE;
  }

  /** The first rule that is the same goes; for a list, one for each address, or none at all. */
  #find(chain: MadeChain, made: readonly MadeRule[], removes: boolean): Outcome {
    let rules = chain.rules;
    for (const one of made) {
      const index = this.#keys.find(rules, one, this.table);
      if (index === null)
        return { kind: "doubt", why: "whether a rule is the same as this one can't be told", at: this.#at };
      if (index === -1) return unfitting(`chain ${chain.name} has no such rule at this point`, this.#at);
      if (!removes) continue;
      const left = rules.toSpliced(index, 1);
      this.#keys.remove(rules, left, one, this.table);
      rules = left;
    }
    this.#setRules(chain, rules);
    return DONE;
  }
}

function renameJump(rule: MadeRule, name: string): MadeRule {
  const { jump, tokens } = rule;
  if (jump === null) return rule;
  const token = tokens[jump.token]!;
  const text = token.text.slice(0, token.text.length - jump.chain.length) + name;
  return { ...rule, tokens: tokens.with(jump.token, { ...token, text }), jump: { ...jump, chain: name } };
}

/** Why no chain can have a name; null for one that can. */
function nameProblem(name: string): string | null {
  if (name === "" || /^[-!]/u.test(name) || /\s/u.test(name))
    return `${name || "nothing"} is no name for a chain`;
  if (new TextEncoder().encode(name).length > 28) return "the name of a chain has at most 28 bytes";
  if (isVerdict(name) || (TARGET_ROWS.has(name) && !isObsoleteTarget(name)))
    return `${name} is the name of a target`;
  return null;
}

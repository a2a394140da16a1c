/**
 * One table: its chains as they are declared, its rules as they come, and what can be told when all are known.
 */
import type { Piece, Report } from "../syntax/report.ts";
import type { ChainNode, RuleNode, TableNode } from "../syntax/tree.ts";
import { type Jump, checkJumps } from "./jumps.ts";
import type { Suggest } from "./nearest.ts";
import type { BuiltRule, RuleBuilder } from "./rule-builder.ts";
import { isVerdict } from "./rule-reader.ts";
import { isBaseChain, isTableName } from "./tables.ts";
import { isTakenByTarget, TARGET_ROWS } from "./target-table.ts";
import type { Chain, Rule, Table, Target } from "./types.ts";

interface OpenChain {
  readonly name: string;
  readonly policy: Chain["policy"];
  readonly line: number;
  readonly rules: Rule[];
}

/** What all tables of a file are built with. */
export interface TableTools {
  readonly rules: RuleBuilder;
  readonly suggest: Suggest;
  readonly report: Report;
  /** Whether rules that can't be read are kept. */
  readonly keepsUnparsed: boolean;
}

/** Gathers one table line by line. */
export class TableBuilder {
  private readonly node: TableNode;
  private readonly name: string;
  private readonly rules: RuleBuilder;
  private readonly suggest: Suggest;
  private readonly report: Report;
  private readonly keepsUnparsed: boolean;
  private readonly chains = new Map<string, OpenChain>();
  /** Places of the declarations. */
  private readonly declared = new Map<string, Piece>();
  private readonly jumps: Jump[] = [];
  private readonly isChain: (name: string) => boolean;

  constructor(node: TableNode, { rules, suggest, report, keepsUnparsed }: TableTools) {
    this.keepsUnparsed = keepsUnparsed;
    this.node = node;
    this.name = node.name.text;
    this.rules = rules;
    this.suggest = suggest;
    this.report = report;
    this.isChain = (name) => this.chains.has(name) || isBaseChain(this.name, name);
    if (!isTableName(this.name)) report("UNKNOWN_TABLE", node.name, { table: this.name });
  }

  addChain(node: ChainNode): void {
    const name = node.name.text;
    const before = this.declared.get(name);
    if (before !== undefined) {
      this.report(
        "CHAIN_TWICE",
        node.name,
        { chain: name },
        { message: "first declared here", place: before },
      );
      return;
    }
    this.declared.set(name, node.name);
    const isBase = isBaseChain(this.name, name);
    const policy = node.policy.text;
    if (isVerdict(name) || isTakenByTarget(name)) {
      this.report("CHAIN_NAMED_LIKE_TARGET", node.name, { chain: name });
    } else if (isBase ? policy !== "ACCEPT" && policy !== "DROP" && policy !== "-" : policy !== "-") {
      this.report("BAD_POLICY", node.policy, { policy, chain: name, base: isBase ? 1 : 0 });
    } else if (isBase && policy === "-") this.report("POLICY_NOT_SET", node.policy, { chain: name });
    const given = policy === "ACCEPT" || policy === "DROP" ? policy : "ACCEPT";
    // A base chain is there before its declaration, which leaves the rules that it has.
    const rules = this.chains.get(name)?.rules ?? [];
    this.chains.set(name, { name, policy: isBase ? given : null, line: node.line, rules });
  }

  /** Adds a rule; `isBroken`: the line can't be read to its end, which is reported already. True where it is kept unread. */
  addRule(node: RuleNode, isBroken = false): boolean {
    const chain = this.chainOf(node);
    const { rule, named, isPlaced } = this.rules.build(node, {
      table: this.name,
      isChain: this.isChain,
      isBroken,
    });
    const isSound = named === null || this.checkTarget(named.target, named.place);
    const keeps = this.keepsUnparsed && isPlaced && chain !== null && (rule === null || !isSound);
    if (keeps) {
      chain.rules.push(this.rules.keep(node));
      return true;
    }
    if (rule !== null) chain?.rules.push(rule);
    // Also of a rule with errors: they are no reason to hide a loop.
    this.addJump(node, named);
    return false;
  }

  private addJump(node: RuleNode, named: BuiltRule["named"]): void {
    if (named === null) return;
    const { target, place } = named;
    if (target.kind === "jump" || target.kind === "goto")
      this.jumps.push({ from: node.chain.text, to: target.chain, place });
  }

  /** False after an error. */
  private checkTarget(target: Target, place: Piece): boolean {
    if ((target.kind === "jump" || target.kind === "goto") && isBaseChain(this.name, target.chain)) {
      this.report("JUMP_TO_BASE", place, { chain: target.chain });
      return false;
    }
    if (target.kind !== "extension" || TARGET_ROWS.has(target.name)) return true;
    return this.checkUnknownTarget(target.name, target.text === `-j ${target.name}`, place);
  }

  finish(lastLine: number): Table {
    checkJumps(this.name, this.jumps, this.report);
    return { name: this.name, firstLine: this.node.line, lastLine, chains: [...this.chains.values()] };
  }

  /** The chain that a rule is in; a base chain is there without a declaration. Null after an error. */
  private chainOf(node: RuleNode): OpenChain | null {
    const name = node.chain.text;
    const known = this.chains.get(name);
    if (known !== undefined) return known;
    if (!isBaseChain(this.name, name)) {
      const nearest = this.suggest(name, this.chains.keys()) ?? "";
      this.report("UNDECLARED_CHAIN", node.chain, { table: this.name, chain: name, nearest });
      return null;
    }
    this.report("POLICY_NOT_SET", node.chain, { chain: name });
    const chain: OpenChain = { name, policy: "ACCEPT", line: 0, rules: [] };
    this.chains.set(name, chain);
    return chain;
  }

  /** Extensions have names in capitals; another name alone is a chain that is missing, and an error. */
  private checkUnknownTarget(name: string, alone: boolean, place: Piece): boolean {
    const isMissing = alone && !/^[A-Z][A-Z0-9]*$/u.test(name);
    if (isMissing) {
      const nearest = this.suggest(name, this.chains.keys()) ?? "";
      this.report("MISSING_CHAIN", place, { table: this.name, chain: name, nearest });
    } else this.report("UNKNOWN_TARGET", place, { target: name });
    return !isMissing;
  }
}

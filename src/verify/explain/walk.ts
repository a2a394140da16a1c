/**
 * The walk of one packet through one table, rule by rule, as the kernel does it (net/ipv4/netfilter/ip_tables.c, ipt_do_table). It stops where
 * an answer that nobody can give decides what happens next. `test/verify/explain-walker.test.ts` holds it to the sample evaluator.
 */
import {
  CTSTATE,
  type Chain,
  type ExtensionTarget,
  type Match,
  type Rule,
  type Table,
  type Target,
} from "../../model/types.ts";
import { isUnparsed } from "../../model/unparsed.ts";
import { assertNever } from "../../text/internal-error.ts";
import { effectBits } from "../sample/effects.ts";
import { FIELD } from "../sample/packet.ts";
import { EFFECT, TRUTH } from "../sample/program.ts";
import { type Answers, hasConnection, Judge, type WalkState } from "./conditions.ts";
import { type ExplainPacket, hex, type PacketField } from "./packet.ts";
import type { Decider, ExplainStep, ReturnStep, RuleResult, WalkedEffect } from "./types.ts";

/** Rules that are tested before a walk is given up: chains that call each other twice can be walked 2^n times. */
const MOST_TESTS = 1_000_000;

/** What a walk stopped at: a match without an answer, a target whose doings are not known, a rule that could not be read, or its own length. */
export type StopReason =
  | { readonly kind: "match"; readonly match: Match }
  | { readonly kind: "target"; readonly target: ExtensionTarget }
  | { readonly kind: "unparsed" }
  | { readonly kind: "length" };

/** Where a walk stopped without a verdict. */
export interface WalkStop {
  readonly rule: Rule;
  readonly reason: StopReason;
}

/** A walk through one table. */
export interface TableWalk {
  readonly steps: readonly ExplainStep[];
  readonly effects: readonly WalkedEffect[];
  /** Null where the walk stopped. */
  readonly verdict: string | null;
  readonly decidedBy: Decider | null;
  readonly stop: WalkStop | null;
  readonly state: Readonly<WalkState>;
  /** Fields that tested matches depend on. */
  readonly asked: ReadonlySet<PacketField>;
}

/** Walks from the base chain of a hook; the table has that chain, and every chain that its rules name. */
export function walkTable(table: Table, hook: string, packet: ExplainPacket, answers: Answers): TableWalk {
  return new Walk(table, packet, answers).run(hook);
}

/** What a rule leads to: a verdict, a stop, or another rule. */
type Ending = { readonly verdict: string } | { readonly stop: StopReason } | null;

interface Tested {
  readonly result: RuleResult;
  readonly match: Match | null;
}

/** One walk on its way; a class because it guards its state. */
class Walk {
  readonly #table: Table;
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #judge: Judge;
  readonly #answers: Answers;
  readonly #state: WalkState;
  readonly #steps: ExplainStep[] = [];
  readonly #effects: WalkedEffect[] = [];
  readonly #stack: { readonly chain: Chain; readonly next: number }[] = [];
  #chain: Chain;
  #next = 0;

  constructor(table: Table, packet: ExplainPacket, answers: Answers) {
    this.#table = table;
    this.#chains = new Map(table.chains.map((chain) => [chain.name, chain]));
    this.#chain = table.chains[0]!;
    this.#judge = new Judge(table, packet, answers);
    this.#answers = answers;
    const { fields } = packet;
    this.#state = {
      mark: fields[FIELD.MARK]!,
      connmark: fields[FIELD.CONNMARK]!,
      ctstate: fields[FIELD.CTSTATE]!,
      changes: 0,
    };
  }

  run(hook: string): TableWalk {
    this.#enter(hook, "hook");
    const base = this.#chain;
    for (let tests = 0; ; ) {
      const rule = this.#chain.rules[this.#next++];
      if (rule === undefined) {
        if (this.#return("end")) continue;
        return this.#end(base.policy ?? "ACCEPT", policyOf(this.#table, base));
      }
      if (++tests > MOST_TESTS) return this.#stop(rule, { kind: "length" });
      const ending = this.#pass(rule);
      if (ending === null) continue;
      if ("stop" in ending) return this.#stop(rule, ending.stop);
      if (ending.verdict !== "RETURN") return this.#end(ending.verdict, deciderOf(this.#table, rule));
      if (!this.#return("rule")) return this.#end(base.policy ?? "ACCEPT", policyOf(this.#table, base));
    }
  }

  /** Tests a rule and does what it says, up to the next rule. */
  #pass(rule: Rule): Ending {
    const { mark, connmark } = this.#state;
    const { result, match } = this.#test(rule);
    const depth = this.#stack.length;
    const ending = this.#follow(rule, result, match);
    const { table, state } = { table: this.#table.name, state: this.#state };
    this.#steps.push({
      kind: "rule",
      table,
      chain: rule.chain,
      depth,
      line: rule.line,
      text: rule.text,
      result,
      condition: match?.text ?? null,
      mark: state.mark === mark ? null : hex(state.mark),
      connmark: state.connmark === connmark ? null : hex(state.connmark),
    });
    const { target } = rule;
    if (result === "matched" && (target.kind === "jump" || target.kind === "goto"))
      this.#enter(target.chain, target.kind);
    return ending;
  }

  /** The matches in order, up to the first that is false or drops the packet. */
  #test(rule: Rule): Tested {
    if (isUnparsed(rule)) return { result: "unknown", match: null };
    let unknown: Match | null = null;
    for (const [place, match] of rule.matches.entries()) {
      // Evaluating a counting match is seen; after one without an answer, nobody knows whether it is.
      if (match.kind === "opaque") this.#effect(rule, match.text, !match.known, unknown !== null);
      const value = this.#judge.judge(rule, place, this.#state);
      if (value === TRUTH.FALSE) return { result: "failed", match };
      if (value === TRUTH.HOTDROP && unknown === null) return { result: "dropped", match };
      if (value !== TRUTH.TRUE) unknown ??= match;
    }
    return { result: unknown === null ? "matched" : "unknown", match: unknown };
  }

  #follow(rule: Rule, result: RuleResult, match: Match | null): Ending {
    switch (result) {
      case "failed":
        return null;
      case "dropped":
        return { verdict: "DROP" };
      case "matched":
        return this.#execute(rule);
      case "unknown":
        if (match === null) return { stop: { kind: "unparsed" } };
        // What only counts or reports leaves the rest of the walk as it is.
        if (!isReport(rule.target)) return { stop: { kind: "match", match } };
        if (rule.target.kind === "extension") this.#effect(rule, nameOf(rule.target), true, true);
        return null;
      default:
        return assertNever(result);
    }
  }

  #execute(rule: Rule): Ending {
    const { target } = rule;
    const state = this.#state;
    switch (target.kind) {
      case "none":
      case "jump":
      case "goto":
        return null;
      case "verdict":
        return { verdict: target.verdict };
      case "mark":
        state.mark = (state.mark & ~target.clear) ^ target.flip;
        return null;
      case "connmark":
        if (hasConnection(state)) changeConnmark(target, state);
        return null;
      case "extension": {
        const text = nameOf(target);
        if (target.ends === "always") return { verdict: text };
        this.#effect(rule, text, true, false);
        if (writesMark(target)) return { stop: { kind: "target", target } };
        changeCtstate(effectBits(target), state);
        if ((effectBits(target) & EFFECT.STATE) !== 0) state.changes++;
        if (target.ends === "never") return null;
        const ends = this.#answers(target.text, null);
        return ends === null ? { stop: { kind: "target", target } } : ends ? { verdict: text } : null;
      }
      case "unparsed":
        return { stop: { kind: "unparsed" } };
      default:
        return assertNever(target);
    }
  }

  #enter(name: string, by: "hook" | "jump" | "goto"): void {
    if (by === "jump") this.#stack.push({ chain: this.#chain, next: this.#next });
    this.#chain = this.#chains.get(name)!;
    this.#next = 0;
    this.#steps.push({ kind: "enter", table: this.#table.name, chain: name, depth: this.#stack.length, by });
  }

  /** Goes back to the rule after the jump; false where there was none. */
  #return(by: ReturnStep["by"]): boolean {
    const { table, chain, depth } = {
      table: this.#table.name,
      chain: this.#chain.name,
      depth: this.#stack.length,
    };
    const back = this.#stack.pop();
    this.#steps.push({ kind: "return", table, chain, depth, by, to: back?.chain.name ?? null });
    if (back === undefined) return false;
    this.#chain = back.chain;
    this.#next = back.next;
    return true;
  }

  #effect(rule: Rule, text: string, showsMark: boolean, perhaps: boolean): void {
    const mark = showsMark ? hex(this.#state.mark) : null;
    this.#effects.push({ table: this.#table.name, line: rule.line, text, mark, perhaps });
  }

  #end(verdict: string, decidedBy: Decider): TableWalk {
    return { ...this.#outcome(), verdict, decidedBy, stop: null };
  }

  #stop(rule: Rule, reason: StopReason): TableWalk {
    return { ...this.#outcome(), verdict: null, decidedBy: null, stop: { rule, reason } };
  }

  #outcome(): Pick<TableWalk, "steps" | "effects" | "state" | "asked"> {
    return { steps: this.#steps, effects: this.#effects, state: this.#state, asked: this.#judge.asked };
  }
}

function policyOf(table: Table, base: Chain): Decider {
  return { table: table.name, chain: base.name, line: 0, text: `policy ${base.policy ?? "ACCEPT"}` };
}

function deciderOf(table: Table, { chain, line, text }: Rule): Decider {
  return { table: table.name, chain, line, text };
}

/** A target as verdicts and effects call it: without `-j`. */
function nameOf(target: Target): string {
  return target.text.replace(/^-j /, "");
}

/** True for a rule that decides nothing: it only counts, or tells somebody about the packet. */
export function isReport(target: Target): boolean {
  return (
    target.kind === "none" ||
    (target.kind === "extension" && target.ends === "never" && effectBits(target) === 0)
  );
}

/** True for a target that writes a mark in a way that is not modelled; CONNMARK is only here where it shifts bits. */
export function writesMark(target: ExtensionTarget): boolean {
  return target.name === "CONNMARK" || (effectBits(target) & EFFECT.MARK) !== 0;
}

/** net/netfilter/xt_connmark.c, connmark_tg_shift. */
function changeConnmark({ operation }: Target & { readonly kind: "connmark" }, state: WalkState): void {
  if (operation.kind === "set") {
    state.connmark = (state.connmark & ~operation.clear) ^ operation.flip;
  } else if (operation.kind === "save") {
    state.connmark = (state.connmark & ~operation.ctmask) ^ (state.mark & operation.nfmask);
  } else {
    state.mark = (state.mark & ~operation.nfmask) ^ (state.connmark & operation.ctmask);
  }
}

/** A packet that has a connection, or is untracked already, keeps it (net/netfilter/xt_CT.c, xt_ct_target). */
function changeCtstate(bits: number, state: WalkState): void {
  if ((bits & (EFFECT.NOTRACK | EFFECT.TRACK)) === 0 || (state.ctstate & CTSTATE.INVALID) === 0) return;
  state.ctstate = (bits & EFFECT.NOTRACK) !== 0 ? CTSTATE.UNTRACKED : CTSTATE.NEW;
}

/**
 * One rule to what it does: the condition on its source, the one on its destination, and a diagram for all the rest.
 */
import type { ExtensionTarget, Match, Rule } from "../../model/types.ts";
import { assertNever } from "../../text/internal-error.ts";
import type { OccurrenceNames } from "../occurrences.ts";
import { changesOf, ProofGap } from "./changes.ts";
import type { ConditionMaker } from "./conditions.ts";
import { LEAF_LEVEL } from "./diagram.ts";
import { counterText, type EffectKind } from "./effects.ts";
import { connmarkTargetMap, markTargetMap, SAME_MARKS } from "./mark-map.ts";
import { CONTROL, LEAF } from "./outcomes.ts";
import type { Sequencer } from "./sequence.ts";

/** A rule taken apart. */
export interface RulePiece {
  /** Conditions. */
  readonly source: number;
  readonly destination: number;
  /** What happens to packets for which both are true. */
  readonly rest: number;
  /** Whether the rule reads what rules may change, and whether it changes any of that. */
  readonly reads: boolean;
  readonly writes: boolean;
}

/** What the rules of one side refer to. */
export interface RuleContext {
  readonly join: Sequencer;
  readonly conditions: ConditionMaker;
  /** What a chain does, by name: called chains come first. */
  readonly chains: ReadonlyMap<string, number>;
  readonly occurrence: OccurrenceNames;
  /** Whether something in the table changes what matches that are not modelled may read. */
  readonly changesState: boolean;
  /** Whether counters of rules without a target are compared. */
  readonly counters: boolean;
}

/** Takes a rule apart. Throws ProofGap for what can't be proved about. */
export function takeApart(rule: Rule, context: RuleContext): RulePiece {
  return takeMatchesApart(rule, targetDiagram(rule, context), context);
}

/** The same for a rule that does something else than its target says. */
export function takeMatchesApart(rule: Rule, then: number, context: RuleContext): RulePiece {
  const { join, conditions, occurrence } = context;
  let rest = then;
  let source: number = LEAF.TRUE;
  let destination: number = LEAF.TRUE;
  for (let at = rule.matches.length - 1; at >= 0; at--) {
    const match = rule.matches[at]!;
    if (match.kind === "source") source = conditions.of(match);
    else if (match.kind === "destination") destination = conditions.of(match);
    else if (match.kind === "opaque") rest = ask(occurrence(rule, at), match.known, rest, context);
    else if (match.kind === "pure") rest = join.bind(pureCondition(match, context), rest);
    else if (match.kind !== "comment") rest = join.bind(conditions.of(match), rest);
  }
  return { source, destination, rest, ...reachOf(rest, join) };
}

/** A match whose answer depends on how often it was asked: asking is an effect. */
function ask(text: string, known: boolean, then: number, context: RuleContext): number {
  const { join } = context;
  const kind: EffectKind = { text, showsMark: !known, changesState: false, asks: text, settles: "" };
  const asked = join.outcomes.goingOn({ effects: effectOf(kind, context) });
  const level = join.variables.answer({ text, asks: text, times: 0 });
  return join.branch(level, asked, join.after(asked, then));
}

function pureCondition({ text }: Match, { join, changesState }: RuleContext): number {
  const { variables, diagram } = join;
  const level = changesState ? variables.answer({ text, asks: "", times: 0 }) : variables.fixedAnswer(text);
  return diagram.make(level, LEAF.FALSE, LEAF.TRUE);
}

function targetDiagram(rule: Rule, context: RuleContext): number {
  const { join, conditions } = context;
  const { outcomes } = join;
  const { target } = rule;
  switch (target.kind) {
    case "none":
      return context.counters ? countingLeaf(rule, context) : LEAF.PASS;
    case "verdict":
      return verdictLeaf(target.verdict, context);
    case "jump":
    case "goto":
      return callDiagram(target.kind, target.chain, context);
    case "mark":
      return outcomes.goingOn({ marks: markTargetMap(target) });
    case "connmark":
      return join.bind(conditions.connected(), outcomes.goingOn({ marks: connmarkTargetMap(target) }));
    case "extension":
      return extensionDiagram(target, context);
    case "unparsed":
      throw new ProofGap(`line ${rule.line} can't be read`);
    default:
      return assertNever(target);
  }
}

function verdictLeaf(verdict: string, { join }: RuleContext): number {
  if (verdict === "RETURN") return LEAF.RETURN;
  return join.outcomes.withControl(LEAF.PASS, join.outcomes.verdict(verdict));
}

/** A jump comes back here when the chain returns; a goto returns to where this chain would. */
function callDiagram(kind: "jump" | "goto", chain: string, { join, chains }: RuleContext): number {
  const [from, to] =
    kind === "jump"
      ? ([CONTROL.RETURN, CONTROL.CONTINUE] as const)
      : ([CONTROL.CONTINUE, CONTROL.RETURN] as const);
  return join.redirect(chains.get(chain)!, [from], to);
}

function extensionDiagram(target: ExtensionTarget, context: RuleContext): number {
  const { outcomes, variables } = context.join;
  const text = target.text.replace(/^-j /, "");
  if (target.ends === "always") return verdictLeaf(text, context);
  const { changesState, track, settles } = changesOf(target);
  const asks = target.ends === "unknown" ? `end of ${text}` : "";
  const kind: EffectKind = { text, showsMark: true, changesState, asks, settles };
  const leaf = outcomes.goingOn({ effects: effectOf(kind, context), track });
  if (target.ends === "never") return leaf;
  const level = variables.answer({ text, asks, times: 0 });
  return context.join.branch(level, leaf, outcomes.withControl(leaf, outcomes.verdict(text)));
}

/** A rule without target, where its counter is compared. */
function countingLeaf(rule: Rule, context: RuleContext): number {
  const text = counterText(rule);
  const kind = { text, showsMark: false, changesState: false, asks: "", settles: "" };
  return context.join.outcomes.goingOn({ effects: effectOf(kind, context) });
}

function effectOf(kind: EffectKind, { join }: RuleContext): number {
  return join.outcomes.effects.from([{ kind, marks: SAME_MARKS }]);
}

/** Looks through a rule's diagram: small, since conditions on addresses are not in it. */
function reachOf(node: number, join: Sequencer): { readonly reads: boolean; readonly writes: boolean } {
  const known = join.reach.get(node);
  if (known !== undefined) return known;
  let found = { reads: false, writes: false };
  if (node < 0) {
    found.writes = node !== LEAF.PASS && join.outcomes.of(node).control === CONTROL.CONTINUE;
  } else {
    const low = reachOf(join.diagram.lows[node]!, join);
    const high = reachOf(join.diagram.highs[node]!, join);
    const level = join.diagram.levelOf(node);
    const reads = level >= join.variables.changeable && level !== LEAF_LEVEL;
    found = { reads: reads || low.reads || high.reads, writes: low.writes || high.writes };
  }
  join.reach.set(node, found);
  return found;
}

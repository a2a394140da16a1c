/**
 * A rule node to a rule. What reads the same is made once and shared: big rulesets repeat few texts.
 */
import type { Piece, Report } from "../syntax/report.ts";
import { ruleWords } from "../syntax/lex.ts";
import type { Counters, RuleNode } from "../syntax/tree.ts";
import type { SourceFile } from "../text/source.ts";
import { type CutRule, cutRule, KnownRests } from "./known-rests.ts";
import type { MatchContext } from "./match-context.ts";
import { checkProtocolNeeds } from "./protocol-needs.ts";
import { reportRefused } from "./refused.ts";
import type { OptionUse } from "./rule-parts.ts";
import { type ReaderContext, readRule } from "./rule-reader.ts";
import { SharedParts } from "./shared-parts.ts";
import type { Family, Match, Rule, Target } from "./types.ts";

/** Where a rule stands. */
export interface RuleSurroundings {
  readonly table: string;
  /** True for chains of that table. */
  readonly isChain: (name: string) => boolean;
  /** Whether the line can't be read to its end, which is reported already. */
  readonly isBroken: boolean;
}

/**
 * More words than iptables-restore takes behind a chain's name: 255 with its own (`MAX_ARGC` in `iptables/xshared.h`). What modules and options are
 * looked up in grows with every word, so a rule without end would take time without end.
 */
const MOST_WORDS = 255;

/** What came of a rule node. */
export interface BuiltRule {
  /** Null after an error, which is reported. */
  readonly rule: Rule | null;
  /** Its target with the place of its name, for what is checked in the table; also where something else in the rule is wrong. */
  readonly named: { readonly target: Target; readonly place: Piece } | null;
  /** False where the line itself says that it belongs elsewhere (`-t`, another command). */
  readonly isPlaced: boolean;
}

/** Errors that may only follow from another one in the same rule: what is missing may be what could not be read. */
const FOLLOWING: ReadonlySet<Parameters<Report>[0]> = new Set(["NEEDS_OPTION", "NEEDS_PROTOCOL"]);

/** Builds the rules of one file; guards the shared matches and targets. */
export class RuleBuilder {
  private readonly report: Report;
  private readonly suggest: ReaderContext["suggest"];
  private readonly context: MatchContext;
  private readonly file: SourceFile;
  private readonly shared: SharedParts;
  private readonly rests = new KnownRests();
  /** Counts what was reported: what has a finding is not shared, since each of its rules needs the finding. */
  private reports = 0;
  /** Whether parts of the rule at hand could not be read. */
  private isPartial = false;

  constructor(file: SourceFile, family: Family, suggest: ReaderContext["suggest"], report: Report) {
    this.file = file;
    this.suggest = suggest;
    this.report = (...finding) => {
      this.reports += 1;
      if (!this.isPartial || !FOLLOWING.has(finding[0])) report(...finding);
    };
    this.context = { family, report: this.report };
    this.shared = new SharedParts(this.context, () => this.reports);
  }

  /** Reports all that is wrong with the rule, as far as one error does not follow from another. */
  build(node: RuleNode, { table, isChain, isBroken }: RuleSurroundings): BuiltRule {
    const cut = isBroken
      ? null
      : cutRule(this.file.text, node.wordsAt, node.end, `${table} ${node.chain.text}`);
    const known = cut === null ? null : this.buildKnown(node, cut);
    if (known !== null) return known;
    const { family } = this.context;
    const reports = this.reports;
    this.isPartial = false;
    const words = ruleWords(this.file, node);
    if (words.length > MOST_WORDS) {
      this.report("RULE_TOO_LONG", words[MOST_WORDS]!, { words: words.length, most: MOST_WORDS });
      // Nobody has looked for what else the line says of its place.
      return { rule: null, named: null, isPlaced: false };
    }
    const { report, suggest } = this;
    const { parts, failed, isPlaced } = readRule(words, { family, report, suggest, isChain });
    this.isPartial = failed || isBroken;
    const matches = this.shared.matchesOf(parts);
    const target = this.shared.targetOf(parts.target, isChain);
    const counters = node.counters ?? this.readCounters(parts.single.counters);
    const named = target === null || parts.target === null ? null : { target, place: parts.target.word };
    const nothing = { rule: null, named, isPlaced };
    if (this.isPartial || matches === null || target === null) return nothing;
    reportRefused(parts, { table, chain: node.chain.text }, this.context);
    if (!checkProtocolNeeds(matches, parts.matches, this.context) || counters === undefined) return nothing;
    const rule: Rule = {
      chain: node.chain.text,
      line: node.line,
      text: this.file.text.slice(node.start, node.end),
      matches,
      target,
      // Shared matches lie all over the memory: no look at them where it is known to find nothing.
      comment: parts.matches.some(({ name }) => name === "comment") ? joinComments(matches) : null,
      counters,
    };
    if (cut !== null && named !== null && this.reports === reports && parts.single.counters === undefined)
      this.rests.add(cut, { matches, target, place: named.place, comment: rule.comment });
    return { rule, named, isPlaced };
  }

  /** A rule all of whose parts were read before, in rules of the same chain; else null. */
  private buildKnown(node: RuleNode, cut: CutRule): BuiltRule | null {
    const rest = this.rests.get(cut);
    if (rest === undefined) return null;
    const matches: Match[] = [];
    for (const [option, text] of [
      ["-s", cut.source],
      ["-d", cut.destination],
    ] as const) {
      if (text === undefined) continue;
      const address = this.shared.address(option, text);
      if (address === undefined) return null;
      matches.push(address);
    }
    for (const match of rest.matches) matches.push(match);
    const { target, place, comment } = rest;
    const rule: Rule = {
      chain: node.chain.text,
      line: node.line,
      text: this.file.text.slice(node.start, node.end),
      matches,
      target,
      comment,
      counters: node.counters,
    };
    const named = { start: place.start + cut.restAt, end: place.end + cut.restAt };
    return { rule, named: { target, place: named }, isPlaced: true };
  }

  /** The rule of a node that can't be read, word for word. */
  keep(node: RuleNode): Rule {
    const { text } = this.file;
    return {
      chain: node.chain.text,
      line: node.line,
      text: text.slice(node.start, node.end),
      matches: [],
      target: { kind: "unparsed", text: text.slice(node.wordsAt, node.end).trim() },
      comment: null,
      counters: node.counters,
    };
  }

  /** `-c PACKETS BYTES`; undefined after an error. */
  private readCounters(use: OptionUse | undefined): Counters | null | undefined {
    if (use === undefined) return null;
    const [packets, bytes] = use.values.map((word) => word.text);
    if (packets !== undefined && bytes !== undefined && /^\d+$/u.test(packets) && /^\d+$/u.test(bytes)) {
      return { packets, bytes };
    }
    this.report("BAD_COUNTERS", use.word, { text: `${packets} ${bytes}` });
    return undefined;
  }
}

function joinComments(matches: readonly Match[]): string | null {
  let joined: string | null = null;
  for (const match of matches) {
    if (match.kind === "comment") joined = joined === null ? match.comment : `${joined} ${match.comment}`;
  }
  return joined;
}

/**
 * A rule node to a rule. Matches that read the same are made once and shared: big rulesets repeat few texts.
 */
import type { Piece, Report } from "../syntax/report.ts";
import { ruleWords } from "../syntax/lex.ts";
import type { Counters, RuleNode } from "../syntax/tree.ts";
import type { SourceFile } from "../text/source.ts";
import type { MatchContext } from "./match-context.ts";
import {
  buildAddressMatch,
  buildFragmentMatch,
  buildInterfaceMatch,
  buildModuleMatch,
  buildProtocolMatch,
} from "./matches.ts";
import { checkProtocolNeeds } from "./protocol-needs.ts";
import { reportRefused } from "./refused.ts";
import type { MatchUse, OptionUse, RuleParts, TargetUse } from "./rule-parts.ts";
import { type ReaderContext, readRule } from "./rule-reader.ts";
import { buildTarget, NO_TARGET } from "./targets.ts";
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
  /** By what they belong to, a part of the rule or a module, and then by what is written. */
  private readonly sharedMatches = new Map<string, Map<string, Match>>();
  private readonly sharedTargets = new Map<string, Target>();
  /** Counts what was reported: a match with a finding is not shared, since each of its rules needs the finding. */
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
  }

  /** Reports all that is wrong with the rule, as far as one error does not follow from another. */
  build(node: RuleNode, { table, isChain, isBroken }: RuleSurroundings): BuiltRule {
    const { family } = this.context;
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
    const matches = this.buildMatches(parts);
    const target = parts.target === null ? NO_TARGET : this.buildTarget(parts.target, isChain);
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
    return { rule, named, isPlaced };
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

  /** In the kernel's order; null after an error. */
  private buildMatches(parts: RuleParts): readonly Match[] | null {
    const { single } = parts;
    const { context } = this;
    const found: (Match | null | undefined)[] = [
      this.shareOption(single.source, "-s", (use) => buildAddressMatch("source", use, context)),
      this.shareOption(single.destination, "-d", (use) => buildAddressMatch("destination", use, context)),
      this.shareOption(single.in, "-i", (use) => buildInterfaceMatch("in", use, context)),
      this.shareOption(single.out, "-o", (use) => buildInterfaceMatch("out", use, context)),
      this.shareOption(single.protocol, "-p", (use) => buildProtocolMatch(use, context)),
      this.shareOption(single.fragment, "-f", (use) => buildFragmentMatch(use, context)),
    ];
    for (const use of parts.matches) {
      const shared = this.sharedOf(`-m ${use.name}`);
      found.push(this.share(shared, useKey(use), () => buildModuleMatch(use, context)));
    }
    const matches: Match[] = [];
    let failed = false;
    for (const match of found) {
      if (match === null) failed = true;
      else if (match !== undefined) matches.push(match);
    }
    return failed ? null : matches;
  }

  private shareOption(
    use: OptionUse | undefined,
    option: string,
    make: (use: OptionUse) => Match | null | undefined,
  ): Match | null | undefined {
    if (use === undefined) return undefined;
    return this.share(this.sharedOf(option), optionKey(use), () => make(use));
  }

  private sharedOf(part: string): Map<string, Match> {
    const known = this.sharedMatches.get(part);
    if (known !== undefined) return known;
    const shared = new Map<string, Match>();
    this.sharedMatches.set(part, shared);
    return shared;
  }

  private buildTarget(use: TargetUse, isChain: (name: string) => boolean): Target | null {
    // Whether a name is a chain depends on the table.
    const kind = isChain(use.name) ? "chain" : "other";
    const key = `${use.option} ${kind} ${use.name}${useKey(use)}`;
    return this.share(this.sharedTargets, key, () => buildTarget(use, isChain, this.context)) ?? null;
  }

  private share<T>(
    shared: Map<string, T>,
    key: string,
    make: () => T | null | undefined,
  ): T | null | undefined {
    const known = shared.get(key);
    if (known !== undefined) return known;
    const before = this.reports;
    const made = make();
    if (made !== null && made !== undefined && this.reports === before) shared.set(key, made);
    return made;
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

/**
 * Tells apart everything that makes a difference, quotes included, since `text` keeps some of them. The usual case, one bare value, is its own
 * key; the others have a blank or a quote in theirs, which no bare word has.
 */
function optionKey(use: OptionUse): string {
  const [value, second] = use.values;
  if (!use.negated && value !== undefined && second === undefined && !value.quoted) return value.text;
  let key = use.negated ? "!" : " ";
  for (const value of use.values) key += `${value.quoted ? '"' : " "}${value.text}\0`;
  return key;
}

function useKey(use: MatchUse | TargetUse): string {
  let key = "";
  for (const option of use.options) key += `${option.row.name}\0${optionKey(option)}\0`;
  for (const word of use.raw) key += `${word.quoted ? '"' : " "}${word.text}\0`;
  return key;
}

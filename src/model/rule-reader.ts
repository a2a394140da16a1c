/**
 * Sorts the words of a rule into its parts as getopt_long does for iptables: by exact name first, then by unique abbreviation; options of
 * the rule itself before those of modules, later modules before earlier ones.
 *
 * Source: iptables 1.8.9, `iptables/xshared.c`, `do_parse`, and `libxtables/xtables.c`, `xtables_merge_options`.
 */
import type { Word } from "../syntax/tree.ts";
import type { Report } from "../syntax/report.ts";
import { MATCH_ROWS } from "./match-table.ts";
import type { Suggest } from "./nearest.ts";
import { BASE_OPTIONS, type BaseOption, type BasePart, type OptionRow } from "./options.ts";
import { findOption, type Scope } from "./option-lookup.ts";
import { implicitModule, parseProtocol } from "./protocols.ts";
import { reportUnknownOption } from "./unknown-option.ts";
import type { MatchUse, OptionUse, RuleParts, SinglePart, TargetUse } from "./rule-parts.ts";
import { abbreviatedJump, beginsBase, isBang, splitEquals, splitGlued, splitPair } from "./rule-words.ts";
import { isObsoleteTarget, TARGET_ROWS } from "./target-table.ts";
import type { Family } from "./types.ts";

/** What the reader has to know about the rule's surroundings. */
export interface ReaderContext {
  readonly family: Family;
  readonly report: Report;
  readonly suggest: Suggest;
  /** True for chains of the rule's table. */
  readonly isChain: (name: string) => boolean;
}

/** The parts of a rule, and how far they can be relied on. */
export interface ReadRule {
  /** After errors: those parts that could be read. */
  readonly parts: RuleParts;
  /** True after an error, which is reported. */
  readonly failed: boolean;
  /** False where an option says that the rule, or what else the line is, belongs to another place than the line's beginning says. */
  readonly isPlaced: boolean;
}

/** Reads one rule, to its end as far as that makes sense. */
export function readRule(words: readonly Word[], context: ReaderContext): ReadRule {
  const reader = new RuleReader(words, context);
  return reader.read();
}

/** Walks over the words of one rule. */
class RuleReader {
  private readonly words: readonly Word[];
  private readonly context: ReaderContext;
  /** All of them from the start: objects of one shape, whatever order the options come in. */
  private readonly single: Record<SinglePart, OptionUse | undefined> = {
    source: undefined,
    destination: undefined,
    in: undefined,
    out: undefined,
    protocol: undefined,
    fragment: undefined,
    counters: undefined,
  };
  private readonly matches: MatchUse[] = [];
  private target: TargetUse | null = null;
  /** Matches and the target in the order of loading, for looking up options. */
  private readonly scopes: Scope[] = [];
  private implicitLoaded = false;
  private at = 0;
  private failed = false;
  private isPlaced = true;

  constructor(words: readonly Word[], context: ReaderContext) {
    this.words = words;
    this.context = context;
  }

  read(): ReadRule {
    while (this.at < this.words.length) this.readOption();
    const { single, matches, target, failed, isPlaced } = this;
    return { parts: { single, matches, target }, failed, isPlaced };
  }

  private fail(...args: Parameters<Report>): void {
    this.failed = true;
    this.context.report(...args);
  }

  private readOption(): void {
    const first = this.words[this.at]!;
    this.at += 1;
    const negated = isBang(first);
    const word = negated ? this.words[this.at] : first;
    if (word === undefined) {
      this.fail("UNEXPECTED_WORD", first, { word: first.text });
      return;
    }
    if (negated) this.at += 1;
    if (negated && isBang(word)) this.fail("DOUBLE_NEGATION", word);
    else if (word.quoted || !word.text.startsWith("-") || word.text.length < 2) {
      this.fail("UNEXPECTED_WORD", word, { word: word.text });
      this.skipValues();
    } else {
      const base = BASE_OPTIONS.get(word.text);
      if (base === undefined) this.readOther(word, negated);
      else this.readBase(base, word, negated, null);
    }
  }

  /** An option that is no exact name of the rule's own ones. */
  private readOther(word: Word, negated: boolean): void {
    const glued = splitGlued(word);
    if (glued !== null) {
      this.readBase(glued.option, word, negated, glued.value);
      return;
    }
    const { name, value } = splitEquals(word);
    let found = findOption(name, this.scopes);
    if (found === null && this.loadImplicit(word)) found = findOption(name, this.scopes);
    if (found === null) {
      this.failed = true;
      const implicit = this.implicitScope(word);
      const scopes = implicit === null ? this.scopes : [...this.scopes, implicit.scope];
      reportUnknownOption(word, scopes, this.context);
      this.skipValues();
    } else if (found.kind === "ambiguous") {
      this.fail("AMBIGUOUS_OPTION", word, { option: word.text, candidates: found.names.join(", ") });
      this.skipValues();
    } else if (found.kind === "base") this.readBase(found.option, word, negated, value);
    else {
      const use = this.readValues(found.option, word, negated, value);
      if (use !== null) found.scope.options.push(use);
    }
  }

  private readBase(option: BaseOption, word: Word, negated: boolean, glued: Word | null): void {
    if (glued !== null && option.values > 0 && !TAKES_GLUED.has(option.part)) {
      this.fail("GLUED_VALUE", word, { word: word.text, option: option.name, value: glued.text });
      return;
    }
    const use = this.readValues(option, word, negated, glued);
    if (use === null) return;
    switch (option.part) {
      case "match":
        this.loadMatch(use.values[0]!);
        break;
      case "jump":
      case "goto":
        this.loadTarget(option.part, use.values[0]!, word);
        break;
      case "table":
        this.isPlaced = false;
        this.fail("TABLE_OPTION", word);
        break;
      case "family":
        this.checkFamily(option, word);
        break;
      case "refused":
        // Most of these are commands, some of them for other chains.
        this.isPlaced = false;
        this.fail("UNEXPECTED_WORD", word, { word: word.text });
        break;
      default:
        if (this.single[option.part] === undefined) this.single[option.part] = use;
        else this.fail("OPTION_TWICE", word, { option: word.text });
    }
  }

  /** A rule for one family: iptables-restore leaves it out of the other's rulesets without a word. */
  private checkFamily(option: BaseOption, word: Word): void {
    const version = this.context.family === "v4" ? 4 : 6;
    if (option.name !== `-${version}`) this.fail("OTHER_FAMILY", word, { option: option.name, version });
  }

  private readValues(
    row: OptionRow,
    word: Word,
    negatedBefore: boolean,
    glued: Word | null,
  ): OptionUse | null {
    let negated = negatedBefore;
    if (negated && !row.negatable) {
      this.fail("NOT_NEGATABLE", word, { option: word.text });
    }
    const values: Word[] = glued === null ? [] : splitPair(row, glued);
    const first = this.words[this.at];
    if (first !== undefined && values.length === 0 && splitPair(row, first).length > 1) {
      values.push(...splitPair(row, first));
      this.at += 1;
    }
    if (row.values > values.length && row.negatable && this.takeOldNegation(word, negated)) negated = true;
    while (values.length < row.values) {
      const next = this.words[this.at];
      // Like iptables: the first value may be any word, a second one never looks like an option.
      if (next === undefined || (values.length > 0 && !next.quoted && /^[-!]/u.test(next.text))) {
        this.fail("MISSING_VALUE", word, { option: word.text, count: row.values });
        return null;
      }
      values.push(next);
      this.at += 1;
    }
    if (values.length > row.values) {
      this.fail("UNEXPECTED_WORD", word, { word: word.text });
      return null;
    }
    const more = this.words[this.at];
    if (row.optional && more !== undefined && !/^[-!]/u.test(more.text)) {
      values.push(more);
      this.at += 1;
    }
    return { row, negated, word, values };
  }

  /** `--dport ! 22`, as old versions wrote it. Where no value follows, `!` is the value: `--string ! --algo bm`. */
  private takeOldNegation(word: Word, negated: boolean): boolean {
    const bang = this.words[this.at];
    const value = this.words[this.at + 1];
    if (bang === undefined || !isBang(bang)) return false;
    if (value === undefined || (!value.quoted && value.text.startsWith("-"))) return false;
    if (negated) this.fail("DOUBLE_NEGATION", bang);
    else this.context.report("OLD_NEGATION", bang, { option: word.text });
    this.at += 1;
    return true;
  }

  private loadMatch(word: Word): void {
    const name = matchName(word.text, this.context.family);
    const row = MATCH_ROWS.get(name) ?? null;
    const isForeign = row !== null && row.family !== null && row.family !== this.context.family;
    if (row === null) this.context.report("UNKNOWN_MATCH_MODULE", word, { module: name });
    else if (isForeign) {
      this.fail("FOREIGN_MODULE", word, {
        module: `-m ${name}`,
        version: this.context.family === "v4" ? 4 : 6,
      });
    }
    const use: MatchUse = { name, row, word, options: [], raw: [] };
    // Its options are known to the reader, but nothing can be made of them in this family.
    if (!isForeign) this.matches.push(use);
    this.scopes.push({ name, options: use.options, table: row?.options ?? null, what: "match" });
    if (row === null) this.takeRaw(use.raw);
  }

  private loadTarget(option: "jump" | "goto", word: Word, optionWord: Word): void {
    if (this.target !== null) {
      this.fail("TARGET_TWICE", optionWord);
      return;
    }
    const name = word.text;
    const isChain = this.context.isChain(name);
    const row =
      option === "goto" || (isChain && isObsoleteTarget(name)) ? null : (TARGET_ROWS.get(name) ?? null);
    if (row !== null && row.family !== null && row.family !== this.context.family) {
      this.fail("FOREIGN_MODULE", word, {
        module: `-j ${name}`,
        version: this.context.family === "v4" ? 4 : 6,
      });
    }
    const use: TargetUse = { option, name, row, word, options: [], raw: [] };
    this.target = use;
    this.scopes.push({ name, options: use.options, table: row?.options ?? null, what: "target" });
    const plain = option === "goto" || isVerdict(name) || (row === null && isChain);
    if (!plain && row === null) this.takeRaw(use.raw);
  }

  /** The module that `-p` loads for an option that nothing else knows, once a rule; null where there is none, or no more. */
  private implicitScope(word: Word): { readonly use: MatchUse; readonly scope: Scope } | null {
    const { protocol } = this.single;
    if (protocol === undefined || this.implicitLoaded) return null;
    const number = parseProtocol(protocol.values[0]!.text);
    const name = number === null ? null : implicitModule(number, this.context.family);
    const row = name === null ? undefined : MATCH_ROWS.get(name);
    if (name === null || row === undefined) return null;
    const use: MatchUse = { name, row, word, options: [], raw: [] };
    return { use, scope: { name, options: use.options, table: row.options, what: "match" } };
  }

  /** Loads that module if it has the option; false otherwise. */
  private loadImplicit(word: Word): boolean {
    const implicit = this.implicitScope(word);
    if (implicit === null) return false;
    const found = findOption(splitEquals(word).name, [implicit.scope]);
    if (found === null || found.kind !== "module") return false;
    this.implicitLoaded = true;
    this.matches.push(implicit.use);
    this.scopes.push(implicit.scope);
    return true;
  }

  /**
   * What an unknown module or target may own: everything up to the next option of the rule itself; a `!` before that stays with it. A start of
   * `--jump` or `--goto` may be either's, and which decides about the rule's target.
   */
  private takeRaw(raw: Word[]): void {
    while (this.at < this.words.length) {
      const word = this.words[this.at]!;
      const next = this.words[this.at + 1];
      if (beginsBase(word) || (isBang(word) && next !== undefined && beginsBase(next))) return;
      const jump = abbreviatedJump(word);
      if (jump !== null) {
        this.fail("AMBIGUOUS_OPTION", word, { option: word.text, candidates: jump });
      }
      raw.push(word);
      this.at += 1;
    }
  }

  /** After an unknown option: its values are unknown too, so reading goes on at the next option. */
  private skipValues(): void {
    while (this.at < this.words.length) {
      const word = this.words[this.at]!;
      if (!word.quoted && (isBang(word) || word.text.startsWith("-"))) return;
      this.at += 1;
    }
  }
}

/**
 * The options of the rule itself whose value may be part of their word. For all others iptables 1.8.9 takes the whole word for the value
 * (`argv[optind - 1]`): it loads `-ieth0` as an interface named `-ieth0`.
 */
const TAKES_GLUED: ReadonlySet<BasePart> = new Set(["match", "goto", "counters"]);

/** True for the names of verdicts, which take no options. */
export function isVerdict(name: string): boolean {
  return name === "ACCEPT" || name === "DROP" || name === "RETURN" || name === "QUEUE";
}

/** `-m icmpv6` and `-m ipv6-icmp` are names of icmp6, as protocol names are of their modules. */
function matchName(name: string, family: Family): string {
  if (family === "v6" && (name === "icmpv6" || name === "ipv6-icmp")) return "icmp6";
  return name;
}

/**
 * Matches and targets that read the same are made once: big rulesets repeat few texts.
 */
import type { MatchContext } from "./match-context.ts";
import {
  buildAddressMatch,
  buildFragmentMatch,
  buildInterfaceMatch,
  buildModuleMatch,
  buildProtocolMatch,
} from "./matches.ts";
import type { MatchUse, OptionUse, RuleParts, TargetUse } from "./rule-parts.ts";
import { buildTarget, NO_TARGET } from "./targets.ts";
import type { Match, Target } from "./types.ts";

/** Those of one file. */
export class SharedParts {
  /** By what they belong to, a part of the rule or a module, and then by what is written. */
  readonly #matches = new Map<string, Map<string, Match>>();
  readonly #targets = new Map<string, Target>();
  readonly #context: MatchContext;
  readonly #countReports: () => number;

  /** What brings about a report is not shared: each of its rules needs the report. */
  constructor(context: MatchContext, countReports: () => number) {
    this.#context = context;
    this.#countReports = countReports;
  }

  /** The match for an address that some rule had before, with nothing to report. */
  address(option: "-s" | "-d", text: string): Match | undefined {
    return this.#sharedOf(option).get(text);
  }

  /** All matches of a rule, in the kernel's order; null after an error. */
  matchesOf(parts: RuleParts): readonly Match[] | null {
    const { single } = parts;
    const context = this.#context;
    const found: (Match | null | undefined)[] = [
      this.#shareOption(single.source, "-s", (use) => buildAddressMatch("source", use, context)),
      this.#shareOption(single.destination, "-d", (use) => buildAddressMatch("destination", use, context)),
      this.#shareOption(single.in, "-i", (use) => buildInterfaceMatch("in", use, context)),
      this.#shareOption(single.out, "-o", (use) => buildInterfaceMatch("out", use, context)),
      this.#shareOption(single.protocol, "-p", (use) => buildProtocolMatch(use, context)),
      this.#shareOption(single.fragment, "-f", (use) => buildFragmentMatch(use, context)),
    ];
    for (const use of parts.matches) {
      const shared = this.#sharedOf(`-m ${use.name}`);
      found.push(this.#share(shared, useKey(use), () => buildModuleMatch(use, context)));
    }
    const matches: Match[] = [];
    let failed = false;
    for (const match of found) {
      if (match === null) failed = true;
      else if (match !== undefined) matches.push(match);
    }
    return failed ? null : matches;
  }

  #shareOption(
    use: OptionUse | undefined,
    option: string,
    make: (use: OptionUse) => Match | null | undefined,
  ): Match | null | undefined {
    if (use === undefined) return undefined;
    return this.#share(this.#sharedOf(option), optionKey(use), () => make(use));
  }

  #sharedOf(part: string): Map<string, Match> {
    const known = this.#matches.get(part);
    if (known !== undefined) return known;
    const shared = new Map<string, Match>();
    this.#matches.set(part, shared);
    return shared;
  }

  /** Its target; null after an error. */
  targetOf(use: TargetUse | null, isChain: (name: string) => boolean): Target | null {
    if (use === null) return NO_TARGET;
    // Whether a name is a chain depends on the table.
    const kind = isChain(use.name) ? "chain" : "other";
    const key = `${use.option} ${kind} ${use.name}${useKey(use)}`;
    return this.#share(this.#targets, key, () => buildTarget(use, isChain, this.#context)) ?? null;
  }

  #share<T>(shared: Map<string, T>, key: string, make: () => T | null | undefined): T | null | undefined {
    const known = shared.get(key);
    if (known !== undefined) return known;
    const before = this.#countReports();
    const made = make();
    if (made !== null && made !== undefined && this.#countReports() === before) shared.set(key, made);
    return made;
  }
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

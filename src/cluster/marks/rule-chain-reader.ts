/**
 * Follows the bits through a rule chain (`rule-chain.ts`), line by line.
 */
import type { Chain, MarkMatch, Match, Rule } from "../../model/types.ts";
import { takeApart } from "../tree-levels.ts";
import type { Missing } from "../types.ts";
import { type ExceptionLine, readExceptionLine, readMissing } from "./chain-exceptions.ts";
import { clearedBits, flippedBits, isSingleBit, type MarkGroup } from "./groups.ts";
import {
  countBits,
  headOf,
  isOwnTest,
  isVerdict,
  leaves,
  matchedBits,
  readsWhole,
  textOf,
  touches,
  withoutProtocol,
} from "./mark-tests.ts";
import { isLog, type Movable } from "../features.ts";
import { RestReader } from "./chain-rests.ts";
import { type PartialLog, readPartialLog } from "./partial-log.ts";
import type { AskedGroup, MarkChains, RuleChain } from "./rule-chain-types.ts";

/** Reads a rule chain line by line. */
export class RuleChainReader {
  readonly #chain: Chain;
  readonly #chains: MarkChains;
  #phase: "start" | "groups" | "cleared" | "dropped" | "end" | "closed" = "start";
  /** The bit that all packets have from the beginning, and keep. */
  readonly #kept: number = 0;
  #mask = 0;
  /** Bits that all packets have which are still here, and bits that some of them have. Those of groups that are settled and not among these are 0. */
  #settled = 0;
  #open = 0;
  /** Bits of groups so far, and those of them that say of a packet that it is not in the group. */
  #asked = 0;
  #turned = 0;
  readonly #negated = new Set<MarkGroup>();
  readonly #flips = new Set<string>();
  readonly #groups: MarkGroup[] = [];
  readonly #guards: Movable[] = [];
  readonly #leaves = new Set<string>();
  /** Protocols of the calls of the service group so far, and what they test before the ports. */
  #protocols: string[] = [];
  #pre = "";
  #head = "";
  /** Groups that were settled when the services were asked. */
  #beforeServices: number | null = null;
  #verdict: Rule | null = null;
  #answer = 0;
  #rest = "";
  /** Lines that log in front of tests: the one whose test comes next, and those whose test came. */
  #openLog: PartialLog | null = null;
  readonly #logs: PartialLog[] = [];

  /** Lines that let combinations leave, the chains among them that have such lines, and whether one of these was called by the line before. */
  readonly #exceptions: { before: ExceptionLine[]; after: ExceptionLine[] } = { before: [], after: [] };
  readonly #exceptionChains: string[] = [];
  #isExcepting = false;
  readonly #rests = new RestReader();

  constructor(chain: Chain, chains: MarkChains, start?: AskedGroup) {
    this.#chain = chain;
    this.#chains = chains;
    if (start === undefined) return;
    this.#phase = "groups";
    this.#mask = start.mask;
    this.#kept = this.#settled = this.#asked = start.group.bit;
    this.#groups.push(start.group);
  }

  /** What is wrong with the next rule; null where nothing is. */
  step(rule: Rule): string | null {
    const matches = rule.matches.filter(({ kind }) => kind !== "comment");
    switch (this.#phase) {
      case "start":
        return this.#reset(rule, matches);
      case "groups":
        return this.#stepGroups(rule, matches);
      case "cleared":
        return this.#end(rule, matches);
      case "dropped":
        return this.#clear(rule, matches) ? this.#goTo("closed") : "is no clearing of the bits";
      case "end":
        if (this.#restores(rule, matches)) return this.#goTo("closed");
        return this.#goesOn() ? this.#rests.step(rule, this.#mask) : "comes after the verdict";
      case "closed":
        return "comes after the verdict";
    }
  }

  /** Whether a rule gives the packets of the group its bit again. */
  #restores({ target }: Rule, matches: readonly Match[]): boolean {
    if (this.#kept === 0 || matches.length > 0 || target.kind !== "mark") return false;
    return target.clear === this.#mask && target.flip === this.#kept;
  }

  #goTo(phase: "groups" | "cleared" | "dropped" | "end" | "closed"): null {
    this.#phase = phase;
    return null;
  }

  #reset(rule: Rule, matches: readonly Match[]): string | null {
    this.#mask = clearedBits(rule);
    if (this.#mask === 0) return "does not clear the groups' bits first";
    const [test] = matches;
    const isGuarded =
      matches.length === 1 &&
      isOwnTest(test!) &&
      test.negated &&
      test.value === 0 &&
      test.mask === this.#mask;
    return matches.length === 0 || isGuarded
      ? this.#goTo("groups")
      : "does not clear the bits of all packets";
  }

  #stepGroups(rule: Rule, matches: readonly Match[]): string | null {
    const { target } = rule;
    const log = readPartialLog(rule);
    if (this.#openLog === null && log !== null) {
      this.#openLog = log;
      return null;
    }
    const { groups, flips } = this.#chains;
    const group = target.kind === "jump" ? groups.get(target.chain) : undefined;
    const exceptions = this.#readExceptions(rule, matches);
    if (exceptions !== undefined) return exceptions;
    if (group !== undefined) return this.#ask(rule, group);
    const flipped = target.kind === "jump" ? flips.get(target.chain) : flippedBits(rule);
    if (flipped !== undefined && flipped !== 0) return this.#flip(rule, matches, flipped);
    const [test] = matches;
    if (matches.length > 0 && isOwnTest(test!) && (test.value !== 0 || this.#open !== 0))
      return this.#test(rule, test, matches.length);
    if (this.#open !== 0 || this.#openLog !== null) return "comes before the bits of all groups are tested";
    if (this.#clear(rule, matches)) return this.#goTo("cleared");
    return this.#end(rule, matches);
  }

  /** Lines by which combinations leave; undefined where a rule is something else. */
  #readExceptions(rule: Rule, matches: readonly Match[]): string | null | undefined {
    const { target } = rule;
    if (this.#isExcepting) {
      this.#isExcepting = false;
      // Whoever left has no bit any more.
      const [test] = matches;
      const isTest = matches.length === 1 && isOwnTest(test!) && test.negated && test.value === this.#settled;
      const isWhole =
        isTest && (test.mask & this.#settled) >>> 0 === this.#settled && (test.mask & ~this.#mask) === 0;
      const returns = target.kind === "verdict" && target.verdict === "RETURN";
      return isWhole && returns ? null : "does not send back what the chain called before it has let leave";
    }
    if (this.#open !== 0 || this.#settled === 0) return undefined;
    const called =
      target.kind === "jump" && matches.length === 0 ? this.#chains.exceptions.get(target.chain) : undefined;
    if (called !== undefined && target.kind === "jump") {
      this.#isExcepting = true;
      this.#exceptionChains.push(target.chain);
      return this.#except(called);
    }
    if (target.kind !== "goto" || matches.some(isOwnTest)) return undefined;
    const line = readExceptionLine(rule, this.#chains.clears, this.#chains.family);
    return line === null ? undefined : this.#except([line]);
  }

  #except(lines: readonly ExceptionLine[]): string | null {
    for (const { cleared, leave } of lines) {
      if (cleared === 0) continue;
      const isMore = leave === null && (cleared & ~this.#mask) !== 0;
      if (isMore || (cleared & this.#settled) >>> 0 !== this.#settled)
        return "leaves without clearing the bits";
      if (leave !== null) this.#leaves.add(leave);
    }
    this.#exceptions[this.#beforeServices === null ? "before" : "after"].push(...lines);
    return null;
  }

  #ask(rule: Rule, group: MarkGroup): string | null {
    const { bit, axis, name } = group;
    const { before, after } = this.#exceptions;
    if (after.length > 0 || (before.length > 0 && axis !== "service"))
      return `asks ${name} behind lines that let some of its packets leave`;
    const isRepeated = axis === "service" && this.#groups.at(-1) === group && this.#protocols.length > 0;
    if (!isRepeated) {
      if ((bit & this.#mask) === 0) return `asks ${name}, whose bit was not cleared before`;
      if (this.#groups.some((other) => other.axis === axis)) return "asks a second group of the same kind";
      if ((this.#asked & bit) !== 0) return `asks ${name}, whose bit may be set already`;
      if (axis === "service") this.#beforeServices = this.#groups.length - countBits(this.#open);
      this.#groups.push(group);
      this.#open = (this.#open | bit) >>> 0;
      this.#asked = (this.#asked | bit) >>> 0;
      if (group.isOthers) this.#turned = (this.#turned | bit) >>> 0;
    }
    const movable = takeApart(rule, this.#chains.family);
    if (movable === null || rule.matches.some((match) => touches(match, this.#mask)))
      return "tests something that may change by being asked";
    return axis === "service" ? this.#askServices(movable, isRepeated) : this.#guard(movable);
  }

  /** The bit of the group before is turned over, for every packet. */
  #flip({ target }: Rule, matches: readonly Match[], bit: number): string | null {
    const isOwn = isSingleBit(bit) && (this.#open & bit) !== 0;
    if (!isOwn || matches.length > 0) return "turns a bit over that is not that of a group before it";
    this.#turned = (this.#turned ^ bit) >>> 0;
    if (target.kind === "jump") this.#flips.add(target.chain);
    return null;
  }

  #guard(movable: Movable): string | null {
    if (movable.tail !== "") return "tests more than addresses and interfaces";
    if (movable.guard.length > 0 || movable.tokens.some((token) => token !== null))
      this.#guards.push(movable);
    return null;
  }

  /** Services may be asked protocol by protocol, with the same matches before the ports. */
  #askServices(movable: Movable, isRepeated: boolean): string | null {
    const { tail, profile } = movable;
    const head = headOf(movable);
    if (tail === "" && !isRepeated) return this.#guard(movable);
    if (isRepeated && head !== this.#head) return "tests something else than the line before";
    if (!isRepeated && head !== "") this.#guards.push({ ...movable, tail: "" });
    this.#head = head;
    const found = /^-p (\S+) (.+)$/.exec(tail);
    if (found === null || profile !== "") return "tests something else before the services";
    if (this.#protocols.length > 0 && this.#pre !== found[2])
      return "tests something else than the line before";
    this.#pre = found[2]!;
    this.#protocols.push(found[1]!);
    return null;
  }

  /** A test of the bits so far: who lacks one leaves, or has one of a negated group; or who is right in all is dropped. */
  #test(rule: Rule, test: MarkMatch, tests: number): string | null {
    const { target } = rule;
    const matched = matchedBits(test, this.#open, this.#settled);
    if (matched === null) return "does not test the bits of the groups so far";
    if ((test.mask & ~this.#mask) !== 0) return "tests bits that are not the groups' own";
    if (!test.negated && target.kind === "verdict" && target.verdict === "DROP") {
      if (tests > 1 || this.#kept !== 0) return "leaves the bits on packets that it decides about";
      this.#verdict = rule;
      this.#judge(matched);
      return this.#goTo("dropped");
    }
    const isAlone = isSingleBit(this.#open);
    if (!test.negated && !(isAlone && leaves(target)))
      return "leaves the bits on packets that it decides about";
    if (tests > 1) return "tests more than the bits";
    const log = this.#openLog;
    if (log !== null && log.test.text !== test.text) return "does not test what the line before it logs";
    if (log !== null) this.#logs.push(log);
    this.#openLog = null;
    const other = (matched ^ this.#open) >>> 0;
    const fault = this.#leave(rule, !test.negated ? matched : isAlone ? other : this.#open | this.#settled);
    if (fault !== null) return fault;
    this.#judge(test.negated ? matched : other);
    this.#settled = test.negated ? matched : other;
    this.#open = 0;
    return null;
  }

  /** Packets leave that may have these bits. */
  #leave(rule: Rule, bits: number): string | null {
    const { target } = rule;
    const drops = target.kind === "verdict" && target.verdict === "DROP";
    const rests = target.kind === "goto" ? (this.#chains.rests.get(target.chain) ?? null) : null;
    this.#rests.leave(this.#groups.length - countBits(this.#open), rule, rests);
    if ((drops || rests !== null) && this.#kept === 0)
      return (bits & ~(rests?.cleared ?? bits)) === 0 ? null : "leaves without clearing the bits";
    if (!leaves(target)) return "does not leave the chain";
    const own = (bits & ~this.#kept) >>> 0;
    if (target.kind !== "goto") return own === 0 ? null : "leaves without clearing the bits";
    const cleared = this.#chains.clears.get(target.chain) ?? 0;
    const isRight = cleared !== 0 && (own & ~cleared) === 0 && (cleared & this.#kept) === 0;
    if (!isRight) return "leaves without clearing the bits";
    this.#leaves.add(target.chain);
    return null;
  }

  /** Finds out which groups are negated, where these are the bits of packets that are not sent away. */
  #judge(bits: number): void {
    for (const group of this.#groups) {
      const isSet = (group.bit & bits) !== 0;
      if ((group.bit & this.#open) !== 0 && isSet === ((group.bit & this.#turned) !== 0))
        this.#negated.add(group);
    }
  }

  #clear(rule: Rule, matches: readonly Match[]): boolean {
    const all = (this.#settled | this.#open) >>> 0;
    const cleared = clearedBits(rule);
    const isOwn = all !== 0 || (cleared !== 0 && (cleared & ~this.#mask) === 0);
    return matches.length === 0 && this.#asked !== 0 && isOwn && (cleared & all) >>> 0 === all;
  }

  /** The last line. */
  #end(rule: Rule, matches: readonly Match[]): string | null {
    const { target } = rule;
    if (this.#groups.length === 0) return "asks no group";
    const isClean = this.#phase === "cleared" || this.#settled === 0;
    // Cleared bits are the same to a test of the whole mark, before and after.
    const isOdd = matches.some(
      (match) => match.kind === "opaque" || (touches(match, this.#mask) && !(isClean && readsWhole(match))),
    );
    if (isOdd) return "tests something that may change by being asked";
    this.#rest = textOf(withoutProtocol(matches, this.#groups, this.#negated));
    this.#answer = this.#settled;
    if (target.kind === "mark" && this.#phase === "cleared") {
      if (target.clear !== this.#mask || (target.flip & ~this.#settled) !== 0 || countBits(target.flip) !== 1)
        return "sets other bits than its own";
      this.#answer = target.flip;
      return this.#goTo("end");
    }
    const drops = target.kind === "verdict" && target.verdict === "DROP";
    if (!isClean && !(drops && matches.length === 0)) return "leaves the bits on packets";
    if (!isVerdict(rule) || (target.kind === "jump" && this.#chains.clears.has(target.chain)))
      return "is no verdict";
    this.#verdict = rule;
    return this.#goTo("end");
  }

  /** Whether packets that were not decided about have the bit that they came with. */
  #isRestored(): boolean {
    return this.#phase === "closed" || (this.#phase === "end" && this.#verdict !== null && !this.#goesOn());
  }

  /** Whether packets that are in all groups may get past the verdict. */
  #goesOn(): boolean {
    if (this.#verdict === null) return false;
    const { target } = this.#verdict;
    return isLog(target) || target.kind === "jump" || this.#rest !== "";
  }

  finish(): RuleChain | string {
    const isOpen = this.#phase === "groups" && this.#open === 0 && this.#groups.length > 0;
    if (isOpen) this.#answer = this.#settled;
    if (this.#kept !== 0 && !this.#isRestored()) return "it does not leave the bits as they came";
    if (!isOpen && this.#phase === "dropped")
      return "it does not clear the bits of the packets that it sends back";
    if (!isOpen && this.#phase !== "end" && this.#phase !== "closed") return "it has no verdict";
    if (this.#verdict === null && this.#negated.size > 0)
      return "it asks a negated group, and the rule behind its call decides";
    // In front of all ways out that have a bit, at one rate; the first test is the way of those that have none.
    const [log] = this.#logs;
    const isLogged =
      this.#logs.length === this.#groups.length - 1 && this.#logs.every(({ rate }) => rate === log?.rate);
    if (log !== undefined && !isLogged) return "it logs some of what it matches in part, and not all";
    const missing = this.#readMissing();
    if (typeof missing === "string") return missing;
    const asked = { groups: this.#groups, negated: this.#negated, verdict: this.#verdict };
    const tests = this.#rest === "" ? [] : (this.#verdict?.matches ?? []);
    const rests = this.#rests.finish({ ...asked, tests, family: this.#chains.family });
    if (typeof rests === "string") return rests;
    if (rests.rests.length > 0 && (missing !== null || this.#guards.length > 0))
      return "it has verdicts for what it matches in part, and leaves some of that out";
    const services = this.#groups.find(({ axis }) => axis === "service");
    const wanted = [...new Set((services?.tokens ?? []).map(({ key }) => key.split(" ")[0]!))];
    if (this.#pre !== "" && wanted.join() !== this.#protocols.join())
      return "its services are not asked for each of their protocols";
    if (services !== undefined && this.#negated.has(services) && this.#pre !== "")
      return "it tests something between the protocols and the ports of a negated group";
    const before = this.#beforeServices ?? 0;
    if (before !== 0 && before !== this.#groups.length - 1)
      return "it asks its services neither before nor after all other groups";
    return {
      ...{ chain: this.#chain, groups: this.#groups, negated: this.#negated, flips: [...this.#flips] },
      ...{ guards: this.#guards, pre: this.#pre },
      servicesFirst: services !== undefined && before === 0 && this.#groups.length > 1,
      ...{ leaves: [...this.#leaves], mask: this.#mask, verdict: this.#verdict },
      ...{ answer: this.#answer, rest: this.#rest },
      ...(missing === null ? {} : { missing }),
      exceptionChains: this.#exceptionChains,
      ...{ rests: rests.rests, restChains: rests.chains },
      ...(log === undefined ? {} : { logPartial: log.rate }),
    };
  }

  /** The combinations that leave, or why they can't be told; null where there are none. */
  #readMissing(): Missing | string | null {
    const hasServices = this.#groups.some(({ axis }) => axis === "service");
    const { before, after } = this.#exceptions;
    if (before.length === 0 && after.length === 0) return null;
    const isOdd = this.#isExcepting || this.#negated.size > 0 || this.#kept !== 0 || this.#verdict === null;
    // Without services, nothing stands before them.
    const lines = hasServices ? this.#exceptions : { before: [], after: before };
    const missing = isOdd ? null : readMissing(this.#groups, lines);
    return (
      missing ?? "it lets packets leave that are not told apart by members of its groups as markify does it"
    );
  }
}

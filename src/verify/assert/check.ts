/**
 * Are promises kept? Each assertion is proved over all packets that it speaks of, or broken by one of them, or not decided. Nothing is sampled.
 */
import { type AssertedHook, type Assertion, familiesOf } from "../../model/assertion.ts";
import type { Ruleset } from "../../model/types.ts";
import { setAssumptions } from "../assumptions.ts";
import { type Clock, MOST_NODES } from "../proving.ts";
import { BudgetSpent } from "../symbolic/diagram.ts";
import { reasonOf } from "../symbolic/findings.ts";
import { judgeAssertion, type Judgement } from "./judge.ts";
import { namedMatches, pinsOf, whyNotApplicable } from "./packets.ts";
import { faultOfStages, natLimits, redirectingRules, stagesOf } from "./stages.ts";
import { makeTerms, type Pin } from "./terms.ts";
import type { AssertionCheck, AssertionResult } from "./types.ts";
import { Way } from "./way.ts";

/** Seconds that all assertions together may take where nobody says otherwise. */
const BUDGET = 60;

/** What a check may use. */
export interface AssertionLimits {
  /** Seconds, over all assertions; 0: nothing is proved, and all is unknown. Default 60. */
  readonly budget?: number;
  /** Milliseconds, from any start; without a clock there is no time limit. */
  readonly clock?: Clock;
  /** Nodes of one set of diagrams. Default: those of a proof. */
  readonly nodes?: number;
}

/** The same, as a checker has it. */
interface Room {
  readonly clock: Clock;
  readonly deadline: number;
  readonly nodes: number;
}

/** Checks all assertions on a ruleset that `import` accepts. Throws InternalError where two checkers contradict each other. */
export function checkAssertions(
  ruleset: Ruleset,
  assertions: readonly Assertion[],
  { budget = BUDGET, clock = () => 0, nodes = MOST_NODES }: AssertionLimits = {},
): AssertionCheck {
  const deadline = clock() + budget * 1000;
  const known = new Map<Assertion, Judgement>();
  const own = assertions.filter((assertion) => familiesOf(assertion).includes(ruleset.family));
  for (const hook of ["INPUT", "FORWARD", "OUTPUT"] as const) {
    const asked = own.filter((assertion) => assertion.hook === hook);
    if (asked.length === 0) continue;
    const checker = new WayChecker(ruleset, hook, asked, { clock, deadline, nodes });
    for (const assertion of asked)
      known.set(assertion, budget > 0 ? checker.check(assertion) : unknown("no time was given for a proof"));
  }
  const results = assertions.map((assertion): AssertionResult => {
    const { text, line } = assertion;
    return { text, line, ...(known.get(assertion) ?? notApplicable(assertion, ruleset)) };
  });
  return {
    results,
    // Rulesets may be equal for any members of their sets; what promises come to depends on them.
    assumptions: setAssumptions([ruleset], ruleset.tables, "For the assertions, the"),
    limits: natLimits(
      ruleset,
      own.map(({ hook }) => hook),
    ),
  };
}

function unknown(reason: string): Judgement {
  return { result: "unknown", reason };
}

function notApplicable(assertion: Assertion, { family }: Ruleset): Judgement {
  return { result: "not-applicable", reason: whyNotApplicable(assertion, family) };
}

/** Checks the assertions of one way; a class because it keeps the diagrams that they share. */
class WayChecker {
  readonly #ruleset: Ruleset;
  readonly #hook: AssertedHook;
  readonly #assertions: readonly Assertion[];
  readonly #room: Room;
  readonly #fault: string | null;
  #shared: Way | null = null;
  #isTooLarge = false;

  constructor(ruleset: Ruleset, hook: AssertedHook, assertions: readonly Assertion[], room: Room) {
    this.#ruleset = ruleset;
    this.#hook = hook;
    this.#assertions = assertions;
    this.#room = room;
    this.#fault = faultOfStages(ruleset, hook);
  }

  check(assertion: Assertion): Judgement {
    if (this.#fault !== null) return unknown(this.#fault);
    try {
      return this.#isTooLarge ? this.#checkAlone(assertion) : this.#checkShared(assertion);
    } catch (error) {
      this.#shared = null;
      return unknown(reasonOf(error));
    }
  }

  #checkShared(assertion: Assertion): Judgement {
    try {
      this.#shared ??= this.#makeWay(this.#assertions, false);
      return judgeAssertion(assertion, this.#shared, this.#ruleset.file.path);
    } catch (error) {
      if (!(error instanceof BudgetSpent) || error.what !== "nodes") throw error;
      // What all packets need too much room for, the packets of one assertion may not.
      this.#isTooLarge = true;
      this.#shared = null;
      return this.#checkAlone(assertion);
    }
  }

  #checkAlone(assertion: Assertion): Judgement {
    return judgeAssertion(assertion, this.#makeWay([assertion], true), this.#ruleset.file.path);
  }

  #makeWay(assertions: readonly Assertion[], isPinned: boolean): Way {
    const { family } = this.#ruleset;
    const { clock, deadline, nodes } = this.#room;
    const checkTime = (): void => {
      if (clock() > deadline) throw new BudgetSpent("time");
    };
    checkTime();
    const stages = stagesOf(this.#ruleset, this.#hook);
    const matches = assertions.flatMap((assertion) => namedMatches(assertion, family));
    const isTranslated = redirectingRules(this.#ruleset, this.#hook).length > 0;
    // Before nat the destination may be another one, so it is none that all packets have.
    const isPin = ([field]: Pin): boolean => !isTranslated || (field !== "destination" && field !== "dport");
    const found = isPinned ? assertions.flatMap((assertion) => pinsOf(assertion, family)) : [];
    const pins = found.filter(isPin);
    const terms = makeTerms(stages, family, matches, pins, { nodes, checkTime });
    return new Way(stages, terms, isTranslated);
  }
}

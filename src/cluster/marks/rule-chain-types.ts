/**
 * What rule chains of mark groups are made of.
 */
import type { Chain, Family, Rule } from "../../model/types.ts";
import type { Movable } from "../features.ts";
import type { Missing } from "../types.ts";
import type { ExceptionLine } from "./chain-exceptions.ts";
import type { ChainRest, RestChain } from "./chain-rests.ts";
import type { MarkGroup } from "./groups.ts";

/** Chains that a rule chain may use. */
export interface MarkChains {
  readonly family: Family;
  readonly groups: ReadonlyMap<string, MarkGroup>;
  /** Chains that turn these bits over, and do nothing else. */
  readonly flips: ReadonlyMap<string, number>;
  /** Chains that let combinations leave (`readExceptionChains`). */
  readonly exceptions: ReadonlyMap<string, readonly ExceptionLine[]>;
  /** Chains that may hold verdicts for what rule chains match in part. */
  readonly rests: ReadonlyMap<string, RestChain>;
  /** Chains that only clear bits, with these. */
  readonly clears: ReadonlyMap<string, number>;
  /** Those that no rule leads to: `rewrite/table.ts` makes one whether or not it is needed. */
  readonly idleClears: readonly string[];
}

/** A rule chain that was understood. */
export interface RuleChain {
  readonly chain: Chain;
  /** In the order in which they are asked. */
  readonly groups: readonly MarkGroup[];
  /** Those that packets must not be in. */
  readonly negated: ReadonlySet<MarkGroup>;
  /** Rules that turn bits over, of chains that do nothing else. */
  readonly flips: readonly string[];
  /** Calls of groups that test something themselves, beside what stands before the services. */
  readonly guards: readonly Movable[];
  /** Matches between the protocol and the ports of services. */
  readonly pre: string;
  readonly servicesFirst: boolean;
  /** Chains that it leaves through. */
  readonly leaves: readonly string[];
  /** Bits that it clears first. */
  readonly mask: number;
  /** The line with the verdict; null where it only leaves the bits `answer`, for a test that stands behind the call. */
  readonly verdict: Rule | null;
  readonly answer: number;
  /** All matches of the last line, without the protocol that its services have tested. */
  readonly rest: string;
  /** Combinations of its groups' members that leave before the verdict; missing where there are none. */
  readonly missing?: Missing;
  /** Chains that let these leave. */
  readonly exceptionChains: readonly string[];
  /** Policy rules that are its rest, in their order, and the chains that they are in. */
  readonly rests: readonly ChainRest[];
  readonly restChains: readonly Chain[];
  /** The rate at which it logs what it matches in part; missing where it does not. */
  readonly logPartial?: string;
}

/** A group that was asked, and that all packets are in which are still here. */
export interface AskedGroup {
  readonly group: MarkGroup;
  /** Bits that were cleared before. */
  readonly mask: number;
}

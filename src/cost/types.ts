/**
 * What `layout: auto` chooses from, and how it tells of its choice.
 */
import type { ChainForm, Order } from "../plan/types.ts";
import type { Backend } from "../cluster/kernel-costs.ts";
import type { Costs } from "./meter.ts";
import type { Traffic } from "./traffic/types.ts";

/** Which part of its cost a form has to save against one that reads better. */
export const LEAST_GAIN = 0.1;

/** The most that a packet may cost more than in the flat rules, in ns. */
export const PROMISED_LOSS = 600;

/** The same as an estimate: the kernel was measured to take up to 20 ns more where an estimate came near the limit (`npm run bench -- kernel --corpus`). */
export const MOST_LOSS = PROMISED_LOSS - 25;

/**
 * A packet may cost so much more than in the article's layout, in ns, or this part of it. The time is what chains as the article has them, with a reset and all groups asked for each rule, cost the packet of the first
 * rule more than ours (nft): a run that saves all other packets much more does not lose that back. The part is less than what two measurements of one ruleset differ by.
 */
export const ARTICLE_SLACK = { ns: 150, part: 0.05 } as const;

/** Why a form is not there to choose. */
export type Obstacle = "policy-change" | "logs" | "loss" | "behind" | "sum";

/** Set where some packet costs more than with the article's layout for all chains. */
export interface Conflict {
  /**
   * Why that one is not taken: another packet would lose too much in it (`loss`), also beside what it loses in other chains (`sum`); it costs more than the flat rules on the whole (`cost`); or its rules
   * stand in another order than here (`order`).
   */
  readonly reason: "loss" | "sum" | "cost" | "order";
  /** The most that a packet costs more than with it. */
  readonly behind: Costs;
  /** The most that a packet would lose with it against the flat rules. */
  readonly loss: Costs;
}

/** What was chosen for a chain. */
export interface LayoutChoice {
  readonly table: string;
  readonly chain: string;
  readonly form: ChainForm;
  /** The choice is made for these. */
  readonly backends: readonly Backend[];
  /** Why the cheapest, or none, could be told: nothing is known of packets that come here, or the parts could not be put together. */
  readonly unknown?: "no-packets" | "refused";
  readonly conflict?: Conflict;
  readonly forms: readonly FormCost[];
}

/** What was decided about the order of a chain in which use would move something. */
export interface OrderChoice {
  readonly table: string;
  readonly chain: string;
  readonly order: Order;
  /** The choice is made for these. */
  readonly backends: readonly Backend[];
  /** The chain's own part of what a packet is expected to cost, in either order. */
  readonly written: Costs;
  readonly used: Costs;
  /** Why it is this order, whatever is saved: in the other one some packet would cost more than in the article's layout. */
  readonly because?: "behind";
  /** Set where rules go by use only as far as no packet loses too much. */
  readonly isLimited?: true;
}

/** All that was chosen for a ruleset, and the traffic that it was chosen by; null where nobody told of it. */
export interface Choices {
  readonly layouts: readonly LayoutChoice[];
  readonly orders: readonly OrderChoice[];
  readonly traffic: Traffic | null;
}

/** One of the forms of a chain. */
export interface FormCost {
  readonly form: ChainForm;
  /** The chain's own part of what a packet is expected to cost, and the most that one costs more than in the flat rules. */
  readonly expected: Costs;
  readonly loss: Costs;
  /** The most that a packet costs more than with the article's layout for all chains, or where that loses too much, with the article's for this one; nothing where that is little. Flat rules may do so. */
  readonly behind: Costs;
  readonly obstacle?: Obstacle;
}

/**
 * What `layout: auto` chooses from, and how it tells of its choice.
 */
import type { ChainLayout, Order } from "../plan/types.ts";
import type { Backend } from "../cluster/kernel-costs.ts";
import type { Costs } from "./meter.ts";
import type { Traffic } from "./traffic/types.ts";

/** What the policy rules of a chain can be: lines as they are, or in a layout. */
export type Form = "flat" | ChainLayout;

/** From what reads best to what reads worst: of two that cost about the same the first is taken. */
export const FORMS: readonly Form[] = ["flat", "article", "shared", "hoisted"];

/** Which part of its cost a form has to save against one that reads better. */
export const LEAST_GAIN = 0.1;

/** The most that a packet may cost more than in the flat rules, in ns. */
export const PROMISED_LOSS = 600;

/** The same as an estimate: what the kernel takes was measured to be up to a fifth more (`npm run bench -- kernel --corpus`). */
export const MOST_LOSS = PROMISED_LOSS / 1.2;

/** A kind of packets may cost so much more than in the article's layout, in ns, or this part of it: about what two measurements of one ruleset differ by. */
export const ARTICLE_SLACK = { ns: 100, part: 0.1 } as const;

/** Why a form is not there to choose. */
export type Obstacle = "policy-change" | "logs" | "loss" | "behind" | "sum";

/** What was chosen for a chain. */
export interface LayoutChoice {
  readonly table: string;
  readonly chain: string;
  readonly form: Form;
  /** The choice is made for these. */
  readonly backends: readonly Backend[];
  /** Why the cheapest, or none, could be told: nothing is known of packets that come here, or the parts could not be put together. */
  readonly unknown?: "no-packets" | "refused";
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
}

/** All that was chosen for a ruleset, and the traffic that it was chosen by; null where nobody told of it. */
export interface Choices {
  readonly layouts: readonly LayoutChoice[];
  readonly orders: readonly OrderChoice[];
  readonly traffic: Traffic | null;
}

/** One of the forms of a chain. */
export interface FormCost {
  readonly form: Form;
  /** The chain's own part of what a packet is expected to cost, and the most that one costs more than in the flat rules. */
  readonly expected: Costs;
  readonly loss: Costs;
  /** The most that a kind of packets costs more than in the article's layout; nothing where that is little. */
  readonly behind: Costs;
  readonly obstacle?: Obstacle;
}

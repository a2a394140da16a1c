/**
 * Which form of a chain is taken, of those that were measured. Flat rules stay where they are the fastest. What costs some packet more than the article's layout would is taken only where
 * nothing better is left than the flat rules, which cost some packet yet more.
 */
import type { Backend } from "../cluster/kernel-costs.ts";
import type { ChainForm } from "../plan/types.ts";
import { type Costs, sumCosts } from "./meter.ts";
import { type FormCost, LEAST_GAIN, MOST_LOSS } from "./types.ts";

/** From this part of the most that a packet may lose on, an estimate may be wrong about it on another machine. */
const CLOSE = 0.9;

/** The form, by costs summed over the backends that count; the article's where none can be taken. */
export function decideForm(forms: readonly FormCost[], backends: readonly Backend[]): ChainForm {
  const sum = (costs: Costs): number => sumCosts(costs, backends);
  const flat = forms.find(({ form, obstacle }) => form === "flat" && obstacle === undefined);
  const isWorth = ({ form, expected }: FormCost): boolean =>
    form !== "flat" && (flat === undefined || sum(expected) < sum(flat.expected));
  const open = forms.filter((each) => each.obstacle === undefined && isWorth(each));
  // What reads worse has to save enough for it, unless what reads better nearly loses too much.
  const isClose = ({ loss }: FormCost) => backends.some((backend) => loss[backend] > CLOSE * MOST_LOSS);
  if (open.length > 0)
    return open.reduce((best, each) =>
      sum(each.expected) < sum(best.expected) * (isClose(best) ? 1 : 1 - LEAST_GAIN) ? each : best,
    ).form;
  if (flat === undefined) return "article";
  const better = forms.filter(
    (each) =>
      each.obstacle === "behind" &&
      isWorth(each) &&
      backends.every((backend) => each.behind[backend] <= flat.behind[backend]),
  );
  return better.reduce((best, each) => (sum(each.behind) < sum(best.behind) ? each : best), better[0] ?? flat)
    .form;
}

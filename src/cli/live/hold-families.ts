/**
 * All inputs of a plan, held against what is live.
 */
import { chainPattern } from "../../apply/chain-pattern.ts";
import type { Observation } from "../../apply/observe.ts";
import { type HeldFamily, holdAgainstLive } from "../../apply/prepare.ts";
import type { Prove } from "../../apply/prove.ts";
import type { Refusal } from "../../apply/refusal.ts";
import type { Rewrites } from "../emit-product.ts";
import type { Session } from "../session.ts";
import { shellValue, shellWord } from "../shell.ts";
import { liveInputs } from "./live-inputs.ts";
import type { LiveWork } from "./live-work.ts";

/** Families that the plan fits, and why it does not fit others. */
export async function holdAll(
  { console }: Session,
  { source, products, observation, live }: LiveWork,
  prove: Prove,
): Promise<{ readonly families: readonly HeldFamily[]; readonly refusals: readonly Refusal[] }> {
  const keep = live.keepChains.map(chainPattern);
  const families: HeldFamily[] = [];
  const refusals: Refusal[] = [];
  for (const input of liveInputs(source.rewrites, products)) {
    const importAgain = importCommand(source, observation);
    const { held, refusals: own } = await holdAgainstLive(input, observation, { keep, importAgain }, prove);
    refusals.push(...own);
    if (held !== null) families.push(held);
  }
  for (const pattern of live.keepChains)
    if (families.every(({ unusedPatterns }) => unusedPatterns.includes(pattern)))
      console.say(`note: --keep-chain ${shellValue(pattern)} means no chain that is here`);
  return { families, refusals };
}

/** The commands that make the plan anew of what is live. */
function importCommand({ plan, planPath }: Rewrites, { backend }: Observation): string {
  const saves = plan.inputs.map(({ family }) => {
    const name = family === "v6" ? "ip6tables" : "iptables";
    return `${name}-${backend}-save > live.${family}`;
  });
  const files = plan.inputs.map(({ family }) => `live.${family}`).join(" ");
  return `${saves.join(" && ")} && markify import ${files} -o ${shellWord(planPath)} --overwrite`;
}

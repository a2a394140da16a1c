/**
 * How `apply --live` says that it stops before anything is touched.
 */
import type { Refusal } from "../../apply/refusal.ts";
import type { Product } from "../emit-product.ts";
import { EXIT } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { shellWord } from "../shell.ts";
import type { LiveOptions } from "./live-options.ts";
import type { LiveEnd } from "./live-view.ts";

/** Lines of a refusal that are shown; a stale plan may have thousands. */
const MOST_DETAILS = 60;

/** Says why, and ends. */
export function refuse({ console }: Session, refusals: readonly Refusal[]): LiveEnd {
  for (const { message, details, next } of refusals) {
    console.say(`refused: ${message}`);
    for (const detail of details.slice(0, MOST_DETAILS)) console.say(`  ${detail}`);
    if (details.length > MOST_DETAILS) console.say(`  and ${details.length - MOST_DETAILS} more lines`);
    console.say(`  what to do: ${next}`);
  }
  console.close("nothing was touched", "");
  return { exitCode: EXIT.refused, view: { outcome: "refused", refusals } };
}

/** What is meant is live already. */
export function endWithoutLoad({ console }: Session, { persist }: LiveOptions): LiveEnd {
  if (persist !== null)
    console.say(
      "note: nothing was written for the next start of the machine: --persist does that after a load",
    );
  console.close("nothing to load: the live rules are the new ones already", "");
  return { exitCode: EXIT.done, view: { outcome: "nothing-to-load" } };
}

/** The commands that a person would run where markify can't. */
export function sayByHand({ console }: Session, planPath: string, products: readonly Product[]): void {
  const output = "new.rules";
  const files = products.map(({ family }) => (products.length === 1 ? output : `${output}.${family}`));
  console.say("by hand, on the firewall and as root:");
  console.say(`  markify apply ${shellWord(planPath)} -o ${output}`);
  for (const [at, { family, sets }] of products.entries()) {
    const name = family === "v6" ? "ip6tables" : "iptables";
    console.say(
      `  ${name}-save > before.${family}                    # the way back: ${name}-restore before.${family}`,
    );
    if (sets !== "") console.say(`  ipset restore -file ${files[at]}.ipset`);
    console.say(
      `  ${name}-apply -t 60 ${files[at]}               # asks, and goes back where nobody answers`,
    );
  }
}

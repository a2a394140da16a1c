/**
 * Kept chains are live as nobody checked them with the plan: the proof is made again with them.
 */
import type { HeldFamily } from "../../apply/prepare.ts";
import type { Refusal } from "../../apply/refusal.ts";
import type { Rewrites } from "../emit-product.ts";
import { withoutPartialLogs } from "../partial-logs.ts";
import { makeComparison } from "../products.ts";
import type { Session } from "../session.ts";

/** Proves each family that keeps chains; refusals where that does not come to "equal". */
export async function proveKept(
  session: Session,
  { plan, rewrites }: Rewrites,
  families: readonly HeldFamily[],
  mayChange: boolean,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { family, keepsChains, input, meant } of families) {
    if (!keepsChains) continue;
    if (mayChange) {
      const next = "apply the change first and keep chains then, or make the plan anew of what is live";
      return [{ message: "a plan that changes the policy can't keep chains as well", details: [], next }];
    }
    const at = rewrites.findIndex(({ ruleset }) => ruleset.family === family);
    const { ownBits, newBits } = rewrites[at]!;
    const compare = makeComparison(session, { ownBits, packets: 0 });
    const { ruleset: now } = withoutPartialLogs(meant, plan, at, newBits);
    const { result, basis, reason } = await compare(input, now, { demandAnyMark: true });
    if (result === "equal" && basis === "proved") continue;
    refusals.push({
      message: `with the kept chains as they are live, the new rules of ${family} are not proved equal to the old ones`,
      details: reason === undefined ? [] : [reason],
      next: "a kept chain may use the mark bits of the groups; make the plan anew of what is live",
    });
  }
  return refusals;
}

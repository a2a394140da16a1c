/**
 * The proof of a plan's text, as `review --check` has it for a plan's file.
 */
import { makeSourceFile } from "../../text/source.ts";
import type { VerifyOptions } from "../../verify/types.ts";
import { openPlanText } from "../plan-files.ts";
import { checkProducts } from "../products.ts";
import type { Session } from "../session.ts";
import { CommandStop } from "../stop.ts";
import type { ProofOrder, ProofOutcome } from "./tools.ts";

/** Proves it. Never rejects: whatever goes wrong is no answer, and is told. */
export async function proveText(
  session: Session,
  { planPath, text, encoding, traffic }: ProofOrder,
  options: Partial<VerifyOptions> = {},
): Promise<ProofOutcome> {
  try {
    const overrides = traffic === null ? {} : { traffic };
    const file = makeSourceFile(planPath, text, encoding);
    const { opened } = await openPlanText(session, planPath, file, overrides);
    if (opened === null) return { kind: "failed", why: "the plan can't be carried out" };
    const { view } = await checkProducts(session, { ...opened, planPath }, options, false);
    return { kind: "done", check: view };
  } catch (error) {
    if (error instanceof CommandStop) return { kind: "failed", why: error.message };
    const what = error instanceof Error ? error.message : String(error);
    return { kind: "failed", why: `this is a fault of markify itself: ${what}` };
  }
}

/**
 * What an edit does to the new ruleset, and the proof, in words.
 */
import { describeChanges } from "../../findings.ts";
import type { ProofState } from "../../edit-state.ts";
import type { GroupsView } from "../../view.ts";
import { summariseCheck } from "../../verify-terminal.ts";
import { dearestChain } from "../costs.ts";

/** Rules and costs before and after it, as far as they differ. */
export function describeEffect(before: GroupsView, after: GroupsView): string {
  const lines: string[] = [];
  const say = (what: string, old: number, now: number): void => {
    if (old !== now) lines.push(`${what}: ${old.toLocaleString("en")} → ${now.toLocaleString("en")}`);
  };
  say("rules in the new file", before.rulesAfter, after.rulesAfter);
  say("policy rules", before.policyRules, after.policyRules);
  say("groups in use", countUsed(before), countUsed(after));
  const [old, now] = [before, after].map(({ costs = [] }) => dearestChain(costs));
  if (now !== null && now !== undefined) {
    // A plan that rewrites nothing has no chain to compare: then the old ruleset is what was.
    const { legacy, nft } = old?.chain === now.chain ? old.new.expected : now.old.expected;
    say(`expected cost in ${now.chain}, ns, legacy`, legacy, now.new.expected.legacy);
    say(`expected cost in ${now.chain}, ns, nft`, nft, now.new.expected.nft);
  }
  return lines.length === 0 ? "Rules and costs stay as they are." : lines.join("; ");
}

function countUsed({ groups }: GroupsView): number {
  return groups.filter(({ uses }) => uses > 0).length;
}

/** The proof in a few words. */
export function describeProof(proof: ProofState): {
  readonly tone: "good" | "bad" | "warning";
  readonly text: string;
} {
  if (proof.kind === "running") return { tone: "warning", text: "being proved …" };
  if (proof.kind === "failed") return { tone: "warning", text: `unknown: ${proof.why}` };
  const { check } = proof;
  if (check.result === "different") return { tone: "bad", text: summariseCheck(check) };
  if (check.result === "unknown")
    return { tone: "warning", text: `unknown: ${check.reason ?? "a part could not be checked"}` };
  if (check.policyChange !== undefined)
    return { tone: "warning", text: `policy change: ${describeChanges(check.policyChange).join("; ")}` };
  return check.basis === "proved" || check.checks.every(({ kind }) => kind === "identical")
    ? { tone: "good", text: "equal (proved)" }
    : { tone: "warning", text: summariseCheck(check) };
}

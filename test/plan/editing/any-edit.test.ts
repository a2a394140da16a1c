/** Whatever plan is edited however: comments stay, what is not meant stays, and steps back lead back byte for byte. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyEdit } from "../../../src/plan/editing/apply-edit.ts";
import {
  beginSession,
  type EditSession,
  proposeStep,
  readPlanText,
} from "../../../src/plan/editing/session.ts";
import type { Edit } from "../../../src/plan/editing/types.ts";
import { printPlan } from "../../../src/plan/file.ts";
import type { Plan } from "../../../src/plan/types.ts";
import { anyPlan } from "../plans.ts";

/** Comments of people on lines of their own, from the groups on: before them stand texts of inputs. */
function withComments(text: string, places: readonly number[]): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("groups:"));
  const chosen = new Set(places.map((place) => start + (place % (lines.length - start))));
  return lines
    .flatMap((line, at) => (chosen.has(at) ? [`${/^ */.exec(line)![0]}# person ${at}`, line] : [line]))
    .join("\n");
}

/** Comments of people behind what stands on a line. */
function withTails(text: string, places: readonly number[]): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("groups:"));
  const chosen = new Set(places.map((place) => start + (place % (lines.length - 1 - start))));
  return lines.map((line, at) => (chosen.has(at) ? `${line} # behind ${at}` : line)).join("\n");
}

/** In any order, since one goes where its member goes. */
const tailsOf = (text: string) => (text.match(/# behind \d+$/gm) ?? []).sort();

const commentsOf = (text: string) => text.match(/^ *# person \d+$/gm) ?? [];

/** An edit of something that the plan has; numbers choose. */
function chooseEdit({ groups, policyRules }: Plan, [kind, which, what]: readonly number[]): Edit {
  const group = groups[which! % Math.max(1, groups.length)];
  const rule = policyRules[which! % Math.max(1, policyRules.length)];
  const member = group?.members[what! % group.members.length] ?? "x";
  const id = group?.id ?? "none";
  const edits: readonly Edit[] = [
    { kind: "rename", list: "groups", id, name: `NAME-${what}` },
    { kind: "rename", list: "policyRules", id: rule?.id ?? "none", name: `RULE-${what}` },
    { kind: "accept", list: "groups", id, accept: what! % 2 === 0 },
    { kind: "accept", list: "policyRules", id: rule?.id ?? "none", accept: what! % 2 === 0 },
    { kind: "release-members", id, members: [member] },
    { kind: "remove-members", id, members: [member] },
    { kind: "add-members", id, members: ["192.0.2.77"] },
    { kind: "store-group", id, storage: what! % 2 === 0 ? "lines" : null },
    { kind: "store-all", storage: what! % 2 === 0 ? "ipset" : null },
    { kind: "chain-layout", id: rule?.id ?? "none", layout: what! % 2 === 0 ? "flat" : null },
    { kind: "layout", layout: what! % 2 === 0 ? "hoisted" : "article" },
    { kind: "order", order: what! % 2 === 0 ? "written" : "used" },
    { kind: "log-partial", id: rule?.id ?? "none", rate: what! % 2 === 0 ? "6/min" : null },
  ];
  return edits[kind! % edits.length]!;
}

const choices = fc.array(fc.tuple(fc.nat(12), fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 6 });
const places = fc.array(fc.nat(200), { maxLength: 8 });

test("comments stay, and so does the way back", () => {
  let made = 0;
  fc.assert(
    fc.property(anyPlan, places, places, choices, (plan, at, behind, chosen) => {
      const text = withComments(withTails(printPlan(plan), behind), at);
      const read = readPlanText("p.yaml", text);
      // A comment in a list of one line, or where an entry spans lines, may make another text of it.
      fc.pre(read !== null);
      let session: EditSession = beginSession(read!);
      const [comments, tails] = [commentsOf(text), tailsOf(text)];
      for (const choice of chosen) {
        const edit = chooseEdit(session.plan, choice);
        const proposal = proposeStep(session, { kind: "edit", edit });
        if (proposal.kind !== "proposed") continue;
        made++;
        session = proposal.next;
        expect(commentsOf(session.text)).toEqual(comments);
        expect(tailsOf(session.text)).toEqual(tails);
        // Once more changes nothing.
        if (!edit.kind.endsWith("members")) expect(applyEdit(session, edit).kind).toBe("nothing");
      }
      while (session.undo.length > 0) {
        const proposal = proposeStep(session, { kind: "undo" });
        expect(proposal.kind).toBe("proposed");
        if (proposal.kind === "proposed") session = proposal.next;
      }
      expect(session.text).toBe(text);
    }),
    { numRuns: 300 },
  );
  expect(made).toBeGreaterThan(300);
});

/** A plan that is being edited: steps back and forth, and what becomes of them when the file is changed by something else. */
import { describe, expect, test } from "vitest";
import {
  adoptText,
  beginSession,
  type EditRequest,
  type EditSession,
  isTouched,
  proposeStep,
  readPlanText,
} from "../../../src/plan/editing/session.ts";
import type { Edit } from "../../../src/plan/editing/types.ts";
import { printPlan } from "../../../src/plan/file.ts";
import { SMALL_PLAN } from "../plans.ts";

const TEXT = printPlan(SMALL_PLAN);
const read = (text: string) => readPlanText("p.yaml", text)!;
const begin = () => beginSession(read(TEXT));

const rename = (name: string): Edit => ({ kind: "rename", list: "groups", id: "S-LAN", name });
const refuse: Edit = { kind: "accept", list: "policyRules", id: "R-1", accept: false };

/** The session after requests that all have to be possible. */
function step(session: EditSession, ...requests: readonly (Edit | EditRequest["kind"])[]): EditSession {
  return requests.reduce((now, request) => {
    const asked: EditRequest =
      typeof request === "string" ? ({ kind: request } as EditRequest) : { kind: "edit", edit: request };
    const proposal = proposeStep(now, asked);
    expect(proposal.kind, JSON.stringify(proposal)).toBe("proposed");
    return proposal.kind === "proposed" ? proposal.next : now;
  }, session);
}

describe("steps", () => {
  test("go back and forth, each state with a revision of its own", () => {
    const made = step(begin(), rename("A"), refuse);
    expect(made.revision).toBe(3);
    expect(made.undo.map(({ words }) => words)).toEqual(["rename S-LAN to A", "refuse R-1"]);
    const back = step(made, "undo", "undo");
    expect(back.text).toBe(TEXT);
    expect(back.revision).toBe(5);
    expect(back.made).toEqual([]);
    const forth = step(back, "redo", "redo");
    expect(forth.text).toBe(made.text);
    expect(forth.made).toEqual([rename("A"), refuse]);
    expect(forth.redo).toEqual([]);
  });

  test("that go elsewhere end what could be done again", () => {
    const made = step(begin(), rename("A"), "undo", rename("B"));
    expect(made.redo).toEqual([]);
    expect(proposeStep(made, { kind: "redo" })).toEqual({
      kind: "nothing",
      why: "there is nothing to do again",
    });
    expect(proposeStep(begin(), { kind: "undo" })).toEqual({
      kind: "nothing",
      why: "there is nothing to undo",
    });
  });

  test("that change nothing, or can't be, leave everything as it was", () => {
    const session = begin();
    expect(proposeStep(session, { kind: "edit", edit: rename("S-LAN") }).kind).toBe("nothing");
    expect(proposeStep(session, { kind: "edit", edit: rename("a b") }).kind).toBe("refused");
    expect(session).toEqual(begin());
  });
});

describe("what a step reaches beside its group", () => {
  const holding = printPlan({
    ...SMALL_PLAN,
    groups: [
      SMALL_PLAN.groups[0]!,
      {
        ...SMALL_PLAN.groups[0]!,
        ...{ id: "S-ALL", name: "S-ALL", includes: ["S-LAN"] },
        members: [...SMALL_PLAN.groups[0]!.members, "172.16.0.0/12"],
      },
      ...SMALL_PLAN.groups.slice(1),
    ],
  });
  const add = (id: string, member: string): Edit => ({ kind: "add-members", id, members: [member] });
  const words = (session: EditSession, request: EditRequest) => {
    const proposal = proposeStep(session, request);
    return proposal.kind === "proposed" ? proposal.words : JSON.stringify(proposal);
  };

  test("is said once it is done, and not where nothing is reached", () => {
    const session = beginSession(read(holding));
    expect(words(session, { kind: "edit", edit: add("S-LAN", "192.0.2.1") })).toBe(
      "add 192.0.2.1 to S-LAN; what is in S-LAN is in S-ALL, too",
    );
    expect(words(session, { kind: "edit", edit: add("S-ALL", "192.0.2.1") })).toBe("add 192.0.2.1 to S-ALL");
    expect(words(session, { kind: "edit", edit: add("S-ALL", "172.0.0.0/8") })).toBe(
      "add 172.0.0.0/8 to S-ALL; 172.0.0.0/8 holds 172.16.0.0/12 of S-ALL, too",
    );
    const made = step(session, add("S-LAN", "192.0.2.1"));
    expect(made.undo.at(-1)!.words).toBe("add 192.0.2.1 to S-LAN");
  });

  test("is said when lost edits are made again", () => {
    const session = step(beginSession(read(holding)), add("S-LAN", "192.0.2.1"));
    const adopted = adoptText(session, read(holding.replace("keepChains:", "# Eva\nkeepChains:")));
    expect(words(adopted, { kind: "again" })).toBe(
      "add 192.0.2.1 to S-LAN; what is in S-LAN is in S-ALL, too",
    );
  });
});

describe("a file that something else has changed", () => {
  test("with the edits of here in it is gone on from, and nothing is lost", () => {
    const session = step(begin(), rename("A"));
    const adopted = adoptText(session, read(session.text.replace("accept: true", "accept: false # Eva")));
    expect(adopted).toMatchObject({ revision: 3, undo: [], redo: [], lost: [], made: [rename("A")] });
    expect(adopted.text).toContain("name: A\n");
    expect(adopted.text).toContain("accept: false # Eva");
  });

  test("keeps edits that it says nothing of", () => {
    const session = step(begin(), rename("A"), refuse);
    const adopted = adoptText(session, read(session.text.replace("nameFrom: port", "nameFrom: person")));
    expect(adopted.made).toEqual([rename("A"), refuse]);
    expect(adopted.lost).toEqual([]);
  });

  test("made from an older state: its edits are told, and can be made again or left", () => {
    const session = step(begin(), rename("A"), refuse);
    const adopted = adoptText(session, read(TEXT.replace("keepChains:", "# Eva\nkeepChains:")));
    expect(adopted.text).not.toContain("name: A\n");
    expect(adopted.lost).toEqual([rename("A"), refuse]);
    const again = step(adopted, "again");
    expect(again.text).toBe(session.text.replace("keepChains:", "# Eva\nkeepChains:"));
    expect(again.lost).toEqual([]);
    expect(step(again, "undo").text).toBe(adopted.text);
    const left = step(adopted, "leave");
    expect(left).toMatchObject({ text: adopted.text, lost: [], revision: adopted.revision });
  });

  test("with some of the edits: the others alone are lost, and those stay made until they go, too", () => {
    const session = step(begin(), rename("A"), refuse);
    const some = session.text
      .replace("name: A", "name: A # Eva")
      .replace("nameFrom: network", "nameFrom: person")
      .replace("accept: false", "accept: true");
    const adopted = adoptText(session, read(some));
    expect(adopted).toMatchObject({ lost: [refuse], made: [rename("A")] });
    expect(adoptText(adopted, read(TEXT))).toMatchObject({ lost: [refuse, rename("A")], made: [] });
  });

  test("edits that take each other back are not lost", () => {
    const session = step(begin(), rename("A"), rename("B"), rename("S-LAN"));
    const adopted = adoptText(session, read(TEXT.replace("nameFrom: network", "nameFrom: person")));
    expect(adopted.lost).toEqual([]);
  });

  test("touches an edit where it changes the same entry, and only there", () => {
    const other = read(TEXT.replace("name: S-LAN", "name: S-EVA")).plan;
    expect(isTouched(SMALL_PLAN, other, rename("A"))).toBe(true);
    expect(isTouched(SMALL_PLAN, other, refuse)).toBe(false);
    expect(isTouched(SMALL_PLAN, other, { kind: "layout", layout: "hoisted" })).toBe(false);
    const laidOut = { ...SMALL_PLAN, layout: "shared" } as const;
    expect(isTouched(SMALL_PLAN, laidOut, { kind: "layout", layout: "hoisted" })).toBe(true);
  });
});

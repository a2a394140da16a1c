/**
 * A plan that is being edited, by several people at once as far as they like: what it says now, the steps that led there, and what becomes of them when its file is changed
 * by something else. Pure: whoever holds a session reads the file before each step, has the proposed text checked, writes it, and only then goes on with the next session.
 */
import { makeSourceFile } from "../../text/source.ts";
import { parsePlan } from "../file-parse.ts";
import type { Plan } from "../types.ts";
import { applyEdit, type PlanText } from "./apply-edit.ts";
import { describeEdit, partsOfPlan } from "./describe-edit.ts";
import type { Edit } from "./types.ts";

/** A step that was made, or undone. */
interface Step {
  /** The other text: before it for one that was made, after it for one that was undone. Read when it is needed: many plans would take much room. */
  readonly text: string;
  readonly words: string;
  readonly edits: readonly Edit[];
}

/** The state. `text` is what the file holds as far as is known. */
export interface EditSession extends PlanText {
  /** From 1; each change of `text` has its own. */
  readonly revision: number;
  /** The last one is the one to undo; of those since the file was last changed elsewhere. */
  readonly undo: readonly Step[];
  readonly redo: readonly Step[];
  /** Edits that the text has, in order: all since the start that nobody has undone. */
  readonly made: readonly Edit[];
  /** Edits that were made here and that a change of the file has undone. */
  readonly lost: readonly Edit[];
}

/** What can be asked of a session. */
export type EditRequest =
  | { readonly kind: "edit"; readonly edit: Edit }
  | { readonly kind: "undo" }
  | { readonly kind: "redo" }
  /** Makes the lost edits once more, or forgets them. */
  | { readonly kind: "again" }
  | { readonly kind: "leave" };

/** What follows from a request. */
export type Proposal =
  /** The next session, if its text passes all checks. */
  | {
      readonly kind: "proposed";
      readonly next: EditSession;
      /** What is done, and what else a person should know of it. */
      readonly words: string;
    }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "refused"; readonly why: readonly string[] };

/** Begins. */
export function beginSession(plan: PlanText): EditSession {
  return { ...plan, revision: 1, undo: [], redo: [], made: [], lost: [] };
}

/** Works out what a request leads to. */
export function proposeStep(session: EditSession, request: EditRequest): Proposal {
  switch (request.kind) {
    case "edit": {
      const outcome = applyEdit(session, request.edit);
      if (outcome.kind === "refused") return outcome;
      if (outcome.kind === "nothing") return { kind: "nothing", why: "the plan says so already" };
      const made = makeStep(session, outcome, [request.edit], describeEdit(session.plan, request.edit));
      return withRemarks(made, outcome.remarks);
    }
    case "undo":
      return goBack(session);
    case "redo":
      return goForward(session);
    case "again":
      return makeAgain(session);
    case "leave":
      if (session.lost.length === 0) return { kind: "nothing", why: "no edit is lost" };
      return { kind: "proposed", next: { ...session, lost: [] }, words: "leave the file as it is" };
  }
}

/** Steps that can be undone; more would keep too many texts. */
const MOST_STEPS = 200;

function makeStep(session: EditSession, now: PlanText, edits: readonly Edit[], words: string): Proposal {
  const undo = [...session.undo, { text: session.text, words, edits }].slice(-MOST_STEPS);
  const next: EditSession = { ...moveTo(session, now), undo, redo: [], made: [...session.made, ...edits] };
  return { kind: "proposed", next, words };
}

/** Said once, when it is done; what can be undone is called by what it does. */
function withRemarks(proposal: Proposal, remarks: readonly string[]): Proposal {
  if (proposal.kind !== "proposed") return proposal;
  return { ...proposal, words: [proposal.words, ...new Set(remarks)].join("; ") };
}

function moveTo(session: EditSession, { text, plan }: PlanText): EditSession {
  return { ...session, text, plan, revision: session.revision + 1 };
}

function goBack(session: EditSession): Proposal {
  const step = session.undo.at(-1);
  const now = step === undefined ? null : readPlanText("plan", step.text);
  if (step === undefined || now === null) return { kind: "nothing", why: "there is nothing to undo" };
  const next: EditSession = {
    ...moveTo(session, now),
    undo: session.undo.slice(0, -1),
    redo: [...session.redo, { ...step, text: session.text }],
    made: session.made.slice(0, session.made.length - step.edits.length),
  };
  return { kind: "proposed", next, words: `undo: ${step.words}` };
}

function goForward(session: EditSession): Proposal {
  const step = session.redo.at(-1);
  const now = step === undefined ? null : readPlanText("plan", step.text);
  if (step === undefined || now === null) return { kind: "nothing", why: "there is nothing to do again" };
  const made = makeStep(session, now, step.edits, step.words);
  if (made.kind !== "proposed") return made;
  return { ...made, next: { ...made.next, redo: session.redo.slice(0, -1) } };
}

function makeAgain(session: EditSession): Proposal {
  const { edits, refused, remarks, now } = replay(session, session.lost);
  if (edits.length === 0) {
    const why = refused.length === 0 ? ["the file has all edits that were made here"] : refused;
    return { kind: "refused", why };
  }
  const words = edits.map((edit) => describeEdit(session.plan, edit)).join("; ");
  const made = withRemarks(makeStep(session, now, edits, words), remarks);
  return made.kind === "proposed" ? { ...made, next: { ...made.next, lost: [] } } : made;
}

/** Edits that change something on top of a plan, one after the other. */
function replay(
  start: PlanText,
  wanted: readonly Edit[],
): {
  readonly now: PlanText;
  readonly edits: readonly Edit[];
  readonly refused: readonly string[];
  readonly remarks: readonly string[];
} {
  let now = start;
  const edits: Edit[] = [];
  const refused: string[] = [];
  const remarks: string[] = [];
  for (const edit of wanted) {
    const outcome = applyEdit(now, edit);
    if (outcome.kind === "refused") refused.push(...outcome.why);
    if (outcome.kind !== "done") continue;
    now = outcome;
    edits.push(edit);
    remarks.push(...outcome.remarks);
  }
  return { now, edits, refused, remarks };
}

/**
 * The session that goes on from a file which something else has changed. Steps before can't be undone one by one any more. Edits that the file has no more, since it was
 * written from an older state or on purpose, are told: nobody but a person knows which.
 */
export function adoptText(session: EditSession, file: PlanText): EditSession {
  const doubtful = session.made.filter((edit) => isTouched(session.plan, file.plan, edit));
  const { now, edits } = replay(file, doubtful);
  // Edits that take each other back lead to what the file says already.
  const gone = now.text === file.text ? [] : edits;
  return {
    ...{ text: file.text, plan: file.plan, revision: session.revision + 1, undo: [], redo: [] },
    made: session.made.filter((edit) => !gone.includes(edit)),
    lost: [...session.lost, ...gone],
  };
}

/** Whether what an edit is about is not the same in two states of a plan. */
export function isTouched(one: Plan, other: Plan, edit: Edit): boolean {
  return partsOfPlan(one, edit) !== partsOfPlan(other, edit);
}

/** Reads a plan's text; null where it is none, for the errors of the parser to be told by who reads it for good. */
export function readPlanText(path: string, text: string): PlanText | null {
  const { plan } = parsePlan(makeSourceFile(path, text));
  return plan === null ? null : { text, plan };
}

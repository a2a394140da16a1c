/**
 * Where a plan is edited: takes one step after the other, each on the file as it is at that moment, keeps the report and the proof of the present state, and tells all pages
 * the same. What steps mean is in `plan/editing/session.ts`.
 */
import {
  adoptText,
  beginSession,
  type EditRequest,
  type EditSession,
  isTouched,
  proposeStep,
} from "../../plan/editing/session.ts";
import { describeEdit } from "../../plan/editing/describe-edit.ts";
import type {
  EditState,
  ProofState,
  ServedData,
  StepAnswer,
  StepRequest,
  Tick,
} from "../../report/edit-state.ts";
import type { PageData } from "../../report/page-data.ts";
import type { Plan } from "../../plan/types.ts";
import { makeChoices } from "./choices.ts";
import type { Checked, Opened, PlanFile, ServedPlan } from "./served-plan.ts";
import type { ServeTools } from "./tools.ts";

/** A text that passed all checks. */
type Passed = Extract<Checked, { readonly why?: undefined }>;

/** What a desk is made of. */
export interface DeskParts {
  readonly plan: ServedPlan;
  /** As it was read, and what it came to. */
  readonly file: PlanFile;
  readonly checked: Passed;
  readonly startProof: ServeTools["startProof"];
  readonly makePage: (opened: Opened) => Promise<PageData>;
}

/** Steps that are tried anew when the file changes in the very moment of writing. */
const MOST_TRIES = 5;

/** A proof is of a file that was read; nothing is known of one that can't be carried out. */
const BLOCKED_PROOF: ProofState = { kind: "failed", why: "the file can't be carried out" };

const BROKEN = "the file was changed, and can't be carried out as it is; mend it there";

const STALE = "the plan was changed meanwhile; look at it as it is now, and decide again";

/** A class because it guards the one state of all pages. */
export class Desk {
  readonly #parts: DeskParts;
  #session: EditSession;
  #opened: Opened;
  #file: PlanFile;
  #change = 1;
  #blocked: readonly string[] = [];
  /** The file that blocks. */
  #bad: Uint8Array | null = null;
  #notice = "";
  #notes: readonly string[];
  #trafficDigest: string;
  #proof: ProofState = { kind: "running" };
  #stopProof: () => void = () => {};
  /** By text and traffic: who undoes need not wait for what was proved before. */
  readonly #proved = new Map<string, ProofState>();
  #page: { readonly revision: number; readonly data: PageData } | null = null;
  /** The end of what is being done: one thing at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #steps = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#session = beginSession(parts.checked.plan);
    this.#opened = parts.checked.opened;
    this.#notes = parts.checked.notes;
    this.#trafficDigest = parts.checked.trafficDigest;
    this.#file = parts.file;
    this.#prove();
  }

  /** As it is now. */
  get plan(): Plan {
    return this.#session.plan;
  }

  /** Steps that were made so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The number of the present state, after a look at the file. */
  tick(): Promise<Tick> {
    return this.#inTurn(async () => {
      await this.#look(false);
      return { revision: this.#session.revision, change: this.#change };
    });
  }

  /** Where the editing stands. */
  state(): EditState {
    const { revision, undo, redo, lost, plan } = this.#session;
    return {
      ...{ revision, change: this.#change, planPath: this.#parts.plan.path },
      ...{ undo: undo.at(-1)?.words ?? null, redo: redo.at(-1)?.words ?? null },
      lost: lost.map((edit) => describeEdit(plan, edit)),
      ...{ blocked: this.#blocked, notice: this.#notice, notes: this.#notes },
      proof: this.#blocked.length > 0 ? BLOCKED_PROOF : this.#proof,
    };
  }

  /** All that the page shows, of one state. */
  data(): Promise<ServedData> {
    return this.#inTurn(async () => {
      const { revision, plan } = this.#session;
      if (this.#page?.revision !== revision)
        this.#page = { revision, data: await this.#parts.makePage(this.#opened) };
      return { page: this.#page.data, state: this.state(), choices: makeChoices(plan) };
    });
  }

  /** Makes a step, or says why not; then file and state are as they were. */
  step({ revision, request }: StepRequest): Promise<StepAnswer> {
    return this.#inTurn(async () => {
      if (revision !== this.#session.revision) return { kind: "stale", why: STALE };
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const answer = await this.#try(request);
        if (answer !== null) return answer;
      }
      return { kind: "refused", why: ["the file changes again and again; nothing was written"] };
    });
  }

  /** Ends the proof that runs, after what is being done. */
  close(): Promise<void> {
    return this.#inTurn(async () => this.#stopProof());
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Null where the file was changed in the moment of writing. */
  async #try(request: EditRequest): Promise<StepAnswer | null> {
    const before = this.#session.plan;
    const seen = await this.#look(true);
    if (seen === "blocked") return { kind: "refused", why: this.#blocked };
    // Steps back lead to texts that the file had before somebody else changed it.
    if (
      seen === "changed" &&
      (request.kind !== "edit" || isTouched(before, this.#session.plan, request.edit))
    )
      return { kind: "stale", why: STALE };
    const proposal = proposeStep(this.#session, request);
    if (proposal.kind !== "proposed") return proposal;
    const { next } = proposal;
    const isMerged = seen === "changed";
    const words = isMerged
      ? `${proposal.words}, on what something else has changed in the file meanwhile`
      : proposal.words;
    const done = { kind: "done", words, revision: next.revision } as const;
    if (next.text === this.#session.text) {
      this.#session = next;
      this.#change += 1;
      return done;
    }
    const checked = await this.#parts.plan.check(next.text);
    if (checked.why !== undefined) {
      // Not the step is wrong, but what the plan was made from.
      if (checked.stop !== null) this.#block(checked.why, null);
      return { kind: "refused", why: checked.why };
    }
    const written = await this.#parts.plan.write(next.text, this.#file.bytes);
    if (written === null) return null;
    if (typeof written === "string") return { kind: "refused", why: [written] };
    this.#steps += 1;
    if (!isMerged) this.#notice = "";
    this.#take(next, checked, written);
    return done;
  }

  #take(session: EditSession, { opened, notes, trafficDigest }: Passed, file: PlanFile): void {
    this.#session = session;
    this.#opened = opened;
    this.#notes = notes;
    this.#trafficDigest = trafficDigest;
    this.#file = file;
    this.#page = null;
    this.#change += 1;
    this.#prove();
  }

  /** Looks at the file, and goes on from there where it is another one. `again`: also a file that can't be carried out is looked at once more; its inputs may be others. */
  async #look(again: boolean): Promise<"same" | "changed" | "blocked"> {
    const { plan } = this.#parts;
    const found = await plan.read();
    if (typeof found === "string") return this.#block([found], null);
    const isSame = isEqual(found.bytes, this.#file.bytes);
    if (isSame && this.#blocked.length === 0) return "same";
    if (!again && this.#bad !== null && isEqual(found.bytes, this.#bad)) return "blocked";
    const checked = await plan.check(found.text);
    // Other files may be mended while this one stays as it is.
    if (checked.why !== undefined && checked.stop !== null) return this.#block(checked.why, null);
    if (checked.why !== undefined) return this.#block([BROKEN, ...checked.why], found.bytes);
    if (isSame) {
      this.#unblock("The file can be carried out again, and is what it was before.");
      return "same";
    }
    this.#unblock(
      "The file was changed by something else; this is what it says now. Steps before can't be undone one by one.",
    );
    this.#take(adoptText(this.#session, checked.plan), checked, found);
    return "changed";
  }

  #block(why: readonly string[], bad: Uint8Array | null): "blocked" {
    if (JSON.stringify(why) !== JSON.stringify(this.#blocked)) this.#change += 1;
    this.#blocked = why;
    this.#bad = bad;
    return "blocked";
  }

  #unblock(notice: string): void {
    this.#blocked = [];
    this.#bad = null;
    this.#notice = notice;
    this.#change += 1;
  }

  /** Proves the present state; a proof of an older one is of no use any more. */
  #prove(): void {
    this.#stopProof();
    this.#stopProof = () => {};
    const { text, revision } = this.#session;
    const key = `${this.#trafficDigest}\n${text}`;
    const known = this.#proved.get(key);
    this.#proof = known ?? { kind: "running" };
    if (known !== undefined) return;
    const { path, encoding, traffic } = this.#parts.plan;
    const order = { planPath: path, text, encoding, traffic };
    this.#stopProof = this.#parts.startProof(order, (outcome) => {
      if (this.#session.revision !== revision) return;
      this.#proof = outcome;
      this.#change += 1;
      if (outcome.kind === "done") this.#proved.set(key, outcome);
    });
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

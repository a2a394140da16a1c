/**
 * The page of `review --serve`: gets its data from the server, sends steps to it, and looks every second whether another page, the proof or the file has changed something.
 */
import type { EditRequest } from "../../../plan/editing/session.ts";
import type { EditState, EndAnswer, ServedData, StepAnswer, Tick } from "../../edit-state.ts";
import type { PageData } from "../../page-data.ts";
import type { Editor, Remark } from "./editing.ts";
import { describeEnd } from "./describe-end.ts";
import { describeEffect } from "./effect.ts";
import { ask, later, Refused, takeToken } from "./server.ts";

/** Milliseconds between two looks. */
const PAUSE = 1000;

/** Looks without an answer after which nobody is there any more. */
const MOST_SILENT = 3;

/** Shows data with the editor that belongs to it. */
type Update = (data: PageData, editor: Editor) => void;

const SILENT =
  "markify does not answer any more: it has probably ended. The plan's file has every edit that was accepted here.";

const NO_TOKEN =
  "This page needs the whole address that markify review --serve has printed: what stands behind # opens it.";

/** Begins; `say` shows a text in place of the page. */
export async function startEditing(update: Update, say: (text: string) => void): Promise<void> {
  // Pasted where the page is open already, the address only changes behind #.
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#token=")) return;
    takeToken();
    location.reload();
  });
  const token = takeToken();
  if (token === null) return say(NO_TOKEN);
  try {
    const served = await ask<ServedData>(token, "/data");
    document.title = `markify: ${served.state.planPath}`;
    new Client(token, update, served).watch();
  } catch (error) {
    say(error instanceof Refused ? `${error.message}.` : "markify does not answer: it has probably ended.");
  }
}

/** A class because it guards what is known of the server. */
class Client {
  readonly #token: string;
  readonly #update: Update;
  #served: ServedData;
  /** What is shown; the same one as long as nothing of it is another, since much is worked out from it. */
  #data: PageData;
  #remark: Remark | null = null;
  #done: string | null = null;
  #isBusy = false;
  #silent = 0;

  constructor(token: string, update: Update, served: ServedData) {
    this.#token = token;
    this.#update = update;
    this.#served = served;
    this.#data = served.page;
    this.#show();
  }

  /** Looks again and again, until the end. */
  watch(): void {
    if (this.#done !== null) return;
    later(PAUSE, () => void this.#look().finally(() => this.watch()));
  }

  #show(): void {
    const { page, state, choices } = this.#served;
    const check = state.proof.kind === "done" ? state.proof.check : null;
    if (this.#data.report !== page.report || this.#data.check !== check) this.#data = { ...page, check };
    this.#update(this.#data, {
      ...{ state, choices, remark: this.#remark, ended: this.#ended(), isBusy: this.#isBusy },
      send: (request) => void this.#send(request),
      end: () => void this.#end(),
    });
  }

  #ended(): string | null {
    return this.#done ?? (this.#silent < MOST_SILENT ? null : SILENT);
  }

  async #look(): Promise<void> {
    if (this.#isBusy) return;
    try {
      const tick = await ask<Tick>(this.#token, "/tick");
      const wasSilent = this.#ended() !== null;
      this.#silent = 0;
      if (wasSilent) this.#show();
      const { revision, change } = this.#served.state;
      // While a person's step is on its way, its answer brings the news.
      if (this.#isBusy || (tick.change === change && tick.revision === revision)) return;
      if (tick.revision !== revision) {
        await this.#load();
        this.#remark = {
          tone: "warning",
          lines: [
            this.#served.state.notice || "The plan was changed in another window; this is what it says now.",
          ],
        };
      } else {
        const state = await ask<EditState>(this.#token, "/state");
        if (state.revision === this.#served.state.revision) this.#served = { ...this.#served, state };
      }
      this.#show();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #load(): Promise<void> {
    this.#served = await ask<ServedData>(this.#token, "/data");
  }

  async #send(request: EditRequest): Promise<void> {
    if (this.#isBusy || this.#ended() !== null) return;
    this.#isBusy = true;
    this.#remark = null;
    this.#show();
    try {
      const before = this.#served.page;
      const { revision } = this.#served.state;
      const answer = await ask<StepAnswer>(this.#token, "/step", { revision, request });
      if (answer.kind === "done" || answer.kind === "stale") await this.#load();
      this.#remark = remarkOn(answer, before, this.#served);
    } catch (error) {
      this.#fail(error);
    }
    this.#isBusy = false;
    this.#show();
  }

  async #end(): Promise<void> {
    try {
      const answer = await ask<EndAnswer>(this.#token, "/end", {});
      this.#served = { ...this.#served, state: answer.state };
      this.#done = describeEnd(answer);
      this.#show();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What was asked for may or may not have happened; the next look tells, or the one who is asked is gone. */
  #fail(error: unknown): void {
    if (error instanceof Refused) this.#remark = { tone: "bad", lines: [error.message] };
    else this.#silent += 1;
    this.#show();
  }
}

function remarkOn(answer: StepAnswer, before: PageData, { page }: ServedData): Remark {
  switch (answer.kind) {
    case "done":
      return {
        tone: "good",
        lines: [`Saved: ${answer.words}`, describeEffect(before.report, page.report)],
      };
    case "nothing":
    case "stale":
      return { tone: "warning", lines: [`Nothing was changed: ${answer.why}`] };
    case "refused":
      return { tone: "bad", lines: answer.why.map((text) => `Nothing was changed: ${text}`) };
  }
}

/**
 * Requests of the page, and what the desk answers.
 */
import type { EditRequest } from "../../plan/editing/session.ts";
import { isEdit } from "../../plan/editing/types.ts";
import type { EndAnswer, StepRequest } from "../../report/edit-state.ts";
import type { ServedPage } from "../../report/html.ts";
import type { Desk } from "./desk.ts";
import { isRoute, judgeRequest, type Route, safeHeaders } from "./guard.ts";
import type { Answer, Door } from "./tools.ts";

/** More than any step is: a group of 20,000 members in one request. */
const MOST_BYTES = 1_000_000;

/** What a door leads to. */
export interface DoorParts {
  readonly desk: Desk;
  readonly page: ServedPage;
  readonly isToken: (text: string) => boolean;
  /** Ends the command; tells how it ended. */
  readonly end: () => Promise<EndAnswer>;
  /** Reports a fault of markify itself; gives the words for the page. */
  readonly report: (error: unknown) => Promise<string>;
}

/** Makes it. */
export function makeDoor({ desk, page, isToken, end, report }: DoorParts): Door {
  const safe = safeHeaders(page.policy);
  const answerWith = (status: number, type: string, body: string): Answer => ({
    ...{ status, body },
    headers: { ...safe, "content-type": `${type}; charset=utf-8` },
  });
  const json = (value: unknown, status = 200) =>
    answerWith(status, "application/json", JSON.stringify(value));
  const refusal = (status: number, why: string) => json({ why }, status);
  const routes: Readonly<Record<Route, (body: string) => Promise<Answer>>> = {
    "/": async () => answerWith(200, "text/html", page.html),
    "/data": async () => json(await desk.data()),
    "/state": async () => json(desk.state()),
    "/tick": async () => json(await desk.tick()),
    "/step": async (body) => {
      const request = readStep(body);
      return request === null
        ? refusal(400, "that is no step that this version of markify knows")
        : json(await desk.step(request));
    },
    "/end": async () => json(await end()),
  };
  return {
    mostBytes: MOST_BYTES,
    tooLarge: refusal(413, `a step has ${MOST_BYTES} bytes at most`),
    refuse: (head, port) => {
      const { refusal: refused } = judgeRequest(head, { port, isToken });
      return refused === undefined ? null : refusal(refused.status, refused.why);
    },
    answer: async ({ target }, body) => {
      if (!isRoute(target)) return refusal(404, "there is nothing of that name");
      try {
        return await routes[target](body);
      } catch (error) {
        return refusal(500, await report(error));
      }
    },
  };
}

const STEPS: readonly EditRequest["kind"][] = ["undo", "redo", "again", "leave"];

function readStep(body: string): StepRequest | null {
  const value = parseJson(body);
  if (typeof value !== "object" || value === null || !("revision" in value) || !("request" in value))
    return null;
  const { revision, request } = value;
  if (typeof revision !== "number" || !isRequest(request)) return null;
  return { revision, request };
}

function isRequest(value: unknown): value is EditRequest {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "edit") return "edit" in value && isEdit(value.edit);
  return STEPS.some((kind) => kind === value.kind);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

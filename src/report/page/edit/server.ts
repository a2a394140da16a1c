/**
 * The server behind a served page, the secret that opens it, and the clock: all that such a page has from outside.
 */
import { parseHarmless } from "../harmless.ts";

/** As the guard of the server has it. */
const TOKEN_HEADER = "x-markify-token";

/** In this tab alone: another page that a browser opens has none of it. */
const KEY = "markify-token";

/** Takes the secret out of the address, where nobody should see it or send it on; null where none was ever there. */
export function takeToken(): string | null {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (token !== undefined) {
    sessionStorage.setItem(KEY, token);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY);
}

/** Does something after so many milliseconds. */
export function later(pause: number, work: () => void): void {
  setTimeout(work, pause);
}

/** A refusal of the server, in its words. */
export class Refused extends Error {}

/** Asks the server; throws Refused where it answers and does not do it, and anything else where it does not answer. */
export async function ask<Value>(token: string, path: string, body?: unknown): Promise<Value> {
  const answer = await fetch(path, {
    ...{ cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" },
    ...(body === undefined
      ? { headers: { [TOKEN_HEADER]: token } }
      : {
          method: "POST",
          headers: { [TOKEN_HEADER]: token, "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
  });
  const text = await answer.text();
  if (answer.ok) return parseHarmless(text);
  const { why }: { readonly why?: string } = parseHarmless(text);
  throw new Refused(why ?? `the server answers ${answer.status}`);
}

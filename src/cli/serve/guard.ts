/**
 * Which requests are let in: those of the page itself, on this machine, with the secret from its address. Everything else is refused before its body is read.
 *
 * Another page in the same browser can send requests here, but it can't leave out its own Origin, can't know the secret, and gets no leave to send the header that carries it
 * (no CORS). A name that leads to 127.0.0.1 (DNS rebinding) has another Host. Another user of the machine can reach the port, and has no secret.
 */
import type { RequestHead } from "./tools.ts";

/** What can be asked for, and how. */
const ROUTES = {
  "/": "GET",
  "/data": "GET",
  "/state": "GET",
  "/tick": "GET",
  "/step": "POST",
  "/end": "POST",
} as const;

/** One of them. */
export type Route = keyof typeof ROUTES;

/** The header that carries the secret. */
export const TOKEN_HEADER = "x-markify-token";

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
}

/** Whom the guard lets in. */
export interface GuardOrders {
  readonly port: number;
  /** Whether a text is the secret. */
  readonly isToken: (text: string) => boolean;
}

/** The route of a request that may come in, or why it may not. */
export function judgeRequest(
  { method, target, headers }: RequestHead,
  { port, isToken }: GuardOrders,
): { readonly route: Route; readonly refusal?: undefined } | { readonly refusal: Refusal } {
  const refuse = (status: number, why: string) => ({ refusal: { status, why } });
  const host = `127.0.0.1:${port}`;
  const { origin } = headers;
  if (headers.host !== host) return refuse(403, `only ${host} is served here`);
  if (origin !== undefined && origin !== `http://${host}`) return refuse(403, "another origin is not served");
  if (!isRoute(target)) return refuse(404, "there is nothing of that name");
  const wanted = ROUTES[target];
  if (method !== wanted) return refuse(405, `only ${wanted} is answered here`);
  // The bare page holds nothing of anybody, and a browser that opens an address can send no header.
  if (target === "/") return { route: target };
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return refuse(403, "another site is not served");
  const token = headers[TOKEN_HEADER];
  if (typeof token !== "string")
    return refuse(403, "the secret is missing: open the address that markify printed");
  if (!isToken(token)) return refuse(403, "that is not the secret: open the address that markify printed");
  if (wanted === "POST") {
    if (origin === undefined) return refuse(403, "changes need an origin");
    const type = headers["content-type"];
    if (typeof type !== "string" || !/^application\/json\s*(;|$)/i.test(type))
      return refuse(415, "changes are sent as JSON");
  }
  return { route: target };
}

/** Whether there is such a route. */
export function isRoute(target: string): target is Route {
  return Object.hasOwn(ROUTES, target);
}

/** Headers of every answer. */
export function safeHeaders(policy: string): Readonly<Record<string, string>> {
  return {
    "content-security-policy": policy,
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
  };
}

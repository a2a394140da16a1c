/**
 * A server on this machine alone. It knows nothing of what it serves: who comes in and what is answered is the door's business.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { InternalError } from "../../text/internal-error.ts";
import type { Answer, Door, Listening, RequestHead } from "./tools.ts";

/** Milliseconds that requests on their way have when the server closes: somebody may send or read without an end. */
const PATIENCE = 2000;

/** Listens. */
export function listen(door: Door): Promise<Listening> {
  let port = 0;
  const open = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answered = answerRequest(request, response, door, port).catch(() => void response.destroy());
    open.add(answered);
    void answered.then(() => open.delete(answered));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new InternalError("no port"));
      port = address.port;
      const close = async (): Promise<void> => {
        const ended = new Promise<void>((done) => void server.close(() => done()));
        // Also the one that asked for the end is answered.
        await within(PATIENCE, Promise.all(open));
        server.closeAllConnections();
        await ended;
      };
      resolve({ port, close });
    });
  });
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
  port: number,
): Promise<void> {
  const head: RequestHead = {
    method: request.method ?? "",
    target: request.url ?? "",
    headers: request.headers,
  };
  const refused = door.refuse(head, port);
  if (refused !== null) return end(request, response, refused, true);
  // Nobody waits for the body of a request that needs none: it may never come.
  if (head.method === "GET") return end(request, response, await door.answer(head, ""), hasBody(request));
  const body = await readBody(request, door.mostBytes);
  if (body === null) return end(request, response, door.tooLarge, true);
  return end(request, response, await door.answer(head, body), false);
}

/** Whether a body was announced. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

/** Null where it is too large. */
async function readBody(request: IncomingMessage, mostBytes: number): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return null;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > mostBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Resolves when the answer is out. `isLast`: the rest of the request is not read, so the connection can't go on. */
function end(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  isLast: boolean,
): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", resolve);
    const last = isLast ? { connection: "close" } : {};
    response.writeHead(status, { ...headers, ...last, "content-length": Buffer.byteLength(body) });
    response.end(body, () => {
      if (isLast) request.destroy();
      resolve();
    });
  });
}

/** Waits for the end of the work, but no longer than this. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}

/** `markify review PLAN --serve` with a real server, a disk in memory and a proof in this thread; pages and requests are tests' business. */
import { request as httpRequest } from "node:http";
import { resolve } from "node:path";
import { run } from "../../../src/cli/main.ts";
import type { Io } from "../../../src/cli/io.ts";
import { makeServeTools } from "../../../src/cli/serve/node-tools.ts";
import { proveText } from "../../../src/cli/serve/prove-text.ts";
import type { ProofOrder, ProofOutcome, ServeTools } from "../../../src/cli/serve/tools.ts";
import { makeSession } from "../../../src/cli/session.ts";
import type { Edit } from "../../../src/plan/editing/types.ts";
import type { ServedData, StepAnswer } from "../../../src/report/edit-state.ts";
import { buildPage } from "../../support/build-page.ts";
import { HOME, type Outcome, runIn } from "../fake-io.ts";

/** What a raw request came to. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A command that serves. */
export interface Serving {
  /** As it was printed. */
  readonly url: string;
  readonly origin: string;
  readonly token: string;
  /** Of the plan, now. */
  readonly text: () => Promise<string>;
  readonly setText: (text: string) => Promise<void>;
  /** Writes another file, by its path below the home. */
  readonly write: (file: string, text: string) => Promise<void>;
  /** A request with these headers and no other. */
  readonly raw: (
    method: string,
    target: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ) => Promise<RawAnswer>;
  /** As the page asks. */
  readonly get: <Value>(target: string) => Promise<Value>;
  readonly data: () => Promise<ServedData>;
  readonly step: (revision: number, request: object) => Promise<StepAnswer>;
  readonly edit: (revision: number, edit: Edit) => Promise<StepAnswer>;
  /** Ends it as a signal does. */
  readonly interrupt: () => void;
  readonly outcome: Promise<Outcome>;
}

/** How proofs are run; as in the program, but in this thread, where it is missing. */
type Prover = ServeTools["startProof"];

/** Begins. */
export async function serve(
  files: Readonly<Record<string, string>>,
  planPath: string,
  changes: {
    readonly startProof?: Prover;
    readonly wrap?: (io: Io) => Io;
    readonly argv?: readonly string[];
  } = {},
): Promise<Serving> {
  let io: Io | null = null;
  let interrupt = (): void => {};
  const proveHere: Prover = (order, tell) => {
    let isOver = false;
    setImmediate(() => {
      if (!isOver) void prove(io!, order).then((outcome) => void (isOver || tell(outcome)));
    });
    return () => {
      isOver = true;
    };
  };
  const tools: ServeTools = {
    ...makeServeTools(),
    readPageParts: () => buildPage("served"),
    startProof: changes.startProof ?? proveHere,
    onInterrupt: (end) => {
      interrupt = end;
      return () => {};
    },
  };
  let printed = (_url: string): void => {};
  const url = new Promise<string>((resolveUrl) => {
    printed = resolveUrl;
  });
  const argv = ["review", planPath, "--serve", "--lint-budget", "0", ...(changes.argv ?? [])];
  const outcome = runIn(files, argv, { loadServing: async () => tools }, "", (made) => {
    const stdout: Io["stdout"] = async (text) => {
      await made.stdout(text);
      printed(String(text).trim());
    };
    io = { ...(changes.wrap ?? ((each) => each))(made), stdout };
    return run(argv, io);
  });
  const first = await Promise.race([url, outcome]);
  if (typeof first !== "string") throw new Error(`it ended with ${first.code}: ${first.stderr}`);
  return makeServing(
    first,
    () => io!,
    resolve(HOME, planPath),
    outcome,
    () => interrupt(),
  );
}

function prove(io: Io, order: ProofOrder): Promise<ProofOutcome> {
  return proveText(makeSession(io, "never"), order, { packets: 500 });
}

function makeServing(
  url: string,
  io: () => Io,
  path: string,
  outcome: Promise<Outcome>,
  interrupt: () => void,
): Serving {
  const { origin, hash } = new URL(url);
  const token = hash.replace("#token=", "");
  const raw: Serving["raw"] = (method, target, headers = {}, body = "") =>
    new Promise((done, fail) => {
      const asked = httpRequest(origin, { method, path: target, headers, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("end", () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      });
      asked.on("error", fail);
      asked.end(body);
    });
  const own = { "x-markify-token": token };
  const write = (to: string, text: string) =>
    io().writeFiles([{ path: to, bytes: Buffer.from(text, "latin1") }]);
  const get = async <Value>(target: string): Promise<Value> =>
    JSON.parse((await raw("GET", target, own)).body);
  const step: Serving["step"] = async (revision, request) => {
    const headers = { ...own, origin, "content-type": "application/json" };
    return JSON.parse((await raw("POST", "/step", headers, JSON.stringify({ revision, request }))).body);
  };
  return {
    ...{ url, origin, token, raw, get, step, outcome, interrupt },
    text: async () => Buffer.from(await io().readFile(path)).toString("latin1"),
    setText: (text) => write(path, text),
    write: (file, text) => write(resolve(HOME, file), text),
    data: () => get<ServedData>("/data"),
    edit: (revision, edit) => step(revision, { kind: "edit", edit }),
  };
}

/**
 * The real tools for editing in the browser: Node's server, a worker thread for the proof, its random numbers, and signals.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Worker } from "node:worker_threads";
import { readPageParts } from "../node-files.ts";
import { listen } from "./listen.ts";
import type { ProofOrder, ProofOutcome, ServeTools } from "./tools.ts";

/** Signals that ask a program to end. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Makes them. */
export function makeServeTools(): ServeTools {
  return {
    readPageParts: () => readPageParts("served.js"),
    listen,
    startProof,
    makeToken: () => randomBytes(32).toString("base64url"),
    isSame: isSameText,
    onInterrupt,
  };
}

/** Digests are of one length, whatever the texts are. */
export function isSameText(text: string, secret: string): boolean {
  const [one, other] = [text, secret].map((each) => createHash("sha256").update(each).digest());
  return timingSafeEqual(one!, other!);
}

/** In a worker: the proof takes all of a thread, and can be ended in the middle of it. */
function startProof(order: ProofOrder, tell: (outcome: ProofOutcome) => void): () => void {
  const worker = new Worker(new URL("./proof-worker.js", import.meta.url), { workerData: order });
  let isOver = false;
  const end = (outcome: ProofOutcome): void => {
    if (isOver) return;
    isOver = true;
    tell(outcome);
    void worker.terminate();
  };
  worker.on("message", end);
  worker.on("error", (error) => end({ kind: "failed", why: `the proof has failed: ${error.message}` }));
  worker.on("exit", () => end({ kind: "failed", why: "the proof has ended without an answer" }));
  return () => {
    isOver = true;
    void worker.terminate();
  };
}

/** The first signal asks; the next one has its usual effect. */
function onInterrupt(end: () => void): () => void {
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, ask);
  };
  const ask = (): void => {
    release();
    end();
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  return release;
}

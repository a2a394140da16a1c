/**
 * Worker thread: proves the plan that it is given, and posts what came of it. It is ended from outside when the plan has changed meanwhile.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { makeNodeIo } from "../node-io.ts";
import { makeSession } from "../session.ts";
import { proveText } from "./prove-text.ts";
import type { ProofOrder } from "./tools.ts";

if (!isMainThread && parentPort !== null) {
  const order: ProofOrder = workerData;
  // What it has to say goes to the page.
  const session = makeSession({ ...makeNodeIo(), stderr: () => {}, stderrIsTerminal: false }, "never");
  parentPort.postMessage(await proveText(session, order));
}

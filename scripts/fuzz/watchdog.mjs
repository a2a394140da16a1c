/**
 * Notices that the main thread hangs: a thread of its own looks at what is read at the moment, writes a text that takes for ever to a file, and ends the process.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const LARGEST = 1 << 20;
const EVERY = 1000;

/** Starts it; the function that comes back is told each text before it is read. */
export function startWatchdog(folder, name, limitMs) {
  const shared = new SharedArrayBuffer(8 + LARGEST);
  const head = new Int32Array(shared, 0, 2);
  const worker = new Worker(new URL(import.meta.url), { workerData: { shared, folder, name, limitMs } });
  worker.unref();
  return (bytes) => {
    const size = Math.min(bytes.length, LARGEST);
    new Uint8Array(shared, 8).set(bytes.subarray(0, size));
    Atomics.store(head, 1, size);
    Atomics.add(head, 0, 1);
  };
}

function watch({ shared, folder, name, limitMs }) {
  const head = new Int32Array(shared, 0, 2);
  let [last, since] = [0, Date.now()];
  setInterval(() => {
    const now = Atomics.load(head, 0);
    if (now !== last) [last, since] = [now, Date.now()];
    else if (Date.now() - since > limitMs) {
      const path = join(folder, `${name}-hangs.rules`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, new Uint8Array(shared, 8, Atomics.load(head, 1)));
      process.stderr.write(`${path}: hangs\n`);
      process.kill(process.pid, "SIGKILL");
    }
  }, EVERY);
}

if (!isMainThread && workerData?.shared !== undefined) watch(workerData);

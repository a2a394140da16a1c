/**
 * markify as it is, but for its machine: calls of it fail, hang, or are the last ones that this process makes, as the first argument says (`Faults`, JSON). Bundled
 * for a process of its own (`command.ts`).
 */
import { appendFileSync } from "node:fs";
import { limitHeapGrowth } from "../../../src/cli/heap.ts";
import { run } from "../../../src/cli/main.ts";
import { makeNodeIo } from "../../../src/cli/node-io.ts";
import { listenToStreams } from "../../../src/cli/node-streams.ts";
import { type Faults, withFaults } from "./with-faults.ts";

limitHeapGrowth();
listenToStreams();
const faults: Faults = JSON.parse(process.argv[2]!);
const io = makeNodeIo();
const trace = (call: string): void => {
  if (faults.trace !== undefined) appendFileSync(faults.trace, `${call}\n`);
};
process.exitCode = await run(process.argv.slice(3), {
  ...io,
  openSystem: async (stateDir) => withFaults(await io.openSystem(stateDir), faults, trace),
  // Limits of calls only: the machine's own times are real.
  startTimer: (seconds, ring) => io.startTimer(seconds * (faults.pace ?? 1), ring),
});

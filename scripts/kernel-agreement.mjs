/**
 * Kernel against evaluator at length: test/kernel/model.test.ts over corpus/ and the shared corpus beside the project, with many packets, and the totals.
 *
 *     node scripts/kernel-agreement.mjs [PACKETS FOR EACH TABLE]      default: 1500; root, Linux
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [packets = "1500"] = process.argv.slice(2);
if (!(Number(packets) > 0)) {
  console.error(`kernel-agreement: a number of packets expected, found ${packets}`);
  process.exit(2);
}
if (!existsSync(`${root}/../shared/corpus`))
  console.error("SKIPPED: the shared corpus: it is not beside the project");
const env = { ...process.env, CI: "true", MARKIFY_KERNEL_PACKETS: packets, MARKIFY_KERNEL_SHARED: "1" };
const argv = ["vitest", "run", "test/kernel/model.test.ts"];
const run = spawnSync("npx", argv, { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 30 });
const lines = run.stdout.split("\n").filter((line) => line.includes("agreement {"));
const found = lines.map((line) => JSON.parse(line.slice(line.indexOf("{"))));

const totals = new Map();
const reasons = new Map();
for (const { backend, compared, silent, notSent, disagreements } of found) {
  const total = totals.get(backend) ?? { rulesets: 0, compared: 0, silent: 0, notSent: 0, disagreements: 0 };
  total.rulesets++;
  total.compared += compared;
  total.silent += silent;
  total.disagreements += disagreements;
  for (const { reason, packets: count } of notSent) {
    total.notSent += count;
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  totals.set(backend, total);
}
for (const [backend, total] of totals) console.log(backend, JSON.stringify(total));
for (const [reason, count] of reasons) console.log(`not sent: ${count}: ${reason}`);
if (run.status !== 0) console.log(run.stdout.slice(-20_000), run.stderr.slice(-20_000));
process.exitCode = run.status ?? 1;

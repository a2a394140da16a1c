/**
 * Runs the property tests again and again with fresh seeds, more cases than usual each time, until the time is up or one fails.
 *
 *     npm run fuzz -- [MINUTES] [TEST FILE...]
 *
 * A failure prints its seed: `MARKIFY_SEED=… MARKIFY_EFFORT=… npx vitest run FILE` shows it again. Kernel tests take part where they can run.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";

const PROPERTY_TESTS = [
  "test/cluster",
  "test/rewrite/random.test.ts",
  "test/verify",
  "test/syntax",
  "test/model/address.test.ts",
  "test/plan/file.test.ts",
  "test/report/diff.test.ts",
  "test/kernel/packets.test.ts",
];
const EFFORT = "5";

const [minutes = "10", ...files] = process.argv.slice(2);
if (!(Number(minutes) > 0)) {
  console.error(`fuzz: minutes expected, found ${minutes}`);
  process.exit(2);
}
const end = Date.now() + Number(minutes) * 60_000;
let runs = 0;
do {
  const seed = String(randomInt(1, 2 ** 31));
  const env = { ...process.env, MARKIFY_SEED: seed, MARKIFY_EFFORT: EFFORT };
  const argv = ["vitest", "run", "--silent=passed-only", ...(files.length > 0 ? files : PROPERTY_TESTS)];
  console.log(`seed ${seed}`);
  const { status } = spawnSync("npx", argv, { env, stdio: "inherit" });
  if (status !== 0) {
    console.log(`failed: MARKIFY_SEED=${seed} MARKIFY_EFFORT=${EFFORT} npx ${argv.slice(0, 2).join(" ")}`);
    process.exit(1);
  }
  runs++;
} while (Date.now() < end);
console.log(`${runs} runs, no failure`);

/**
 * All faults of the machine in all ways through `markify apply --live`, in namespaces (needs root): node scripts/apply-faults.mjs [--only REGEX] [--lanes N]
 * The tests try a part of it (test/apply/live/). Exit 1 where something ended in a third state.
 */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const { values } = parseArgs({
  options: { only: { type: "string", default: "." }, lanes: { type: "string", default: "4" } },
});
const folder = mkdtempSync(join(tmpdir(), "markify-faults-"));
symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
const bundle = await rolldown({
  input: "test/apply/live/full-matrix.ts",
  platform: "node",
  external: ["rolldown", "vitest"],
});
await bundle.write({ file: join(folder, "main.mjs"), format: "esm" });
await bundle.close();
const { runAll } = await import(pathToFileURL(join(folder, "main.mjs")).href);
const wrong = await runAll(new RegExp(values.only), Number(values.lanes));
rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong === 0 ? 0 : 1;

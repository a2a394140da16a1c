/** Products that a tool has compiled into chains and that would make the file longer: told, and taken where a person wants them. */
import { expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { filterTable } from "../support/small-tables.ts";

const PLAN = "old.rules.markify.yaml";

const COMPILED = filterTable([
  "-A FORWARD -p tcp -m tcp --dport 22 -j Cid1.0",
  "-A FORWARD -j DROP",
  ...[1, 2, 3].map((host) => `-A Cid1.0 -s 10.0.0.${host}/32 -j Cid1.1`),
  ...[1, 2, 3].map((host) => `-A Cid1.1 -d 10.9.0.${host}/32 -j ACCEPT`),
]);

const rulesOf = (text = ""): readonly string[] => text.split("\n").filter((line) => line.startsWith("-A"));
const run = async (files: Record<string, string>, ...argv: readonly string[]) => await runIn(files, argv);

test("they stay as they are, and it is said what they would cost", async () => {
  const { stderr, files } = await run({ "old.rules": COMPILED }, "import", "old.rules");
  expect(stderr).toContain(
    "note COMPILED_CHAINS_STAY: old.rules: 1 product that is compiled into chains stays as it is, since the file would grow by 8 rules: Cid1.0",
  );
  expect(files[PLAN]).not.toContain("R-");
});

test("--compiled-chains takes them; the plan remembers it, the file is equal, and a second import has nothing to do", async () => {
  const first = await run({ "old.rules": COMPILED }, "import", "old.rules", "--compiled-chains");
  expect(first.stderr).not.toContain("COMPILED_CHAINS_STAY");
  expect(first.files[PLAN]).toContain("compiledChains: true");
  const applied = await run({ ...first.files }, "apply", PLAN, "-o", "new.rules");
  expect(applied.code).toBe(0);
  expect(applied.files["new.rules"]).not.toContain("Cid1");
  expect(rulesOf(applied.files["new.rules"]).length - rulesOf(COMPILED).length).toBe(8);
  const again = await run(applied.files, "import", "new.rules", "-o", "again.yaml");
  const once = await run(again.files, "apply", "again.yaml", "-o", "again.rules");
  expect(rulesOf(once.files["again.rules"])).toEqual(rulesOf(applied.files["new.rules"]));
});

test("--no-compiled-chains takes it back, and says so", async () => {
  const { files } = await run({ "old.rules": COMPILED }, "import", "old.rules", "--compiled-chains");
  const { stderr, files: after } = await run(
    files,
    "import",
    "old.rules",
    "--no-compiled-chains",
    "--overwrite",
  );
  expect(stderr).toContain("compiledChains: true -> false");
  expect(after[PLAN]).not.toContain("compiledChains");
});

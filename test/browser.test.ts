/** What a page would need runs without Node: no import on the way from the library's entry leads to a module of Node, or to the parts that are Node's. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readSources } from "./support/read-sources.ts";

const sources = readSources(fileURLToPath(new URL("../src", import.meta.url)));

/** All files and packages that a file leads to. */
function reachable(entry: string): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source.imports]));
  const seen = new Set([entry]);
  // A set grows while it is walked: every file added is visited too.
  for (const path of seen) for (const next of byPath.get(path) ?? []) seen.add(next);
  return seen;
}

test.each(["index.ts", "verify/verify.ts", "verify/explain/explain.ts", "report/page/main.tsx"])(
  "%s needs nothing of Node",
  (entry) => {
    const all = [...reachable(entry)];
    expect(all.length).toBeGreaterThan(20);
    const isNodes = (path: string): boolean =>
      path.startsWith("node:") || path.startsWith("cli/") || path.startsWith("verify/kernel/");
    expect(all.filter(isNodes)).toEqual([]);
  },
);

test("and the command line does, so that the test can fail", () => {
  expect([...reachable("cli/node-io.ts")].some((path) => path.startsWith("node:"))).toBe(true);
});

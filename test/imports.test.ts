/** Imports point one way, and files stay small: reads every source (type imports included) and shows that the checker can fail. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findImportFaults } from "./support/import-rules.ts";
import { readFacts, readSources } from "./support/read-sources.ts";

const sources = readSources(fileURLToPath(new URL("../src", import.meta.url)));

/** Made-up sources from `path <- import, import` lines. */
function madeUp(...lines: readonly string[]) {
  return lines.map((line) => {
    const [path, imports = ""] = line.split(" <- ");
    return { path: path!, imports: imports.split(", ").filter((name) => name !== ""), globals: [] };
  });
}

describe("the sources", () => {
  test("import one way, without rings, and reach outside only where that is allowed", () => {
    expect(sources.length).toBeGreaterThan(5);
    expect(findImportFaults(sources)).toEqual([]);
  });

  test("have no file over 400 lines, and half of them have 120 or fewer", () => {
    expect(
      sources.filter((file) => file.lines > 400).map((file) => `${file.path}: ${file.lines} lines`),
    ).toEqual([]);
    const sizes = sources.map((file) => file.lines).sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(120);
  });

  test("have no function over 50 lines, and no file that imports more than 12 others", () => {
    const long = sources.flatMap((file) =>
      file.functions
        .filter((found) => found.lines > 50)
        .map((found) => `${file.path}: ${found.name}: ${found.lines} lines`),
    );
    expect(long).toEqual([]);
    const isTableOfContents = (path: string) => path === "index.ts";
    const busy = sources.filter((file) => new Set(file.imports).size > 12 && !isTableOfContents(file.path));
    expect(busy.map((file) => `${file.path}: ${new Set(file.imports).size} imports`)).toEqual([]);
  });

  test("open with a doc comment", () => {
    expect(sources.filter((file) => !file.opensWithDocComment).map((file) => file.path)).toEqual([]);
  });
});

describe("the checker", () => {
  test.each([
    ["model/a.ts <- plan/b.ts", "plan comes after model"],
    ["text/a.ts <- syntax/b.ts", "syntax comes after text"],
    ["rewrite/a.ts <- cli/b.ts", "cli comes after rewrite"],
    ["plan/a.ts <- index.ts", "index.ts comes after plan"],
    ["verify/a.ts <- rewrite/b.ts", "verify may import only model and text"],
    ["verify/a.ts <- syntax/b.ts", "verify may import only model and text"],
    ["cli/a.ts <- helpers/b.ts", "helpers is no stage"],
  ])("refuses %s", (line, fault) => {
    const target = line.split(" <- ")[1]!;
    expect(findImportFaults(madeUp(line, target)).join("\n")).toContain(fault);
  });

  test.each([
    ["plan/a.ts <- node:fs", "plan/a.ts imports node:fs"],
    ["verify/a.ts <- node:child_process", "verify/a.ts imports node:child_process"],
    ["model/build.ts <- ip-cidr", "only model/address may"],
    ["model/a.ts <- model/gone.ts", "which is not there"],
  ])("refuses %s", (line, fault) => {
    expect(findImportFaults(madeUp(line)).join("\n")).toContain(fault);
  });

  test("finds rings of files and of stages", () => {
    expect(findImportFaults(madeUp("model/a.ts <- model/b.ts", "model/b.ts <- model/a.ts"))).toEqual([
      "ring: model/a.ts -> model/b.ts -> model/a.ts",
    ]);
    const stages = madeUp(
      "emit/a.ts <- rewrite/b.ts",
      "rewrite/b.ts",
      "rewrite/c.ts <- emit/d.ts",
      "emit/d.ts",
    );
    expect(findImportFaults(stages)).toEqual(["ring of stages: emit -> rewrite -> emit"]);
  });

  test("accepts what is allowed", () => {
    const files = madeUp(
      "cli/a.ts <- node:fs, report/b.ts, text/c.ts",
      "report/b.ts <- verify/d.ts",
      "verify/d.ts <- model/address.ts, text/c.ts",
      "model/address.ts <- ip-cidr, text/c.ts",
      "text/c.ts",
    );
    expect(findImportFaults(files)).toEqual([]);
  });

  test("reads type imports, re-exports, import() and globals", () => {
    const text = [
      'import type { A } from "../cli/a.ts";',
      'import { type B } from "./b.ts";',
      'export * from "../model/c.ts";',
      'const d: import("./d.ts").D = await import("./e.ts");',
      "const now = Date.now() + Math.random() + process.argv.length;",
      "const old = new Date(0), today = new Date();",
    ].join("\n");
    const facts = readFacts("plan/x.ts", text);
    expect(facts.imports).toEqual(["cli/a.ts", "plan/b.ts", "model/c.ts", "plan/d.ts", "plan/e.ts"]);
    expect(facts.globals).toEqual(["Date.now", "Math.random", "process", "new Date()"]);
    expect(facts.opensWithDocComment).toBe(false);
    expect(findImportFaults([{ path: "plan/x.ts", imports: [], globals: facts.globals }])).toHaveLength(4);
  });
});

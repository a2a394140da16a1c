/**
 * Random scripts that real shells have run with the real iptables, each in a network namespace of its own, against the same scripts read. Refusing a script is always allowed;
 * reading another ruleset than a run leaves is not, in whatever world that was. A run that ends in an error counts only where markify has not said
 * that it takes it for not happened.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Input, NO_INPUT_OPTIONS, readInput } from "../../src/import/input.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { EFFORT } from "../support/seed.ts";
import { describeKernel, loadAndSave, type NormalSave, normaliseSaved } from "./harness.ts";
import { type RandomScript, scripts, singles, type World, worldsOf } from "./script-worlds.ts";

const PROGRAMS = ["iptables", "iptables-restore", "iptables-save"];

let folder = "";

interface Run {
  readonly status: number;
  readonly rules: NormalSave;
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

/** Runs the script in a world. */
function runIn(world: World, script: string): Run {
  const work = join(folder, "work");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  write("maybe", `#!/bin/sh\nexit ${world.succeeds ? 0 : 1}\n`);
  write("value", `#!/bin/sh\necho "${world.value}"\n`);
  if (world.succeeds) write("work/flag", "");
  write("work/lib", "a=lib\n");
  write("work/script", script);
  const program = `cd ${work}; timeout 20 ${world.shell.join(" ")} ./script start >/dev/null 2>&1; echo "=== $?"; iptables-save`;
  const run = spawnSync("unshare", ["-n", "sh", "-c", program], {
    encoding: "utf8",
    env: { PATH: `${folder}:${process.env.PATH}`, ...world.env },
    input: "",
  });
  const [, status = "", rules = ""] = /=== (\d+)\n([\s\S]*)$/u.exec(run.stdout) ?? [];
  expect(status, run.stderr).not.toBe("");
  return { status: Number(status), rules: normaliseSaved(rules) };
}

/** The kernel's text of what was read. */
function load(input: Input): NormalSave | string {
  const [ruleset] = input.rulesets;
  if (ruleset === undefined) return {};
  const loaded = loadAndSave({ family: "v4", backend: "legacy", text: ruleset.file.text });
  return loaded.ok ? normaliseSaved(loaded.saved) : loaded.errors;
}

/** What markify makes of a script, against every world. */
function judge({ shebang, text }: RandomScript): {
  readonly kind: "refused" | "same" | "different";
  readonly text: string;
} {
  const input = readInput(makeSourceFile("script", text), NO_INPUT_OPTIONS);
  if (input.diagnostics.some(({ severity }) => severity === "error")) return { kind: "refused", text };
  const mine = load(input);
  const isAssumed = input.diagnostics.some(({ code }) => code === "SCRIPT_EXIT_ASSUMED");
  for (const world of worldsOf(shebang)) {
    const { status, rules } = runIn(world, text);
    if (status !== 0 && isAssumed) continue;
    if (isDeepStrictEqual(mine, rules)) continue;
    const shown = [mine, rules].map((save) =>
      typeof save === "string" ? save : JSON.stringify(save.filter?.INPUT),
    );
    return {
      kind: "different",
      text: `${text}\n${world.shell.join(" ")} ${world.succeeds}: ${shown.join("\nnot ")}`,
    };
  }
  return { kind: "same", text };
}

describeKernel("scripts in several worlds", () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "markify-worlds-"));
    const multi = spawnSync("sh", ["-c", "command -v xtables-legacy-multi"], {
      encoding: "utf8",
    }).stdout.trim();
    for (const name of PROGRAMS) symlinkSync(multi, join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("each fragment alone", () => {
    const results = singles(EFFORT > 1).map(judge);
    expect(results.filter(({ kind }) => kind === "different").map(({ text }) => text)).toEqual([]);
    // A reader that refuses everything would pass.
    expect(results.filter(({ kind }) => kind === "same").length).toBeGreaterThan(results.length / 3);
  });

  test("random scripts", () => {
    fc.assert(
      fc.property(scripts(), (script) => {
        const { kind, text } = judge(script);
        expect(kind, text).not.toBe("different");
      }),
      { numRuns: 150 * EFFORT },
    );
  });
});

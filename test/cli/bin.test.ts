/** The built program as a process: streams, exit codes, files, interruption. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FLAT, FLAT_V6, OTHER } from "./rulesets.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript")), "../bin/tsc");
let home = "";
let bin = "";

beforeAll(() => {
  // Beside the sources, so that the program finds its packages and its package.json; a folder of its own, so that it can't be stale.
  const build = mkdtempSync(join(ROOT, "node_modules/.markify-test-"));
  home = mkdtempSync(join(tmpdir(), "markify-test-"));
  execFileSync(process.execPath, [
    TSC,
    "-p",
    join(ROOT, "tsconfig.build.json"),
    "--outDir",
    join(build, "dist"),
  ]);
  writeFileSync(join(build, "package.json"), readFileSync(join(ROOT, "package.json")));
  bin = join(build, "dist/cli/bin.js");
});

afterAll(() => {
  for (const folder of [home, dirname(dirname(dirname(bin)))])
    rmSync(folder, { recursive: true, force: true });
});

/** A new folder with these files. */
function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(home, "case-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

function markify(cwd: string, argv: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], {
    cwd,
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("import, review, apply, verify", () => {
  const cwd = folder({ "old.rules": FLAT });
  expect(markify(cwd, ["import", "old.rules"]).status).toBe(0);
  expect(markify(cwd, ["review", "old.rules.markify.yaml"]).stdout).toContain("Policy rules (1)");
  expect(markify(cwd, ["apply", "old.rules.markify.yaml", "-o", "new.rules"])).toMatchObject({
    status: 0,
    stdout: "",
  });
  expect(markify(cwd, ["verify", "old.rules", "new.rules"]).stdout).toMatch(
    /^no difference in 100000 packets/,
  );
  expect(readdirSync(cwd).sort()).toEqual(["new.rules", "old.rules", "old.rules.markify.yaml"]);
});

test("reads standard input", () => {
  const cwd = folder({});
  expect(markify(cwd, ["import", "-", "-o", "p.yaml", "--json"], FLAT_V6)).toMatchObject({ status: 0 });
  expect(JSON.parse(markify(cwd, ["apply", "p.yaml", "--json"]).stdout)).toMatchObject({ result: "equal" });
});

test("ends with the codes of the table", () => {
  const cwd = folder({ old: FLAT, other: OTHER, v6: FLAT_V6, bad: "*filter\n-A\n" });
  expect(markify(cwd, ["verify", "old", "old"]).status).toBe(0);
  expect(markify(cwd, ["verify", "old", "other"]).status).toBe(1);
  expect(markify(cwd, ["import", "bad"]).status).toBe(1);
  expect(markify(cwd, ["import", "gone"]).status).toBe(2);
  expect(markify(cwd, ["verify", "old", "v6"]).status).toBe(4);
  expect(markify(cwd, ["import", "old", "-o", "bad"]).status).toBe(5);
});

test("the version is that of the package", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(markify(home, ["--version"]).stdout).toBe(`${version}\n`);
});

test("a file that is replaced keeps its permissions, and nothing half written is left beside it", () => {
  const cwd = folder({ "old.rules": FLAT, "new.rules": "" });
  execFileSync("chmod", ["600", join(cwd, "new.rules")]);
  markify(cwd, ["import", "old.rules"]);
  markify(cwd, ["apply", "old.rules.markify.yaml", "-o", "new.rules"]);
  expect(statSync(join(cwd, "new.rules")).mode & 0o777).toBe(0o600);
  expect(readdirSync(cwd).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("writes through a link, and to a device as it is", () => {
  const cwd = folder({ "old.rules": FLAT, "real.rules": "" });
  symlinkSync("real.rules", join(cwd, "link.rules"));
  markify(cwd, ["import", "old.rules"]);
  expect(markify(cwd, ["apply", "old.rules.markify.yaml", "-o", "link.rules"]).status).toBe(0);
  expect(lstatSync(join(cwd, "link.rules")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(cwd, "real.rules"), "utf8")).toContain("COMMIT");
  expect(markify(cwd, ["apply", "old.rules.markify.yaml", "-o", "/dev/null"]).status).toBe(0);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test("of two files both are written or none", () => {
  const cwd = folder({ "a.v4": FLAT, "a.v6": FLAT_V6 });
  markify(cwd, ["import", "a.v4", "a.v6", "-o", "p.yaml"]);
  // A folder stands where the second file should go.
  mkdirSync(join(cwd, "new.v6"));
  const { status, stderr } = markify(cwd, ["apply", "p.yaml", "-o", "new"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("can't write new.v4 and new.v6")]);
  expect(readdirSync(cwd).sort()).toEqual(["a.v4", "a.v6", "new.v6", "p.yaml"]);
});

test("a reader that goes away is no fault", () => {
  const cwd = folder({ old: FLAT });
  markify(cwd, ["import", "old"]);
  const script = `"${process.execPath}" "${bin}" review old.markify.yaml --diff 2>err | head -1; cat err`;
  const { stdout } = spawnSync("sh", ["-c", script], { cwd, encoding: "utf8" });
  expect(stdout).toMatch(/^old: 33 rules/);
  expect(stdout).not.toContain("EPIPE");
});

test("an interrupted check ends with 130 and leaves nothing", async () => {
  const cwd = folder({ "old.rules": FLAT });
  markify(cwd, ["import", "old.rules"]);
  const argv = [bin, "apply", "old.rules.markify.yaml", "-o", "new.rules", "--packets", "400000000"];
  const child = spawn(process.execPath, argv, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve([code, signal])));
  setTimeout(() => child.kill("SIGINT"), 1500);
  expect(await ended).toEqual([130, null]);
  expect(stderr).toContain("interrupted");
  expect(readdirSync(cwd).sort()).toEqual(["old.rules", "old.rules.markify.yaml"]);
});

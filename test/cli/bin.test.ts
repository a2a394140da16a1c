/** The built program as a process: streams, exit codes, files, interruption. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
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
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EditState } from "../../src/report/edit-state.ts";
import { FLAT, FLAT_V6, OTHER } from "./rulesets.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUNDLER = join(dirname(createRequire(import.meta.url).resolve("rolldown/package.json")), "bin/cli.mjs");
let home = "";
let build = "";
let bin = "";

beforeAll(() => {
  // Beside the sources, so that the program finds its packages and its package.json; a folder of its own, so that it can't be stale.
  build = mkdtempSync(join(ROOT, "node_modules/.markify-test-"));
  home = mkdtempSync(join(tmpdir(), "markify-test-"));
  execFileSync(process.execPath, [BUNDLER, "-c", "rolldown.config.mjs", "--dir", join(build, "dist/cli")], {
    cwd: ROOT,
  });
  writeFileSync(join(build, "package.json"), readFileSync(join(ROOT, "package.json")));
  bin = join(build, "dist/cli/bin.js");
});

afterAll(() => {
  for (const path of [home, build]) if (path !== "") rmSync(path, { recursive: true, force: true });
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
  expect(markify(cwd, ["verify", "old.rules", "new.rules"]).stdout).toMatch(/^equal, proved for all packets/);
  expect(readdirSync(cwd).sort()).toEqual(["new.rules", "old.rules", "old.rules.markify.yaml"]);
});

test("reads standard input", () => {
  const cwd = folder({});
  expect(markify(cwd, ["import", "-", "-o", "p.yaml", "--json"], FLAT_V6)).toMatchObject({ status: 0 });
  expect(JSON.parse(markify(cwd, ["apply", "p.yaml", "--json"]).stdout)).toMatchObject({ result: "equal" });
});

test("ends with the codes of the table", () => {
  // HMARK takes marks from a hash: what it does in a chain of its own can't be told.
  const odd = (chain: string, call: string): string =>
    `*filter\n:FORWARD ACCEPT [0:0]\n:x - [0:0]\n${call}-A ${chain} -j HMARK --hmark-tuple src --hmark-mod 2\nCOMMIT\n`;
  const cwd = folder({
    old: FLAT,
    other: OTHER,
    v6: FLAT_V6,
    odd: odd("FORWARD", ""),
    moved: odd("x", "-A FORWARD -j x\n"),
    bad: "*filter\n-A\n",
  });
  expect(markify(cwd, ["verify", "old", "old"]).status).toBe(0);
  expect(markify(cwd, ["verify", "old", "other"]).status).toBe(1);
  expect(markify(cwd, ["import", "bad"]).status).toBe(1);
  expect(markify(cwd, ["import", "gone"]).status).toBe(2);
  expect(markify(cwd, ["verify", "old", "v6"]).status).toBe(2);
  expect(markify(cwd, ["verify", "odd", "moved", "--family", "v4"]).status).toBe(4);
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
  expect([status, stderr]).toEqual([2, expect.stringContaining("can't write new.v6: it is a folder")]);
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

/** Runs a shell script with $M as the program. */
function shell(cwd: string, script: string) {
  const command = script.replaceAll("$M", `"${process.execPath}" "${bin}"`);
  return spawnSync("bash", ["-c", command], { cwd, encoding: "utf8" });
}

test("a standard output that takes a part only is an error, before anything is called done", () => {
  const cwd = folder({ old: FLAT });
  markify(cwd, ["import", "old"]);
  // A file may have 1024 bytes here: write(2) takes what fits, as on a disk that fills up.
  const { status, stderr } = shell(cwd, "trap '' XFSZ; ulimit -f 1; $M apply old.markify.yaml > out");
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^markify: can't write standard output: /m)]);
  expect(stderr).not.toContain("33 ->");
  expect(statSync(join(cwd, "out")).size).toBe(1024);
});

test.each([
  ["a full standard output", "$M import old --json > /dev/full", 2],
  ["help on a full standard output", "$M --help > /dev/full", 2],
  ["a full standard error", "$M apply p -o new 2> /dev/full", 2],
  ["a standard error that nobody reads", "($M apply p -o new 2>&1 >/dev/null; echo $? > code) | true", 0],
])("%s has no stack", (_, script, code) => {
  const cwd = folder({ old: FLAT });
  markify(cwd, ["import", "old", "-o", "p"]);
  const { status, stderr } = shell(cwd, `${script}; code=$?; exit $(cat code 2>/dev/null || echo $code)`);
  expect([status, stderr]).toEqual([code, expect.not.stringContaining("    at ")]);
  if (script.includes("-o new")) expect(readFileSync(join(cwd, "new"), "utf8")).toContain("COMMIT");
});

test("what comes from a pipe is kept in the plan", () => {
  const cwd = folder({ old: FLAT });
  expect(shell(cwd, "$M import <(cat old)").stderr).toContain("has no name to call the plan after");
  expect(shell(cwd, "$M import <(cat old) -o p && $M apply p -o new").status).toBe(0);
  expect(shell(cwd, "$M import /dev/stdin -o p3 < old && $M review p3 < /dev/null").status).toBe(0);
  expect(shell(cwd, "$M import /dev/stdin -o p2 < <(cat old) && $M review p2").status).toBe(0);
});

test("Ctrl-C ends a long search, and leaves nothing", async () => {
  const rules = Array.from({ length: 60_000 }, (_, at) => {
    const [a, b] = [(at * 7919) % 65_536, (at * 104_729) % 65_536];
    return `-A FORWARD -s 10.1.${a >> 8}.${a & 255}/32 -d 10.2.${b >> 8}.${b & 255}/32 -j ACCEPT`;
  });
  const cwd = folder({ old: `*filter\n:FORWARD DROP [0:0]\n${rules.join("\n")}\nCOMMIT\n` });
  const child = spawn(process.execPath, [bin, "import", "old"], { cwd, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve([code, signal])));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  child.kill("SIGINT");
  expect(await ended).toEqual([null, "SIGINT"]);
  expect(readdirSync(cwd)).toEqual(["old"]);
});

test("a signal while files are written takes the unfinished ones away", async () => {
  const cwd = folder({ "a.v4": FLAT, "a.v6": FLAT_V6 });
  markify(cwd, ["import", "a.v4", "a.v6", "-o", "p.yaml"]);
  // Nobody reads the pipe, so the writing waits there, with the other file ready beside its place.
  execFileSync("mkfifo", [join(cwd, "new.v6")]);
  const argv = [bin, "apply", "p.yaml", "-o", "new", "--packets", "3000"];
  const child = spawn(process.execPath, argv, { cwd, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve([code, signal])));
  while (!readdirSync(cwd).some((name) => name.endsWith(".tmp"))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
  expect(readdirSync(cwd).sort()).toEqual(["a.v4", "a.v6", "new.v6", "p.yaml"]);
});

describe("review --serve", () => {
  const PLAN = "old.rules.markify.yaml";

  beforeAll(() => {
    // Where the build puts it; here everything is in one folder.
    const page = join(build, "dist/cli/page");
    mkdirSync(page);
    copyFileSync(join(build, "dist/cli/served.js"), join(page, "served.js"));
    copyFileSync(join(ROOT, "src/report/page/style.css"), join(page, "style.css"));
  });

  /** Serves the plan of FLAT; `step` asks for an edit, and gives the answer. */
  async function serve() {
    const cwd = folder({ "old.rules": FLAT });
    markify(cwd, ["import", "old.rules"]);
    const child = spawn(process.execPath, [bin, "review", PLAN, "--serve"], { cwd });
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said += data.toString();
    });
    const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve([code, signal])));
    const url = await new Promise<string>((resolve) => {
      child.stdout.on("data", (data: Buffer) => resolve(data.toString().trim()));
    });
    const { origin, hash } = new URL(url);
    const headers = { "x-markify-token": hash.replace("#token=", "") };
    const getState = async (): Promise<EditState> =>
      JSON.parse(await (await fetch(`${origin}/state`, { headers })).text());
    const rename = async (revision: number, name: string) => {
      const edit = { kind: "rename", list: "groups", id: "S-10-0-1", name };
      const body = JSON.stringify({ revision, request: { kind: "edit", edit } });
      const more = { ...headers, origin, "content-type": "application/json" };
      return (await fetch(`${origin}/step`, { method: "POST", headers: more, body })).json();
    };
    return { cwd, child, ended, getState, rename, said: () => said };
  }

  test("proves beside the editing, and ends with Ctrl-C; the plan is what apply takes", async () => {
    const { cwd, child, ended, getState, rename, said } = await serve();
    // The proof that runs is ended by the next step.
    for (const [at, name] of ["S-A", "S-B", "S-C"].entries())
      expect(await rename(at + 1, name)).toMatchObject({ kind: "done" });
    let state = await getState();
    while (state.proof.kind === "running") state = await getState();
    expect(state).toMatchObject({
      ...{ revision: 4, proof: { kind: "done", check: { result: "equal", basis: "proved" } } },
    });
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(said()).toContain(`${PLAN}: 3 edits saved`);
    expect(readdirSync(cwd).sort()).toEqual(["old.rules", PLAN]);
    expect(markify(cwd, ["apply", PLAN]).stdout).toContain(":S-C ");
  });

  test("killed at any moment, it leaves the plan of one step or of the next, whole", async () => {
    const { cwd, child, ended, rename } = await serve();
    const before = readFileSync(join(cwd, PLAN), "utf8");
    let done = 0;
    const edits = (async () => {
      for (;;) {
        await rename(done + 1, `S-${done + 1}`);
        done++;
      }
    })().catch(() => {});
    while (done < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGKILL");
    await Promise.all([ended, edits]);
    const text = readFileSync(join(cwd, PLAN), "utf8");
    const states = [done, done + 1].map((at) => before.replace("name: S-10-0-1", `name: S-${at}`));
    expect(states).toContain(text);
  });
});

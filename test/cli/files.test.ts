/** Commands on real files: links, permissions, pipes. */
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../src/cli/main.ts";
import { makeNodeIo } from "../../src/cli/node-io.ts";
import { systemErrorCode } from "../../src/cli/stop.ts";
import { proveSlicesHere, runInline } from "../../src/verify/verify.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

const ROOT = mkdtempSync(join(realpathSync(tmpdir()), "markify-files-"));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

const PLAN = "old.rules.markify.yaml";

async function markify(cwd: string, ...argv: string[]) {
  const said = { stdout: "", stderr: "" };
  const code = await run(argv, {
    ...makeNodeIo(),
    cwd,
    runShards: runInline,
    loadSlices: async () => proveSlicesHere,
    stdout: async (data) => {
      said.stdout += Buffer.from(data).toString();
    },
    stderr: (text) => {
      said.stderr += text;
    },
  });
  return { code, ...said };
}

/** A folder with `old.rules`, its plan, and these links. */
async function folder(links: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = mkdtempSync(join(ROOT, "case-"));
  writeFileSync(join(cwd, "old.rules"), FLAT);
  await markify(cwd, "import", "old.rules");
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(cwd, path));
  return cwd;
}

const read = (cwd: string, path: string) => readFileSync(join(cwd, path), "utf8");

describe("what a product is made from is not overwritten, whatever leads to it", () => {
  test.each([
    ["the plan by a linked folder", { d: "." }, ["apply", PLAN, "-o", `d/${PLAN}`]],
    ["the input by a linked folder", { d: "." }, ["apply", PLAN, "-o", "d/old.rules"]],
    ["the input by a linked file", { link: "old.rules" }, ["apply", PLAN, "-o", "link"]],
    ["the plan of a linked plan", { p: PLAN }, ["apply", "p", "-o", PLAN]],
    ["an input by another path", { d: "." }, ["import", "./d/old.rules", "-o", "old.rules", "--overwrite"]],
    ["an input behind a linked plan", { p: "old.rules" }, ["import", "old.rules", "-o", "p", "--overwrite"]],
    ["one input twice", { d: "." }, ["import", "old.rules", "d/old.rules", "-o", "p"]],
  ] as const)("%s", async (_, links, argv) => {
    const cwd = await folder(links);
    const before = [read(cwd, "old.rules"), read(cwd, PLAN)];
    expect((await markify(cwd, ...argv)).code).toBe(2);
    expect([read(cwd, "old.rules"), read(cwd, PLAN)]).toEqual(before);
  });

  test("two products in one file", async () => {
    const cwd = await folder({ "new.v4": "both", "new.v6": "both" });
    writeFileSync(join(cwd, "old.v6"), FLAT_V6);
    await markify(cwd, "import", "old.rules", "old.v6", "-o", "p");
    expect((await markify(cwd, "apply", "p", "-o", "new", "--packets", "2000")).code).toBe(2);
    expect(existsSync(join(cwd, "both"))).toBe(false);
  });

  test("a second name of the input is a file of its own once it is replaced", async () => {
    const cwd = await folder();
    linkSync(join(cwd, "old.rules"), join(cwd, "hard.rules"));
    // Refused all the same: which of two names somebody calls the original can't be told.
    expect((await markify(cwd, "apply", PLAN, "-o", "hard.rules")).code).toBe(2);
  });
});

describe("writing", () => {
  const apply = (cwd: string, output: string, ...more: readonly string[]) =>
    markify(cwd, "apply", PLAN, "-o", output, "--packets", "3000", ...more);

  test("keeps the permissions of a file exactly, whatever the umask", async () => {
    const cwd = await folder();
    writeFileSync(join(cwd, "new"), "");
    chmodSync(join(cwd, "new"), 0o666);
    expect((await apply(cwd, "new")).code).toBe(0);
    expect(statSync(join(cwd, "new")).mode & 0o7777).toBe(0o666);
  });

  test.skipIf(process.getuid?.() !== 0)("keeps owner, group and all bits of a file (as root)", async () => {
    const cwd = await folder();
    writeFileSync(join(cwd, "new"), "");
    chownSync(join(cwd, "new"), 12345, 23456);
    chmodSync(join(cwd, "new"), 0o6664);
    expect((await apply(cwd, "new")).code).toBe(0);
    const { uid, gid, mode } = statSync(join(cwd, "new"));
    expect([uid, gid, mode & 0o7777]).toEqual([12345, 23456, 0o6664]);
  });

  /** Who writes has no rights of root. */
  const writeAs = async (uid: number, path: string): Promise<string> => {
    const [user, group] = [process.geteuid!(), process.getegid!()];
    process.setegid!(uid);
    process.seteuid!(uid);
    try {
      await makeNodeIo().writeFiles([{ path, bytes: Buffer.from("new") }]);
      return "written";
    } catch (error) {
      return systemErrorCode(error) ?? String(error);
    } finally {
      process.seteuid!(user);
      process.setegid!(group);
    }
  };

  test.skipIf(process.getuid?.() !== 0).each([
    ["that others may not write", 0o644, "EACCES"],
    ["whose owner would be another one", 0o666, "EPERM"],
  ])("refuses somebody's file %s, in a folder of one's own", async (_, mode, code) => {
    const cwd = mkdtempSync(join(ROOT, "case-"));
    chmodSync(ROOT, 0o755);
    chownSync(cwd, 12345, 12345);
    const path = join(cwd, "theirs");
    writeFileSync(path, "old");
    chownSync(path, 23456, 23456);
    chmodSync(path, mode);
    expect(await writeAs(12345, path)).toBe(code);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(statSync(path).uid).toBe(23456);
    expect(readdirSync(cwd)).toEqual(["theirs"]);
    chownSync(path, 12345, 12345);
    expect(await writeAs(12345, path)).toBe("written");
  });

  test("refuses a file that is read-only", async () => {
    const cwd = await folder();
    chmodSync(join(cwd, PLAN), 0o444);
    const { code, stderr } = await markify(cwd, "import", "old.rules", "--keep-chain", "FORWARD");
    expect([code, stderr]).toEqual([2, expect.stringContaining("permission denied")]);
  });

  test("a link that leads nowhere yet stays a link", async () => {
    const cwd = await folder({ link: "real.rules" });
    expect((await apply(cwd, "link")).code).toBe(0);
    expect(lstatSync(join(cwd, "link")).isSymbolicLink()).toBe(true);
    expect(read(cwd, "real.rules")).toContain("COMMIT");
  });

  test("nothing is left beside the files when one can't be written", async () => {
    const cwd = await folder();
    mkdirSync(join(cwd, "new"));
    expect((await apply(cwd, "new")).code).toBe(2);
    expect(readdirSync(cwd).sort()).toEqual(["new", "old.rules", PLAN]);
  });

  test("the file that can't be written is the one that is named", async () => {
    const cwd = await folder();
    mkdirSync(join(cwd, "new.rules.ipset"));
    const { code, stderr } = await apply(cwd, "new.rules", "--members", "ipset");
    expect(code).toBe(2);
    expect(stderr).toContain("can't write new.rules.ipset: it is a folder");
  });

  test("leaves a signal to whoever waits for it, and comes to its end", async () => {
    const cwd = mkdtempSync(join(ROOT, "case-"));
    let asked = 0;
    const ask = (): void => {
      asked += 1;
    };
    process.on("SIGTERM", ask);
    try {
      const bytes = Buffer.alloc(50_000_000);
      const written = makeNodeIo().writeFiles([{ path: join(cwd, "new"), bytes }]);
      while (readdirSync(cwd).length === 0) await new Promise((next) => setImmediate(next));
      const others = process.listeners("SIGTERM").map(({ name }) => name);
      process.kill(process.pid, "SIGTERM");
      await written;
      expect(others).not.toContain("end");
      expect(readdirSync(cwd)).toEqual(["new"]);
      while (asked === 0) await new Promise((next) => setImmediate(next));
    } finally {
      process.off("SIGTERM", ask);
    }
  });

  test("signals have their default effect again when it is done", async () => {
    const cwd = await folder();
    await apply(cwd, "new");
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      expect(process.listeners(signal as NodeJS.Signals).map(({ name }) => name)).not.toContain("end");
    }
  });
});

test("a plan opened through a link finds its input beside the plan itself", async () => {
  const cwd = await folder();
  mkdirSync(join(cwd, "elsewhere"));
  symlinkSync(join("..", PLAN), join(cwd, "elsewhere", "p.yaml"));
  expect((await markify(cwd, "review", "elsewhere/p.yaml")).code).toBe(0);
});

test("next commands quote what a shell would take apart", async () => {
  const cwd = await folder();
  writeFileSync(join(cwd, "my rules"), FLAT);
  expect((await markify(cwd, "import", "my rules")).stderr).toContain(
    "next: markify apply 'my rules.markify.yaml' -o NEW.rules",
  );
});

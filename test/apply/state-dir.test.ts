/** The folder of backups: root's alone, and nothing else is changed for it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolders } from "../../src/apply/system/folders.ts";

const ID = "20260102-030405-0a1b";

let root: string;
beforeEach(() => {
  root = mkdtempSync("/tmp/markify-state-");
});
afterEach(() => rmSync(root, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

test("one that is made is for root alone", async () => {
  await makeFolders(join(root, "a/b")).createFolder(ID, []);
  expect(modeOf(join(root, "a/b"))).toBe(0o700);
});

test("one that is there keeps its mode, the folder in it is for root alone", async () => {
  mkdirSync(join(root, "lib"));
  chmodSync(join(root, "lib"), 0o755);
  await makeFolders(join(root, "lib")).createFolder(ID, []);
  expect([modeOf(join(root, "lib")), modeOf(join(root, "lib", ID))]).toEqual([0o755, 0o700]);
});

test.each([
  ["it", "open", 0o1777],
  ["a folder above it", "open/state", 0o777],
])("refused where others can write to %s", async (_what, name, mode) => {
  mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, "open"), mode);
  await expect(makeFolders(join(root, name)).createFolder(ID, [])).rejects.toThrow("others can write to");
});

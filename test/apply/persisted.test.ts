/** Files for the next start of the machine, on a real disk: written, broken off, put back. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  findEditedFiles,
  hasStartFiles,
  restorePersistent,
  writeStartFiles,
} from "../../src/apply/persisted.ts";
import type { System } from "../../src/apply/system.ts";
import { makeFolders, readPersistent, writePersistent } from "../../src/apply/system/folders.ts";
import { inspectHost } from "../../src/apply/system/host.ts";

const ID = "20260102-030405-0a1b";

let root: string;
let system: System;
beforeEach(async () => {
  root = mkdtempSync("/tmp/markify-persisted-");
  const folders = makeFolders(join(root, "state"));
  system = { ...folders, readPersistent, writePersistent, inspectHost } as unknown as System;
  await folders.createFolder(ID, []);
});
afterEach(() => rmSync(root, { recursive: true }));

const read = (name: string): string | null => {
  try {
    return readFileSync(join(root, name), "utf8");
  } catch {
    return null;
  }
};

test("the old file comes back, one that was not there goes, folders that are missing are made", async () => {
  writeFileSync(join(root, "rules.v4"), "old\n");
  await writeStartFiles(system, ID, [
    { path: join(root, "rules.v4"), text: "new\n" },
    { path: join(root, "iptables/rules.v6"), text: "six\n" },
  ]);
  expect([read("rules.v4"), read("iptables/rules.v6")]).toEqual(["new\n", "six\n"]);
  expect(await hasStartFiles(system, ID)).toBe(true);
  expect(await restorePersistent(system, ID)).toHaveLength(2);
  expect([read("rules.v4"), read("iptables/rules.v6")]).toEqual(["old\n", null]);
});

test("broken off before anything was copied: going back leaves the files as they are", async () => {
  writeFileSync(join(root, "rules.v4"), "old\n");
  const broken = { ...system, writePersistent: () => Promise.reject(new Error("the disk is full")) };
  const files = [{ path: join(root, "rules.v4"), text: "new\n" }];
  await expect(writeStartFiles(broken, ID, files)).rejects.toThrow("the disk is full");
  expect(await hasStartFiles(system, ID)).toBe(false);
  expect(await restorePersistent(system, ID)).toEqual([]);
  expect(read("rules.v4")).toBe("old\n");
});

test("a file that was edited since is named, and kept where the old one takes its place", async () => {
  writeFileSync(join(root, "a"), "old\n");
  const files = ["a", "b"].map((name) => ({ path: join(root, name), text: "new \xe4\n" }));
  await writeStartFiles(system, ID, files);
  expect(await findEditedFiles(system, ID)).toEqual([]);
  // One is gone, which loses nothing more; one was made another.
  rmSync(join(root, "a"));
  writeFileSync(join(root, "b"), "edited\n");
  expect(await findEditedFiles(system, ID)).toEqual([join(root, "b")]);
  const keptAs = join(root, `state/${ID}/persistent/1.replaced`);
  expect(await restorePersistent(system, ID)).toEqual([
    { path: join(root, "a"), editedKeptAs: null },
    { path: join(root, "b"), editedKeptAs: keptAs },
  ]);
  expect([read("a"), read("b"), readFileSync(keptAs, "utf8")]).toEqual(["old\n", null, "edited\n"]);
});

test("broken off in between and done again: what was there before all of it counts", async () => {
  writeFileSync(join(root, "b"), "old\n");
  const one = { path: join(root, "a"), text: "new\n" };
  const other = { path: join(root, "b"), text: "new\n" };
  const broken = {
    ...system,
    writePersistent: async (files: Parameters<System["writePersistent"]>[0]) => {
      await writePersistent(files);
      throw new Error("killed");
    },
  };
  await expect(writeStartFiles(broken, ID, [one, other])).rejects.toThrow("killed");
  await writeStartFiles(system, ID, [other, { ...one, text: "new, at another time\n" }]);
  expect(await findEditedFiles(system, ID)).toEqual([]);
  // As if the second run had not come to it.
  writeFileSync(join(root, "a"), "new\n");
  expect(await findEditedFiles(system, ID)).toEqual([]);
  await restorePersistent(system, ID);
  expect([read("a"), read("b")]).toEqual([null, "old\n"]);
});

test("a link stays a link", async () => {
  mkdirSync(join(root, "real"));
  writeFileSync(join(root, "real/rules"), "old\n");
  symlinkSync("real/rules", join(root, "rules"));
  await writeStartFiles(system, ID, [{ path: join(root, "rules"), text: "new\n" }]);
  expect([read("real/rules"), lstatSync(join(root, "rules")).isSymbolicLink()]).toEqual(["new\n", true]);
  await restorePersistent(system, ID);
  expect(read("real/rules")).toBe("old\n");
});

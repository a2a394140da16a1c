/** The real machine, as far as it needs no root. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeNodeSystem } from "../../src/apply/system/node.ts";
import { LIVE } from "../../src/apply/system.ts";

const ID = "20260102-030405-0a1b";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "markify-system-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const file = { name: "old/v4.filter", bytes: new Uint8Array(3) };

test("a load that is late does not begin when going back has begun", async () => {
  const system = makeNodeSystem(folder);
  await system.createFolder(ID, [file]);
  await system.endLoad(ID);
  // No kernel takes these.
  const side = { backend: "nft", family: "v4" } as const;
  const why = /loads nothing any more|not installed|no iptables/;
  await expect(system.loadSets(LIVE, "nonsense\n")).rejects.toThrow(why);
  await expect(system.loadTable(LIVE, side, "*nonsense\n", "")).rejects.toThrow(why);
});

test("the folder of an apply is there whole, or not at all", async () => {
  const system = makeNodeSystem(folder);
  // A file in the place of a folder: the second one can't be written.
  const broken = [file, { name: "old/v4.filter/x", bytes: new Uint8Array() }];
  await expect(system.createFolder(ID, broken)).rejects.toThrow();
  expect(await system.listFolders()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  await system.createFolder(ID, [file]);
  expect(await system.listFolders()).toEqual([ID]);
});

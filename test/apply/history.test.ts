/** Applies as they are listed, from a real disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { confirmApply } from "../../src/apply/confirm.ts";
import { forgetApply } from "../../src/apply/forget.ts";
import { isOpen, listApplies } from "../../src/apply/history.ts";
import { rollBackApply } from "../../src/apply/rollback.ts";
import { makeNodeSystem } from "../../src/apply/system/node.ts";
import type { System } from "../../src/apply/system.ts";

const [FIRST, SECOND, THIRD] = ["20260102-030405-0a1b", "20260103-030405-0a1b", "20260104-030405-0a1b"];

let root: string;
let system: System;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "markify-history-"));
  system = makeNodeSystem(root);
});
afterEach(() => rmSync(root, { recursive: true }));

test("one that can't be read hides no other, and is taken for open", async () => {
  mkdirSync(join(root, FIRST!, "manifest.json"), { recursive: true });
  writeFileSync(join(root, SECOND!), "no folder\n");
  await system.createFolder(THIRD!, []);
  await system.decide(THIRD!, "abandoned");
  const applies = await listApplies(system);
  expect(applies.map(({ id, state }) => [id, state])).toEqual([
    [FIRST, "unreadable"],
    [SECOND, "unreadable"],
    [THIRD, "abandoned"],
  ]);
  expect(applies.map(({ why }) => why)).toEqual([
    expect.stringContaining("EISDIR"),
    expect.stringContaining("ENOTDIR"),
    null,
  ]);
  expect(applies.map(isOpen)).toEqual([true, true, false]);
  for (const apply of applies.slice(0, 2)) {
    expect(await confirmApply(system, apply, false)).toEqual({ kind: "not-loaded" });
    expect(await rollBackApply(system, apply, true)).toEqual({
      kind: "busy",
      why: expect.stringContaining(`sh ${apply.path}/restore.sh goes back without looking at it`),
    });
    // There is a way on.
    expect(await forgetApply(system, apply)).toEqual({ kind: "forgotten", path: `${apply.path}.forgotten` });
  }
  expect((await listApplies(system)).map(({ id }) => id)).toEqual([THIRD]);
  expect(await forgetApply(system, applies[2]!)).toMatchObject({ kind: "nothing" });
});

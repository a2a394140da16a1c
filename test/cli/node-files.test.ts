/** Real files: written in place of what was read, or not at all. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CHANGED_MEANWHILE } from "../../src/cli/io.ts";
import { writeFiles } from "../../src/cli/node-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => Buffer.from(text);

test("a file is replaced where it is what was read", async () => {
  const path = join(folder, "plan");
  writeFileSync(path, "old");
  await writeFiles([{ path, bytes: bytes("new"), replaces: bytes("old") }]);
  expect(readFileSync(path, "utf8")).toBe("new");
  symlinkSync("plan", join(folder, "link"));
  await writeFiles([{ path: join(folder, "link"), bytes: bytes("newer"), replaces: bytes("new") }]);
  expect(readFileSync(path, "utf8")).toBe("newer");
});

test.each([
  ["changed", "theirs"],
  ["longer", "old and more"],
])("a file that was %s meanwhile stays, and so does every other one", async (_, theirs) => {
  const [path, other] = [join(folder, "plan"), join(folder, "other")];
  writeFileSync(path, theirs);
  const files = [
    { path: other, bytes: bytes("new") },
    { path, bytes: bytes("new"), replaces: bytes("old") },
  ];
  await expect(writeFiles(files)).rejects.toMatchObject({ code: CHANGED_MEANWHILE });
  expect(readFileSync(path, "utf8")).toBe(theirs);
  expect(readdirSync(folder)).toEqual(["plan"]);
});

test("a file that is gone is not made again", async () => {
  const path = join(folder, "plan");
  await expect(writeFiles([{ path, bytes: bytes("new"), replaces: bytes("old") }])).rejects.toMatchObject({
    code: "ENOENT",
  });
  expect(readdirSync(folder)).toEqual([]);
});

/** The folder of an apply as data: checksums as `cksum` prints them, chains that a load leaves alone, values quoted for a shell, readers. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crcOfFile } from "../../src/apply/cksum.ts";
import {
  type FolderContents,
  makeFolderFiles,
  parseArmed,
  parseOutcome,
  quoteForShell,
} from "../../src/apply/folder.ts";
import { findUntouchedChains } from "../../src/apply/table-chains.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const CONTENTS: FolderContents = {
  settings: {
    backend: "legacy",
    v4Save: "/usr/sbin/iptables-legacy-save",
    v4Restore: "/opt/it's `here`/$x/iptables-restore",
    v6Save: "",
    v6Restore: "",
    ipset: "/usr/sbin/ipset",
    nft: "",
    applyPid: 41,
    applyStart: "4711",
    deadline: 1234,
  },
  old: [
    { family: "v4", table: "filter", bytes: bytesOf("*filter\n:INPUT DROP [1:2]\n:f2b - [0:0]\nCOMMIT\n") },
    { family: "v4", table: "raw", bytes: bytesOf("*raw\nCOMMIT\n") },
  ],
  load: [
    {
      family: "v4",
      table: "filter",
      bytes: bytesOf("*filter\n:INPUT DROP [0:0]\n:f2b - [0:0]\n-A INPUT -j f2b\nCOMMIT\n"),
    },
    { family: "v4", table: "nat", bytes: bytesOf("*nat\nCOMMIT\n") },
  ],
  loaded: [],
  oldSets: bytesOf("create bad hash:net family inet\n"),
  newSets: bytesOf("create good hash:net family inet\n"),
  touchedSets: [
    { name: "bad", existed: true },
    { name: "good", existed: false },
  ],
  restoreScript: bytesOf("#!/bin/sh\n"),
  watchdogScript: bytesOf("#!/bin/sh\n"),
};

const fileOf = (contents: FolderContents, name: string) => {
  const found = makeFolderFiles(contents).filter((file) => file.name === name);
  expect(found.map((file) => file.name)).toEqual([name]);
  return textOf(found[0]!.bytes);
};

describe("makeFolderFiles", () => {
  test("has every file once", () => {
    const names = makeFolderFiles(CONTENTS).map((file) => file.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("old/v4.raw");
    expect(names).not.toContain("new/v4.raw");
  });

  test("tells tables that were there from those that the load creates, in the order of the load", () => {
    expect(fileOf(CONTENTS, "touched")).toBe("v4 filter existed\nv4 nat created\n");
    expect(fileOf(CONTENTS, "touched-sets")).toBe("bad existed\ngood created\n");
    expect(fileOf(CONTENTS, "same/v4.filter")).toBe("f2b\n");
    expect(fileOf(CONTENTS, "same/v4.nat")).toBe("");
  });

  test("compares with what the trial read back, where there is one: it is spelled as the old text is", () => {
    const loaded = [{ ...CONTENTS.load[0]!, bytes: CONTENTS.old[0]!.bytes }];
    expect(fileOf({ ...CONTENTS, loaded }, "same/v4.filter")).toBe("INPUT\nf2b\n");
  });

  test("writes values that a shell reads as they are, and checksums that cksum agrees with", () => {
    const vars = fileOf(CONTENTS, "vars");
    const run = spawnSync("sh", ["-c", `${vars}printf %s "$V4_RESTORE|$V6_SAVE|$APPLY_START"`], {
      encoding: "utf8",
    });
    expect(run.stdout).toBe(`${CONTENTS.settings.v4Restore}||4711`);
    const files = makeFolderFiles(CONTENTS);
    const lines = fileOf(CONTENTS, "checksums").split("\n");
    expect(lines.splice(-2)).toEqual(["end", ""]);
    expect(lines.map((line) => line.split(" ")[2])).toEqual(
      "old/v4.filter old/v4.raw old/sets same/v4.filter same/v4.nat empty/v4.nat touched touched-sets vars".split(
        " ",
      ),
    );
    for (const line of lines) {
      const input = files.find((file) => line.endsWith(` ${file.name}`))!.bytes;
      const [sum, size] = spawnSync("cksum", { input, encoding: "utf8" }).stdout.trim().split(" ");
      expect(line).toMatch(`${sum} ${size} `);
    }
  });

  test("has the empty form of a table that the load creates, by the trial's read back", () => {
    const bytes = bytesOf(
      "*nat\n:PREROUTING DROP [7:8]\n:OUTPUT ACCEPT [0:0]\n:x - [0:0]\n-A x -j DROP\nCOMMIT\n",
    );
    const contents = { ...CONTENTS, loaded: [{ family: "v4", table: "nat", bytes }] } as const;
    expect(fileOf(contents, "empty/v4.nat")).toBe(
      "*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n",
    );
  });
});

describe("crcOfFile", () => {
  test.each([0, 1, 255, 256, 70_000])("is what cksum prints of %i bytes", (size) => {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7919) % 251);
    const printed = spawnSync("cksum", { input: bytes, encoding: "utf8" }).stdout;
    expect(`${crcOfFile(bytes)} ${size}\n`).toBe(printed);
  });
});

describe("findUntouchedChains", () => {
  const find = (before: string, after: string) =>
    textOf(findUntouchedChains(bytesOf(before), bytesOf(after)));
  const old =
    "*filter\n:INPUT ACCEPT [3:4]\n:a - [0:0]\n:b - [0:0]\n[1:2] -A INPUT -j a\n[0:0] -A a -j DROP\n";

  test.each([
    ["nothing but counters", old.replace("[1:2]", "[9:9]"), "INPUT\na\nb\n"],
    ["no counters at all", old.replaceAll(/^\[\d+:\d+\] /gm, ""), "INPUT\na\nb\n"],
    ["a policy", old.replace("ACCEPT", "DROP"), "INPUT\na\nb\n"],
    ["a rule", old.replace("-j DROP", "-j ACCEPT"), "INPUT\nb\n"],
    ["a rule more", `${old}[0:0] -A b -j DROP\n`, "INPUT\na\n"],
    ["a chain gone", old.replace(":b - [0:0]\n", ""), "INPUT\na\n"],
    ["a chain more", `${old}:c - [0:0]\n`, "INPUT\na\nb\n"],
  ])("with %s changed", (_, after, same) => {
    expect(find(old, after)).toBe(same);
  });

  test("keeps names of any bytes, and sees one byte of a comment", () => {
    const raw = (letter: number) => Uint8Array.from([...bytesOf(":x"), letter, ...bytesOf(" - [0:0]\n")]);
    expect(findUntouchedChains(raw(0xe4), raw(0xe4))).toEqual(Uint8Array.from([120, 0xe4, 10]));
    expect(findUntouchedChains(raw(0xe4), raw(0xe5))).toEqual(new Uint8Array());
  });
});

describe("quoteForShell", () => {
  test("gives any text back", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")),
        (text) => {
          const run = spawnSync("sh", ["-c", `printf %s ${quoteForShell(text)}`], { encoding: "utf8" });
          expect(run.stdout).toBe(text);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("what the scripts write", () => {
  test.each([
    ["restored\n", { kind: "restored" }],
    ["unknown old/v4.filter is damaged\n", { kind: "unknown", why: "old/v4.filter is damaged" }],
    ["", null],
    ["restored", null],
    ["restore\n", null],
    ["unknown a\nb\n", null],
  ])("outcome %j", (text, outcome) => {
    expect(parseOutcome(text)).toEqual(outcome);
  });

  test.each([
    ["12 3456\n", { pid: 12, start: "3456" }],
    ["12 3456", null],
    ["12\n", null],
    ["0 1\n", null],
    ["", null],
  ])("armed %j", (text, armed) => {
    expect(parseArmed(text)).toEqual(armed);
  });
});

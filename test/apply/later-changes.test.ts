/** Applies that are decided later: what somebody has changed since is not lost, and what is not live is not confirmed. */
import { expect, test } from "vitest";
import { bytesOfText } from "../../src/apply/bytes.ts";
import { confirmApply } from "../../src/apply/confirm.ts";
import { isOpen, readApply } from "../../src/apply/history.ts";
import { printManifest } from "../../src/apply/manifest.ts";
import { rollBackApply } from "../../src/apply/rollback.ts";
import type { Decision, System } from "../../src/apply/system.ts";
import { type FakeMachine, makeFakeMachine } from "./fake-system.ts";

const ID = "20260102-030405-0a1b";
const OLD = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
const NEW = "*filter\n:INPUT DROP [0:0]\n:S-A - [0:0]\n-A INPUT -j S-A\nCOMMIT\n";
const SETS = "create s hash:net\nadd s 10.0.0.0/8\n";

/** A machine on which an apply was loaded, and on which there is something else now. */
function machineWith(filter: string, sets: string, decision: Decision | null): FakeMachine {
  const machine = makeFakeMachine("legacy", { filter });
  const manifest = printManifest({
    ...{ version: 1, markify: "0", id: ID, plan: "p", createdAt: "", host: "", backend: "legacy" },
    boot: "first",
    ...{ families: ["v4"], seconds: 60, tables: [{ family: "v4", table: "filter", existed: true }] },
    ...{ sets: [{ name: "s", existed: false }], rules: { before: 0, after: 1 }, persist: null },
  });
  const files = {
    "manifest.json": manifest,
    "load-ended": "",
    "old/v4.filter": OLD,
    "loaded/v4.filter": NEW,
    "new/sets":
      "create s hash:net\ncreate f hash:net\nflush f\nadd f 10.0.0.0/8 -exist\nswap f s\ndestroy f\n",
  };
  for (const [name, text] of Object.entries(files)) machine.files.set(`${ID}/${name}`, bytesOfText(text));
  if (decision !== null) machine.decisions.set(ID, decision);
  const system: System = { ...machine.system, readSets: async () => sets };
  return Object.assign(machine, { system });
}

test.each<[string, string, string, readonly string[]]>([
  [
    "a policy",
    NEW.replace("DROP", "ACCEPT"),
    SETS,
    ["v4 filter the policy of INPUT is ACCEPT, and was DROP"],
  ],
  ["a rule", NEW.replace("COMMIT", "-A S-A -j DROP\nCOMMIT"), SETS, ["v4 filter +-A S-A -j DROP"]],
  ["a member", NEW, `${SETS}add s 192.0.2.1\n`, ["set s: live +192.0.2.1"]],
  ["an exception", NEW, SETS.replace("/8", "/8 nomatch"), ["set s: live +10.0.0.0/8 nomatch -10.0.0.0/8"]],
  ["a set that is gone", NEW, "", ["set s is not there"]],
])("going back stops at %s that was changed", async (_what, filter, sets, lines) => {
  const { system, tables } = machineWith(filter, sets, "confirmed");
  expect(await rollBackApply(system, await readApply(system, ID), false)).toEqual({ kind: "changed", lines });
  expect(tables.get("v4.filter")).toBe(filter);
});

test("an apply that nobody decided, and somebody has changed rules since", async () => {
  const changed = NEW.replace("COMMIT", "-A S-A -j DROP\nCOMMIT");
  const { system, tables } = machineWith(changed, SETS, null);
  const apply = await readApply(system, ID);
  expect(await rollBackApply(system, apply, false)).toEqual({
    kind: "changed",
    lines: ["v4 filter +-A S-A -j DROP"],
  });
  expect(tables.get("v4.filter")).toBe(changed);
  expect(await rollBackApply(system, apply, true)).toMatchObject({ kind: "restored" });
  expect(tables.get("v4.filter")).toBe(OLD);
});

test("nothing was changed: going back goes back", async () => {
  const { system, tables } = machineWith(NEW, SETS, "confirmed");
  expect(await rollBackApply(system, await readApply(system, ID), false)).toMatchObject({ kind: "restored" });
  expect(tables.get("v4.filter")).toBe(OLD);
});

test("files for the next start that can't be put back leave no doubt about what is live", async () => {
  const machine = machineWith(NEW, SETS, "confirmed");
  machine.files.set(`${ID}/persistent/files.json`, bytesOfText("{"));
  const apply = await readApply(machine.system, ID);
  expect(await rollBackApply(machine.system, apply, false)).toEqual({
    kind: "changed",
    lines: [
      expect.stringMatching("^whether files for the next start of the machine were edited can't be told: "),
    ],
  });
  expect(machine.tables.get("v4.filter")).toBe(NEW);
  const end = await rollBackApply(machine.system, apply, true);
  expect(end).toMatchObject({ kind: "not-persistent" });
});

test("an apply that nobody decided is confirmed only while its rules are live", async () => {
  const started = machineWith(OLD, "", null);
  const undecided = await readApply(started.system, ID);
  expect(undecided.state).toBe("undecided");
  expect(await confirmApply(started.system, undecided, false)).toEqual({ kind: "not-loaded" });
  expect(started.decisions.size).toBe(0);
  const live = machineWith(NEW, SETS, null);
  expect(await confirmApply(live.system, await readApply(live.system, ID), false)).toEqual({
    kind: "confirmed",
  });
});

test.each<[string, Decision | null, string, string]>([
  ["undecided", null, "", "restarted"],
  ["decided to go back, and never seen back", "rolled-back", "", "restarted"],
  ["of which nobody knew the end", "rolled-back", "unknown why\n", "restarted"],
  ["confirmed, and gone back from without a known end", "confirmed", "unknown why\n", "restarted"],
  ["confirmed", "confirmed", "", "confirmed"],
  ["gone back from", "rolled-back", "restored\n", "rolled back"],
])("the machine was started anew after an apply that was %s", async (_what, decision, outcome, state) => {
  const machine = machineWith(OLD, "", decision);
  if (outcome !== "") machine.files.set(`${ID}/outcome`, bytesOfText(outcome));
  machine.boot = "second";
  // Another process has the number of the watchdog now.
  machine.isWatched = true;
  machine.files.set(`${ID}/deadline`, bytesOfText("9"));
  const apply = await readApply(machine.system, ID);
  expect([apply.state, isOpen(apply)]).toEqual([state, false]);
  if (state !== "restarted") return;
  const before = machine.tables.get("v4.filter");
  expect(await confirmApply(machine.system, apply, false)).toEqual({ kind: "not-loaded" });
  expect(await rollBackApply(machine.system, apply, true)).toMatchObject({ kind: "nothing" });
  expect(machine.tables.get("v4.filter")).toBe(before);
});

/** The watchdog of it stands. */
function waiting(filter: string, sets: string): FakeMachine {
  const machine = machineWith(filter, sets, null);
  machine.files.set(`${ID}/deadline`, bytesOfText("2000"));
  machine.isWatched = true;
  return machine;
}

test("rules that somebody has thrown out in the wait are not confirmed for those that were loaded", async () => {
  const machine = waiting(OLD, SETS);
  const apply = await readApply(machine.system, ID);
  expect(apply.state).toBe("waiting");
  expect(await confirmApply(machine.system, apply, false)).toEqual({
    kind: "changed",
    lines: ["v4 filter the policy of INPUT is ACCEPT, and was DROP", "v4 filter --A INPUT -j S-A"],
  });
  expect(machine.decisions.size).toBe(0);
  expect(await confirmApply(machine.system, apply, true)).toEqual({ kind: "confirmed" });
});

test("nor are rules that can't be read; too late is too late all the same", async () => {
  const machine = waiting(NEW, SETS);
  const apply = await readApply(machine.system, ID);
  const readTables = async () => Promise.reject(new Error("locked"));
  const blind: System = { ...machine.system, readTables };
  expect(await confirmApply(blind, apply, false)).toEqual({
    kind: "changed",
    lines: ["what is live can't be read: locked"],
  });
  machine.decisions.set(ID, "rolled-back");
  machine.files.set(`${ID}/outcome`, bytesOfText("restored\n"));
  expect(await confirmApply(blind, apply, false)).toMatchObject({ kind: "too-late" });
});

test("chains that were left alone, and those of others, may change in the wait", async () => {
  const theirs = NEW.replace("COMMIT", ":f2b - [0:0]\n-A f2b -j DROP\nCOMMIT");
  const machine = waiting(theirs, SETS);
  machine.files.set(`${ID}/same/v4.filter`, bytesOfText("f2b\n"));
  const apply = await readApply(machine.system, ID);
  expect(await confirmApply(machine.system, apply, false)).toEqual({ kind: "confirmed" });
});

/** A later apply in the same folder, decided or open. */
function addLater({ files, decisions }: FakeMachine, decision: Decision | null): void {
  const later = "20260103-030405-0a1b";
  files.set(`${later}/load-ended`, bytesOfText(""));
  if (decision !== null) decisions.set(later, decision);
}

test.each<[string, Decision | null, object]>([
  ["confirmed", "confirmed", { kind: "changed", lines: ["apply 20260103-030405-0a1b was confirmed later"] }],
  ["open", null, { kind: "busy", why: "apply 20260103-030405-0a1b is undecided" }],
  ["abandoned", "abandoned", { kind: "restored" }],
])("going back past a later apply that is %s", async (_what, decision, expected) => {
  const machine = machineWith(NEW, SETS, "confirmed");
  addLater(machine, decision);
  expect(await rollBackApply(machine.system, await readApply(machine.system, ID), false)).toMatchObject(
    expected,
  );
});

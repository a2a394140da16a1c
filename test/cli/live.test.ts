/** `apply --live` and its companions as a person meets them, on a machine in memory: what is asked, what is said, and which code it ends with. */
import { beforeEach, describe, expect, test } from "vitest";
import { splitTables } from "../../src/apply/saved-text.ts";
import { type System, SystemFault } from "../../src/apply/system.ts";
import type { Io } from "../../src/cli/io.ts";
import { type FakeMachine, makeFakeMachine } from "../apply/fake-system.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const ID = "20260102-030405-0a1b";
const PLAN = "host.markify.yaml";

let machine: FakeMachine;
let files: Record<string, string>;

beforeEach(async () => {
  machine = makeFakeMachine("nft", { filter: splitTables(FLAT).get("filter")! });
  const { code, files: written } = await runIn({ "live.v4": FLAT }, ["import", "live.v4", "-o", PLAN]);
  expect(code).toBe(0);
  files = { ...written };
});

function markify(words: string, changes: Partial<Io> = {}) {
  return runIn(files, words.split(" "), { openSystem: async () => machine.system, ...changes });
}

const APPLY = `apply ${PLAN} --live --packets 1000`;

/** Answers the question as a person on a terminal would. */
function answering(answer: string): Partial<Io> {
  return { stdinIsTerminal: true, askLine: async () => answer };
}

/** Confirms as soon as the watchdog stands, as somebody in another terminal would. */
function confirmInTime(): void {
  machine.onTime = () => {
    if (machine.isWatched) machine.decisions.set(ID, "confirmed");
  };
}

/** Loads, and leaves the wait by Ctrl-C. */
async function leaveWaiting(options = "--yes"): Promise<void> {
  const wait: System["wait"] = async (milliseconds) =>
    machine.files.has(`${ID}/load-ended`) ? "interrupted" : machine.system.wait(milliseconds);
  const system: System = { ...machine.system, wait };
  const { code, stderr } = await markify(`${APPLY} --yes ${options}`, { openSystem: async () => system });
  expect([code, stderr]).toEqual([
    130,
    expect.stringContaining("the watchdog stays, and goes back at its time"),
  ]);
}

describe("the question", () => {
  test.each([
    ["no", answering("no"), 'nothing was touched: the answer was not "yes"'],
    ["nothing", answering(""), 'nothing was touched: the answer was not "yes"'],
    ["nobody to answer", {}, "there is no terminal to ask on; --yes loads without asking"],
  ])("%s: nothing is touched", async (_what, changes, words) => {
    const { code, stderr } = await markify(APPLY, changes);
    expect([code, stderr]).toEqual([5, expect.stringContaining(words)]);
    expect(machine.tables.get("v4.filter")).toBe(splitTables(FLAT).get("filter"));
  });

  test("yes, and nobody confirms: the old rules are back", async () => {
    const { code, stderr } = await markify(APPLY, answering("yes"));
    expect([code, stderr]).toEqual([8, expect.stringContaining(`markify confirm ${ID}`)]);
    expect(machine.tables.get("v4.filter")).toBe(splitTables(FLAT).get("filter"));
  });
});

test("a service that would save unconfirmed rules is named before the load", async () => {
  machine.persistent.set("/etc/conf.d/iptables", 'SAVE_ON_STOP="yes"\n');
  const { stderr } = await markify(`${APPLY} --dry-run`);
  expect(stderr).toContain("note: /etc/conf.d/iptables has SAVE_ON_STOP=yes: ");
});

describe("after an apply", () => {
  test("the same plan is nothing to load", async () => {
    confirmInTime();
    expect((await markify(`${APPLY} --yes`)).code).toBe(0);
    expect(machine.tables.get("v4.filter")).toContain("-A S-10-0-1 ");
    const { code, stderr } = await markify(`${APPLY} --yes`);
    expect([code, stderr]).toEqual([0, expect.stringContaining("nothing to load")]);
  });

  test("one that waits is named before its plan looks stale", async () => {
    await leaveWaiting();
    const { code, stdout, stderr } = await markify(`${APPLY} --yes --json`);
    expect(code).toBe(5);
    expect(JSON.parse(stdout).live.refusals[0].message).toBe(`apply ${ID} is open (waiting)`);
    expect(stderr).toContain(
      `what to do: first markify confirm ${ID} --state-dir /state, or markify rollback ${ID} --state-dir /state`,
    );
    expect(stderr).not.toContain("the live rules are not those");
  });

  test("confirm --json tells what was written for the next start, and why not", async () => {
    const persist = "--persist /etc/start.rules";
    await leaveWaiting(persist);
    const first = await markify("confirm --json");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({
      ...{ version: 1, id: ID, outcome: "confirmed" },
      persisted: ["/etc/start.rules"],
    });
    machine = makeFakeMachine("nft", { filter: splitTables(FLAT).get("filter")! });
    await leaveWaiting(persist);
    const full = async () => Promise.reject(new Error("the disk is full"));
    const failing: System = { ...machine.system, writePersistent: full };
    const second = await markify("confirm --json", { openSystem: async () => failing });
    expect(second.code).toBe(2);
    expect(JSON.parse(second.stdout)).toEqual({
      ...{ version: 1, id: ID, outcome: "confirmed" },
      ...{ persisted: [], why: "the disk is full" },
    });
  });

  test("confirm that can't tell whether it has confirmed is loud, with the way back", async () => {
    await leaveWaiting();
    const failing: System = { ...machine.system, decide: async () => Promise.reject(new Error("EIO")) };
    const { code, stdout, stderr } = await markify("confirm --json", { openSystem: async () => failing });
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toEqual({
      ...{ version: 1, id: ID, outcome: "unknown" },
      why: "whether that was decided can't be told: EIO",
    });
    expect(stderr).toContain("IT IS NOT KNOWN WHICH RULES ARE LIVE");
    expect(stderr).toMatch(new RegExp(`backup: +/state/${ID}\n`));
    expect(stderr).toContain(`sh /state/${ID}/restore.sh`);
  });

  test("confirm says what the next start of the machine loads", async () => {
    await leaveWaiting();
    const { code, stderr } = await markify("confirm");
    expect(code).toBe(0);
    expect(stderr).toContain(
      "the next start of the machine loads what it loaded before (--persist was not given)",
    );
    expect(stderr).toContain(`markify rollback ${ID}`);
  });
});

test("a machine that can't be read is no fault of markify itself", async () => {
  const readTables = async () => {
    throw new SystemFault("iptables-save failed with 4: the xtables lock is held");
  };
  confirmInTime();
  expect((await markify(`${APPLY} --yes`)).code).toBe(0);
  const { code, stdout, stderr } = await markify("rollback --json", {
    openSystem: async () => ({ ...machine.system, readTables }),
  });
  expect([code, stderr]).toEqual([
    5,
    expect.stringMatching(/^markify: iptables-save failed with 4: the xtables lock is held$/m),
  ]);
  expect(JSON.parse(stdout).error).toMatchObject({ exit: 5 });
});

test("without root: what to do", async () => {
  machine.facts = { ...machine.facts, isRoot: false };
  for (const command of ["confirm", "rollback", "history"]) {
    const { code, stderr } = await markify(command);
    expect([code, stderr]).toEqual([5, expect.stringContaining("run the same command with sudo")]);
  }
});

/** `apply --live` and its companions as a person meets them, on a machine in memory: what is asked, what is said, and which code it ends with. */
import { beforeEach, describe, expect, test } from "vitest";
import { splitTables } from "../../src/apply/saved-text.ts";
import type { System } from "../../src/apply/system.ts";
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
async function leaveWaiting(): Promise<void> {
  const wait: System["wait"] = async (milliseconds) =>
    machine.files.has(`${ID}/load-ended`) ? "interrupted" : machine.system.wait(milliseconds);
  const system: System = { ...machine.system, wait };
  const { code, stderr } = await markify(`${APPLY} --yes`, { openSystem: async () => system });
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
    expect(stderr).toContain(`what to do: first markify confirm ${ID}, or markify rollback ${ID}`);
    expect(stderr).not.toContain("the live rules are not those");
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

test("without root: what to do", async () => {
  machine.facts = { ...machine.facts, isRoot: false };
  for (const command of ["confirm", "rollback", "history"]) {
    const { code, stderr } = await markify(command);
    expect([code, stderr]).toEqual([5, expect.stringContaining("run the same command with sudo")]);
  }
});

/** `markify apply --live` as a command, on a machine in memory. */
import { expect, test } from "vitest";
import { type FakeMachine, makeFakeMachine } from "../apply/fake-system.ts";
import { filterTable, product } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";

const PLAN = "old.rules.markify.yaml";
const HOSTS = [1, 2, 3, 4, 5, 6];
const RULES = filterTable(
  product(
    "-A FORWARD",
    HOSTS.map((host) => `-s 10.0.1.${host}/32`),
    HOSTS.map((host) => `-d 10.9.0.${host}/32`),
    "-j ACCEPT",
  ),
  { FORWARD: "DROP" },
);

const LIVE = ["apply", PLAN, "--live", "--yes", "--packets", "1000"];

async function imported() {
  return { ...(await runIn({ "old.rules": RULES }, ["import", "old.rules"])).files };
}

/** Runs it on a machine with these rules. */
async function onMachine(machine: FakeMachine, ...more: readonly string[]) {
  const openSystem = async () => machine.system;
  return await runIn(await imported(), [...LIVE, ...more], { openSystem });
}

test("what is asked for by options is kept in the plan when it was loaded, and not before", async () => {
  const machine = makeFakeMachine("legacy", { filter: RULES });
  const layout = ["--layout", "hoisted"];
  const dry = await onMachine(machine, "--dry-run", ...layout);
  expect([dry.code, dry.files[PLAN]], dry.stderr).toEqual([0, (await imported())[PLAN]]);
  const refused = await onMachine(machine, ...layout, "--confirm-after-check", "false");
  expect([refused.code, refused.files[PLAN]], refused.stderr).toEqual([8, (await imported())[PLAN]]);
  machine.isWatched = false;
  const again = makeFakeMachine("legacy", { filter: RULES });
  const loaded = await onMachine(again, ...layout, "--confirm-after-check", "true");
  expect(loaded.code, loaded.stderr).toBe(0);
  expect(loaded.files[PLAN]).toContain("layout: hoisted\n");
});

test.each([
  ["--dry-run", 0],
  ["--confirm-after-check=true", 0],
  ["--confirm-after-check=false", 8],
  ["--persist", 5],
])("%s --json: one document", async (option, code) => {
  const machine = makeFakeMachine("nft", { filter: RULES });
  const { stdout, stderr, code: found } = await onMachine(machine, option, "--json");
  expect(found, stderr).toBe(code);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, live: { outcome: expect.any(String) } });
});

test("done again: nothing is loaded, and it is no failure", async () => {
  const machine = makeFakeMachine("nft", { filter: RULES });
  expect((await onMachine(machine, "--confirm-after-check", "true")).code).toBe(0);
  const before = [...machine.files.keys()];
  const { code, stderr } = await onMachine(machine, "--confirm-after-check", "true", "--persist");
  expect([code, [...machine.files.keys()]], stderr).toEqual([0, before]);
  expect(stderr).toContain("nothing to load: the live rules are the new ones already");
  expect(stderr).toContain("nothing was written for the next start of the machine");
});

test("done again while nobody has confirmed: what is live may not stay", async () => {
  const machine = makeFakeMachine("nft", { filter: RULES });
  const left = { ...machine.system, wait: async (time: number) => (time > 0 ? "interrupted" : "elapsed") };
  const first = await onMachine({ ...machine, system: left as typeof machine.system });
  expect(first.code, first.stderr).toBe(130);
  const { code, stderr } = await onMachine(machine);
  expect(code, stderr).toBe(5);
  expect(stderr).toMatch(/apply \S+ is open \(waiting\)/);
});

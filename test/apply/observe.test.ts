/** Which backend is meant, and what stands in the way, on a machine in memory. */
import { describe, expect, test } from "vitest";
import { type Look, observe } from "../../src/apply/observe.ts";
import { type FakeMachine, makeFakeMachine } from "./fake-system.ts";

const FILTER = "*filter\n:INPUT DROP [0:0]\nCOMMIT\n";
const LOOK: Look = { families: ["v4"], backend: null, acceptBothBackends: false, paths: [] };

/** A machine of legacy on which iptables-nft is installed, too; what that one prints, or why it fails. */
function withNft(nft: () => string): FakeMachine {
  const machine = makeFakeMachine("legacy", { filter: FILTER });
  const { legacy } = machine.facts.programs;
  machine.facts = { ...machine.facts, programs: { legacy, nft: legacy } };
  const inner = machine.system;
  const system = new Proxy(inner, {
    get: (target, key) =>
      key === "readTables"
        ? async (...words: Parameters<typeof inner.readTables>) =>
            words[1].backend === "nft" ? nft() : target.readTables(...words)
        : Reflect.get(target, key),
  });
  return Object.assign(machine, { system });
}

describe("the other backend", () => {
  test("without rules it is no question", async () => {
    const { observation } = await observe(withNft(() => "").system, LOOK);
    expect(observation).toMatchObject({ backend: "legacy", others: [] });
  });

  test("with rules it is refused, unless it is known", async () => {
    const { system } = withNft(() => FILTER);
    const { observation, refusals } = await observe(system, LOOK);
    expect(observation).toBeNull();
    expect(refusals[0]!.next).toContain("--accept-both-backends");
    const known = await observe(system, { ...LOOK, backend: "legacy", acceptBothBackends: true });
    expect(known.observation).toMatchObject({ backend: "legacy", others: ["v4 filter"] });
  });

  test("that can't be read may have rules, too: the option names it, and goes on without it", async () => {
    const { system } = withNft(() => {
      throw new Error("Protocol not supported");
    });
    const asked = await observe(system, { ...LOOK, backend: "legacy" });
    expect(asked.observation).toBeNull();
    expect(asked.refusals[0]!.details[0]).toBe(
      "nft v4: Protocol not supported; --accept-both-backends goes on without it",
    );
    const known = await observe(system, { ...LOOK, backend: "legacy", acceptBothBackends: true });
    expect(known.observation).toMatchObject({ backend: "legacy", others: [] });
    // Of the one that is meant, everything has to be read.
    const meant = await observe(system, { ...LOOK, backend: "nft", acceptBothBackends: true });
    expect(meant.observation).toBeNull();
  });
});

/** The folder of a load, on a machine in memory. */
import { expect, test } from "vitest";
import { textOfBytes } from "../../src/apply/bytes.ts";
import { makeLoad } from "../../src/apply/make-load.ts";
import type { Manifest } from "../../src/apply/manifest.ts";
import { observe } from "../../src/apply/observe.ts";
import { type FakeMachine, makeFakeMachine } from "./fake-system.ts";

const OLD = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n";
const NEW = "*filter\n:INPUT ACCEPT [0:0]\n:S - [0:0]\n-A INPUT -j S\nCOMMIT\n";
const V6 = "*mangle\n:INPUT ACCEPT [1:2]\nCOMMIT\n";

/** Files of the folder, by their names, for a plan of IPv4. */
async function filesOf(machine: FakeMachine): Promise<ReadonlyMap<string, string>> {
  const look = { families: ["v4"], backend: null, acceptBothBackends: false, paths: [] } as const;
  const { observation } = await observe(machine.system, look);
  const manifest: Manifest = {
    ...{
      version: 1,
      markify: "0",
      id: "20260102-030405-0a1b",
      plan: "p",
      createdAt: "",
      host: "",
      boot: null,
    },
    ...{ backend: "nft", families: ["v4"], seconds: 60, tables: [], sets: [], persist: null },
    rules: { before: 1, after: 1 },
  };
  const table = { family: "v4", table: "filter", text: NEW, meant: NEW } as const;
  const sets = { commands: "", touched: [] };
  const load = await makeLoad(machine.system, observation!, {
    manifest,
    tables: [table],
    sets,
    knownSets: [],
  });
  expect([...load.before.keys()]).toEqual(["v4"]);
  return new Map(load.files.map(({ name, bytes }) => [name, textOfBytes(bytes)]));
}

test("the backup has both families, whichever the plan is about; only what is loaded is touched", async () => {
  const machine = makeFakeMachine("nft", { filter: OLD });
  machine.tables.set("v6.mangle", V6);
  const files = await filesOf(machine);
  expect(files.get("old/v4.filter")).toBe(OLD);
  expect(files.get("old/v6.mangle")).toBe(V6);
  expect(files.get("touched")).toBe("v4 filter existed\n");
  expect(files.get("checksums")).toContain("old/v6.mangle");
});

test("a family that can't be read, and is not loaded, is no obstacle", async () => {
  const machine = makeFakeMachine("nft", { filter: OLD });
  const { readTables } = machine.system;
  const system = new Proxy(machine.system, {
    get: (target, key) =>
      key === "readTables"
        ? async (...words: Parameters<typeof readTables>) => {
            if (words[1].family === "v6") throw new Error("no IPv6");
            return target.readTables(...words);
          }
        : Reflect.get(target, key),
  });
  const files = await filesOf(Object.assign(machine, { system }));
  expect([...files.keys()].filter((name) => name.startsWith("old/v"))).toEqual(["old/v4.filter"]);
});

/**
 * The load on a machine in memory, and each of its calls failing, hanging, or being the last one that markify makes: at the end the rules are the new ones, confirmed,
 * or the old ones, or it is said that nobody knows.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { awaitDecision } from "../../src/apply/await-decision.ts";
import { carryOut, type Load, type Loaded } from "../../src/apply/carry-out.ts";
import { limitTimes } from "../../src/apply/limit-times.ts";
import { bytesOfText } from "../../src/apply/bytes.ts";
import type { Backend } from "../../src/apply/system.ts";
import { type FakeMachine, makeFakeMachine } from "./fake-system.ts";

const OLD = {
  filter: "*filter\n:INPUT ACCEPT [7:8]\n[1:2] -A INPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n",
  mangle: "*mangle\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
};
const NEW = {
  mangle: "*mangle\n:INPUT ACCEPT [0:0]\n:S-A - [0:0]\n-A INPUT -j S-A\nCOMMIT\n",
  filter: "*filter\n:INPUT ACCEPT [0:0]\n:S-A - [0:0]\n-A INPUT -j S-A\nCOMMIT\n",
};
const ID = "20260102-030405-0a1b";

function makeLoad(backend: Backend): Load {
  const files = Object.entries(OLD).map(([table, text]) => ({
    name: `old/v4.${table}`,
    bytes: bytesOfText(text),
  }));
  return {
    id: ID,
    backend,
    isLocked: backend === "legacy",
    files: [...files, { name: "touched", bytes: bytesOfText("v4 mangle existed\nv4 filter existed\n") }],
    seconds: 60,
    before: new Map([["v4", OLD.filter + OLD.mangle]]),
    sets: "create S hash:net\n",
    setsBefore: { names: ["S"], saved: "" },
    tables: [
      { family: "v4", table: "mangle", text: NEW.mangle, meant: NEW.mangle },
      { family: "v4", table: "filter", text: NEW.filter, meant: NEW.filter },
    ],
  };
}

/** What is live, in a word. */
function live({ tables }: FakeMachine): "old" | "new" | "mixed" {
  const all = ["filter", "mangle"] as const;
  if (all.every((table) => tables.get(`v4.${table}`) === OLD[table])) return "old";
  return all.every((table) => tables.get(`v4.${table}`) === NEW[table]) ? "new" : "mixed";
}

/** Nobody has changed anything. */
const PLAIN = { findChanges: async () => [], backup: [] };

let said: string[];
beforeEach(() => {
  said = [];
});
const say = (text: string): void => void said.push(text);

async function load(machine: FakeMachine, backend: Backend): Promise<Loaded> {
  const limited = limitTimes(machine.system, 5, (_, ring) => {
    const timer = setTimeout(ring, 5);
    return () => clearTimeout(timer);
  });
  return await carryOut(limited, makeLoad(backend), say);
}

describe.each(["legacy", "nft"] as const)("%s", (backend) => {
  test("loads, waits, is confirmed", async () => {
    const machine = makeFakeMachine(backend, OLD);
    const loaded = await load(machine, backend);
    expect(loaded).toMatchObject({ kind: "loaded", deadline: 1060 });
    expect(live(machine)).toBe("new");
    expect([...machine.files.keys()]).toContain(`${ID}/loaded/v4.filter`);
    machine.onTime = () => void machine.decisions.set(ID, "confirmed");
    expect(
      await awaitDecision(machine.system, { id: ID, deadline: 1060, check: null, ...PLAIN }, say),
    ).toEqual({
      kind: "confirmed",
      by: "person",
    });
    expect(live(machine)).toBe("new");
  });

  test("without the lock, everything is compared before each table", async () => {
    const machine = makeFakeMachine(backend, OLD);
    const calls: string[] = [];
    machine.before = (method) => void calls.push(method);
    await carryOut(machine.system, { ...makeLoad(backend), isLocked: false }, say);
    expect(calls).not.toContain("takeLock");
    const loads = calls.flatMap((method, at) => (method === "loadTable" ? [at] : []));
    expect(loads.map((at) => calls[at - 1])).toEqual(["readTables", "readTables"]);
  });

  test("nobody confirms: the old rules come back", async () => {
    const machine = makeFakeMachine(backend, OLD);
    await load(machine, backend);
    const decided = await awaitDecision(
      machine.system,
      { id: ID, deadline: 1060, check: null, ...PLAIN },
      say,
    );
    expect(decided).toMatchObject({ kind: "back", why: "deadline", restored: { kind: "restored" } });
    expect(live(machine)).toBe("old");
  });

  test.each([
    ["true", "confirmed", "new"],
    ["false", "back", "old"],
  ])("the check %s decides", async (check, kind, end) => {
    const machine = makeFakeMachine(backend, OLD);
    await load(machine, backend);
    const decided = await awaitDecision(machine.system, { id: ID, deadline: 1060, check, ...PLAIN }, say);
    expect(decided.kind).toBe(kind);
    expect(live(machine)).toBe(end);
    expect(said).toContain(`check: ran ${check}`);
  });

  test("the check is content, but rules are no longer those that were loaded: back", async () => {
    const machine = makeFakeMachine(backend, OLD);
    await load(machine, backend);
    const findChanges = async () => Array.from({ length: 50 }, (_, at) => `v4 filter line ${at}`);
    const wait = { id: ID, deadline: 1060, check: "true", backup: [], findChanges };
    const decided = await awaitDecision(machine.system, wait, say);
    expect(decided).toMatchObject({ kind: "back", why: "changed" });
    expect(live(machine)).toBe("old");
    expect(said).toContain("  v4 filter line 39");
    expect(said).toContain("  and 10 more");
  });

  test("a confirmation that says it failed, and did not: this command has still to write what is left to write", async () => {
    const machine = makeFakeMachine(backend, OLD);
    await load(machine, backend);
    const decide = async (...words: Parameters<typeof machine.system.decide>) => {
      const decision = await machine.system.decide(...words);
      if (words[1] === "confirmed") throw new Error("no room");
      return decision;
    };
    const wait = { id: ID, deadline: 1060, check: "true", ...PLAIN };
    const decided = await awaitDecision({ ...machine.system, decide }, wait, say);
    expect([decided, live(machine)]).toEqual([{ kind: "confirmed", by: "check" }, "new"]);
  });

  test("a watchdog that is killed is started again; one that can't be is no reason to leave the new rules", async () => {
    const machine = makeFakeMachine(backend, OLD);
    await load(machine, backend);
    let kills = 0;
    machine.onTime = () => {
      if (kills++ < 3) machine.isWatched = false;
    };
    await awaitDecision(machine.system, { id: ID, deadline: 1060, check: null, ...PLAIN }, say);
    expect(said.join()).toContain("another one is started");
    expect(live(machine)).toBe("old");

    const other = makeFakeMachine(backend, OLD);
    await load(other, backend);
    other.isWatched = false;
    other.before = (method) => {
      if (method === "arm") throw new Error("no");
    };
    const decided = await awaitDecision(other.system, { id: ID, deadline: 1060, check: null, ...PLAIN }, say);
    expect(decided).toMatchObject({ kind: "back", why: "no-watchdog" });
    expect(live(other)).toBe("old");
  });

  test("a folder that somebody takes away in the wait is there again with all that was in it", async () => {
    const machine = makeFakeMachine(backend, OLD);
    const loaded = await load(machine, backend);
    if (loaded.kind !== "loaded") throw new Error(loaded.kind);
    const before = new Map(machine.files);
    let isTaken = false;
    machine.onTime = () => {
      if (isTaken) return;
      isTaken = true;
      machine.files.clear();
    };
    const wait = { id: ID, deadline: loaded.deadline, check: null, ...PLAIN, backup: loaded.backup };
    const decided = await awaitDecision(machine.system, wait, say);
    expect(decided).toMatchObject({ kind: "back", restored: { kind: "restored" } });
    expect(said.join()).toContain(`the backup in /state/${ID} is gone or damaged: it is written again`);
    machine.files.delete(`${ID}/outcome`);
    expect(machine.files).toEqual(before);
    expect(live(machine)).toBe("old");
  });

  test.each<[string, readonly string[], Loaded["kind"]]>([
    ["a member of a set that the plan knows came in between", ["add S 10.0.0.9\n"], "abandoned"],
    ["only time went on", ["add S 10.0.0.1 timeout 7 packets 3 bytes 9\n"], "loaded"],
    ["a set of nobody's", ["add S 10.0.0.1\nadd other 10.0.0.9\n"], "loaded"],
  ])("%s: %j", async (_what, [saved], kind) => {
    const machine = makeFakeMachine(backend, OLD);
    const before = { names: ["S"], saved: "add S 10.0.0.1 timeout 9\n" };
    const system = { ...machine.system, readSets: async () => saved! };
    const end = await carryOut(system, { ...makeLoad(backend), setsBefore: before }, say);
    expect([end.kind, live(machine)]).toEqual([kind, kind === "loaded" ? "new" : "old"]);
  });

  test("a set that is not what was loaded: back", async () => {
    const machine = makeFakeMachine(backend, OLD);
    const sets = "create S hash:net\ncreate f hash:net\nflush f\nadd f 10.0.0.0/8\nswap f S\ndestroy f\n";
    const end = await carryOut(machine.system, { ...makeLoad(backend), sets }, say);
    expect(end).toMatchObject({ kind: "failed", why: "set S is not there, after its load" });
    expect(live(machine)).toBe("old");
  });

  test("a change of somebody else before the load ends it; one between two tables goes back", async () => {
    const early = makeFakeMachine(backend, OLD);
    early.before = (method) => {
      if (method === "arm") early.tables.set("v4.nat", "*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n");
    };
    expect(await load(early, backend)).toMatchObject({
      kind: "abandoned",
      why: "somebody else has changed v4 nat at the same time",
    });
    expect(early.decisions.get(ID)).toBe("abandoned");

    const between = makeFakeMachine(backend, OLD);
    let loads = 0;
    between.before = (method) => {
      if (method === "loadTable" && ++loads === 2)
        between.tables.set("v4.raw", "*raw\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n");
    };
    expect(await load(between, backend)).toMatchObject({ kind: "failed", restored: { kind: "restored" } });
    expect(live(between)).toBe("old");
  });

  test("every call that fails before or after its work, hangs, or is the last one", async () => {
    const plain = makeFakeMachine(backend, OLD);
    const calls: string[] = [];
    plain.before = (method) => void calls.push(method);
    await load(plain, backend);
    const count = calls.length;
    expect(count).toBeGreaterThan(15);
    for (const fault of ["before", "after", "hang", "killed"] as const) {
      for (let at = 1; at <= count; at++) {
        const machine = makeFakeMachine(backend, OLD);
        const end = await loadWithFault(machine, backend, at, fault);
        const where = `${fault} ${at} ${calls[at - 1]}`;
        if (end === "killed") {
          // The watchdog alone is left.
          for (let second = 0; second < 100; second++) await machine.system.pause(1000);
          expect([where, live(machine)]).toEqual([where, "old"]);
        } else if (end.kind === "loaded") expect([where, live(machine)]).toEqual([where, "new"]);
        else if (end.kind === "abandoned") expect([where, live(machine)]).toEqual([where, "old"]);
        else if (end.restored.kind === "restored") expect([where, live(machine)]).toEqual([where, "old"]);
        else expect([where, end.restored.kind]).toEqual([where, "unknown"]);
      }
    }
  });
});

/** The call of that number fails, or is never answered, or is the last one of a markify that is killed. */
async function loadWithFault(
  machine: FakeMachine,
  backend: Backend,
  at: number,
  fault: "before" | "after" | "hang" | "killed",
): Promise<Loaded | "killed"> {
  let calls = 0;
  let kill: (value: "killed") => void = () => {};
  const killed = new Promise<"killed">((resolve) => {
    kill = resolve;
  });
  const inner = machine.system;
  const system = new Proxy(inner, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      return (...words: unknown[]): unknown => {
        calls += 1;
        if (calls > at && fault === "killed") return new Promise(() => {});
        const work = (): unknown => Reflect.apply(method, target, words);
        if (calls !== at) return work();
        if (key === "pathOf") return work();
        switch (fault) {
          case "before":
            return Promise.reject(new Error("fault"));
          case "after":
            return Promise.resolve(work()).then(() => Promise.reject(new Error("fault")));
          case "hang":
            // Nothing limits a wait; it is the clock's.
            return key === "wait" ? work() : new Promise(() => {});
          case "killed":
            void Promise.resolve(work()).then(() => kill("killed"));
            return new Promise(() => {});
        }
      };
    },
  });
  return await Promise.race([load({ ...machine, system }, backend), killed]);
}

/**
 * A machine in memory: tables, sets, folders, a clock that runs only while somebody waits, and a watchdog that does what watchdog.sh does.
 */
import type { FolderFile } from "../../src/apply/folder.ts";
import type { Family } from "../../src/model/types.ts";
import { splitTables } from "../../src/apply/saved-text.ts";
import {
  type Backend,
  type Decision,
  type HostFacts,
  type Side,
  type System,
  SystemFault,
  TOOLS,
} from "../../src/apply/system.ts";

/** What a test can look at and change. */
export interface FakeMachine {
  readonly system: System;
  /** By family and table, of the one backend that it has. */
  readonly tables: Map<string, string>;
  readonly files: Map<string, Uint8Array>;
  readonly decisions: Map<string, Decision>;
  readonly persistent: Map<string, string>;
  /** Seconds. */
  clock: number;
  isWatched: boolean;
  /** Which start of the machine it is. */
  boot: string | null;
  /** Runs before each call of a method; may throw. */
  before: (method: string) => void;
  /** Runs when the clock goes on. */
  onTime: () => void;
  facts: HostFacts;
}

/** A machine of one backend with these tables (`filter`: text from `*` to COMMIT) in IPv4. */
export function makeFakeMachine(backend: Backend, tables: Readonly<Record<string, string>>): FakeMachine {
  const programs = { save: "/sbin/save", restore: "/sbin/restore" };
  const both = { v4: programs, v6: programs };
  const none = { v4: null, v6: null };
  const machine: FakeMachine = {
    system: undefined as unknown as System,
    tables: new Map(Object.entries(tables).map(([table, text]) => [`v4.${table}`, text])),
    files: new Map(),
    decisions: new Map(),
    persistent: new Map(),
    clock: 1000,
    isWatched: false,
    boot: "first",
    before: () => {},
    onTime: () => {},
    facts: {
      isLinux: true,
      isRoot: true,
      programs: { legacy: backend === "legacy" ? both : none, nft: backend === "nft" ? both : none },
      usual: backend,
      tools: { ...Object.fromEntries(TOOLS.map((name) => [name, `/bin/${name}`])) } as HostFacts["tools"],
      existing: new Set(),
      hostname: "fake",
    },
  };
  const system = watchCalls(machine, makeSystem(machine));
  return Object.assign(machine, { system });
}

function watchCalls(machine: FakeMachine, system: System): System {
  return new Proxy(system, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      return (...words: unknown[]): unknown => {
        machine.before(String(key));
        return Reflect.apply(method, target, words);
      };
    },
  });
}

function makeSystem(machine: FakeMachine): System {
  const { tables, files, decisions, persistent } = machine;
  const trials = new Map<number, Map<string, string>>();
  const placeTables = (place: Parameters<System["readTables"]>[0]): Map<string, string> =>
    place.kind === "live" ? tables : trials.get(place.pid)!;
  const read = (all: Map<string, string>, family: Family): string =>
    [...all].flatMap(([key, text]) => (key.startsWith(`${family}.`) ? [text] : [])).join("");
  const restore = (id: string): number => {
    for (const [name, bytes] of files) {
      const key = name.startsWith(`${id}/old/v`) ? name.slice(`${id}/old/`.length) : null;
      if (key !== null) tables.set(key, new TextDecoder().decode(bytes));
    }
    for (const line of text(files.get(`${id}/touched`)).split("\n")) {
      const [family, table, how] = line.split(" ");
      if (how === "created") tables.delete(`${family}.${table}`);
    }
    files.set(`${id}/outcome`, new TextEncoder().encode("restored\n"));
    return 0;
  };
  const tick = (milliseconds: number): void => {
    machine.clock += milliseconds / 1000;
    machine.onTime();
    if (!machine.isWatched) return;
    for (const id of new Set([...files.keys()].map((name) => name.split("/")[0]!))) {
      const deadline = Number(text(files.get(`${id}/deadline`)) || Number.NaN);
      if (machine.clock >= deadline && !decisions.has(id)) decisions.set(id, "rolled-back");
      if (!decisions.has(id)) continue;
      if (decisions.get(id) === "rolled-back" && !files.has(`${id}/outcome`)) restore(id);
      machine.isWatched = false;
    }
  };
  const wait = async (milliseconds: number): Promise<void> => tick(milliseconds);
  const add = (id: string, added: readonly FolderFile[]): void => {
    for (const { name, bytes } of added) files.set(`${id}/${name}`, bytes);
  };
  let lastTrial = 0;
  return {
    inspectHost: async () => machine.facts,
    readTables: async (place, { family }) => read(placeTables(place), family),
    readSets: async () => "",
    listForeignTables: async () => [],
    openTrial: async () => {
      lastTrial += 1;
      trials.set(lastTrial, new Map());
      return { kind: "trial", pid: lastTrial };
    },
    closeTrial: async (trial) => void (trial.kind === "trial" && trials.delete(trial.pid)),
    loadSets: async () => {},
    loadTable: async (place, { family }: Side, loaded) => {
      const [name] = splitTables(loaded).keys();
      if (name === undefined) throw new SystemFault("iptables-restore: no table");
      placeTables(place).set(`${family}.${name}`, loaded);
    },
    identify: async () => ({ pid: 1, start: "2", boot: machine.boot }),
    readScripts: async () => ({ restore: new Uint8Array(), watchdog: new Uint8Array() }),
    endLoad: async (id) => add(id, [{ name: "load-ended", bytes: new Uint8Array() }]),
    takesOtherLock: async () => true,
    takeLock: async () => ({ release: async () => {} }),
    createFolder: async (id, added) => add(id, added),
    addFiles: async (id, added) => add(id, added),
    readFile: async (id, name) => files.get(`${id}/${name}`) ?? null,
    listFolders: async () => {
      const names = [...files.keys()].map((name) => name.split("/")[0]!);
      return [...new Set(names.filter((name) => !name.startsWith(".")))].sort();
    },
    pathOf: (id) => `/state/${id}`,
    forgetFolder: async (id) => {
      for (const [name, bytes] of [...files])
        if (name.startsWith(`${id}/`)) {
          files.delete(name);
          files.set(name.replace(id, `.${id}`), bytes);
        }
      return `/state/.${id}`;
    },
    decide: async (id, decision) => {
      if (!decisions.has(id)) decisions.set(id, decision);
      return decisions.get(id)!;
    },
    readDecision: async (id) => decisions.get(id) ?? null,
    arm: async () => {
      machine.isWatched = true;
      return null;
    },
    isWatched: async (id) => machine.isWatched && files.has(`${id}/deadline`),
    setDeadline: async (id, second) =>
      add(id, [{ name: "deadline", bytes: new TextEncoder().encode(String(Math.ceil(second))) }]),
    restore: async (id) => restore(id),
    runCheck: async (command, _, say) => {
      say(`ran ${command}`);
      return command === "true" ? 0 : 1;
    },
    stopCheck: async () => {},
    readPersistent: async (path) => {
      const found = persistent.get(path);
      return found === undefined ? null : new TextEncoder().encode(found);
    },
    writePersistent: async (written) => {
      for (const { path, text: content, keepAs } of written) {
        const had = persistent.get(path);
        if (had !== undefined) files.set(keepAs.replace("/state/", ""), new TextEncoder().encode(had));
        if (content === null) persistent.delete(path);
        else persistent.set(path, content);
      }
    },
    uptime: async () => machine.clock,
    wait: async (milliseconds) => {
      await wait(milliseconds);
      return "elapsed";
    },
    pause: wait,
    wallClock: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    drawLetters: () => "0a1b",
  };
}

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

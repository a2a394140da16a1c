/**
 * The real machine behind `System`.
 */
import { readFile } from "node:fs/promises";
import { type HostFacts, type System, SystemFault } from "../system.ts";
import { LOADING_VARIABLE } from "../folder.ts";
import { readScripts } from "../system-scripts.ts";
import { makeChecks } from "./checks.ts";
import { makeFolders, readPersistent, writePersistent } from "./folders.ts";
import { makeGuard } from "./guard.ts";
import { inspectHost } from "./host.ts";
import { type LoadEnv, makeNetfilter } from "./netfilter.ts";
import { lockForChildren, takeLock } from "./locks.ts";
import { makeTrials } from "./trials.ts";

/** Makes it. `stateDir`: the folder in which applies have theirs. */
export function makeNodeSystem(stateDir: string): System {
  let known: HostFacts | null = null;
  const facts = async (): Promise<HostFacts> => {
    known ??= await inspectHost([]);
    return known;
  };
  const folders = makeFolders(stateDir);
  const { listen, ...guard } = makeGuard(folders);
  // Loads into the live namespace belong to an apply; restore.sh ends those that are still on their way when it begins.
  let current: string | null = null;
  // A load that was late, and was given up, must not begin when the old rules are back.
  let isOver = false;
  const loadEnv: LoadEnv = async (place) => {
    if (isOver && place.kind === "live") throw new SystemFault("this apply loads nothing any more");
    const lock = await lockForChildren(stateDir);
    return current === null || place.kind === "trial" ? lock : { ...lock, [LOADING_VARIABLE]: current };
  };
  return {
    ...makeNetfilter(facts, loadEnv),
    ...folders,
    ...makeTrials(() => toolOf(facts, "unshare")),
    ...guard,
    ...makeChecks(),
    readScripts,
    readPersistent,
    writePersistent,
    createFolder: async (id, files) => {
      listen();
      await folders.createFolder(id, files);
      current = folders.pathOf(id);
    },
    endLoad: async (id) => {
      isOver = true;
      await folders.endLoad(id);
    },
    inspectHost: async (paths) => {
      known = await inspectHost(paths);
      return known;
    },
    takeLock: async (name) => takeLock(stateDir, await toolOf(facts, "flock"), name),
    uptime: async () => Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]),
    wallClock: () => new Date(),
  };
}

async function toolOf(facts: () => Promise<HostFacts>, name: keyof HostFacts["tools"]): Promise<string> {
  const path = (await facts()).tools[name];
  if (path === null) throw new SystemFault(`${name} is not installed`);
  return path;
}

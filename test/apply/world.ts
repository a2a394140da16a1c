/**
 * A small machine to apply rulesets on: a network namespace and a mount namespace of its own (with a `/run` for the xtables lock, so that nothing is
 * shared with the firewall of the real one), and the folder of an apply in it. The tests play markify's part: they load what apply would.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FolderContents, makeFolderFiles, type TableText } from "../../src/apply/folder.ts";
import type { Family } from "../../src/model/types.ts";
import type { Backend } from "../kernel/harness.ts";

const SCRIPTS = fileURLToPath(new URL("../../src/apply/scripts/", import.meta.url));

/** What came of a command. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program on its way. */
export interface Launched {
  readonly child: ChildProcess;
  /** What it has printed so far, of both outputs. */
  readonly said: () => string;
  readonly ended: Promise<Ran>;
}

/** A table's text, by family. */
export interface Tables {
  readonly v4?: Readonly<Record<string, string>>;
  readonly v6?: Readonly<Record<string, string>>;
}

/** What is there, and what an apply would load. */
export interface Scene {
  readonly old: Tables;
  readonly load: Tables;
  readonly oldSets?: string;
  readonly newSets?: string;
  readonly touchedSets?: FolderContents["touchedSets"];
  readonly settings?: Partial<FolderContents["settings"]>;
  /** Seconds until the deadline. */
  readonly seconds?: number;
}

/** A program that stands in for another in the world: a shell as `sh`, an awk as `awk`. */
export type StandIn = readonly [program: string, as: string];

/** One world; a class because it guards processes. */
export class World {
  readonly backend: Backend;
  readonly folder: string;
  readonly #holder: ChildProcess;
  readonly #children: ChildProcess[] = [];

  constructor(backend: Backend, standIns: readonly StandIn[] = []) {
    this.backend = backend;
    this.folder = mkdtempSync("/tmp/markify-apply-");
    // Node's own PID becomes that of the namespaces' holder: unshare runs the program in its own place.
    this.#holder = spawn("unshare", ["-n", "-m", "--propagation", "private", "sleep", "100000"], {
      stdio: "ignore",
    });
    while (!this.#isApart()) spawnSync("sleep", ["0.01"]);
    this.must("mount -t tmpfs none /run");
    // The old ways of a machine without systemd: nobody is to be told of these rollbacks.
    for (const program of ["/usr/bin/wall", "/usr/bin/logger"])
      if (existsSync(program)) this.must(`mount --bind /bin/true ${program}`);
    const real = (program: string) => `"$(readlink -f "$(command -v ${program})")"`;
    for (const [program, as] of standIns)
      this.must(`mount --bind ${real(program)} ${real(as)} && cmp ${real(program)} ${real(as)}`);
  }

  #isApart(): boolean {
    const own = spawnSync("readlink", ["/proc/self/ns/net"], { encoding: "utf8" }).stdout;
    const its = spawnSync("readlink", [`/proc/${this.#holder.pid}/ns/net`], { encoding: "utf8" }).stdout;
    const program = spawnSync("cat", [`/proc/${this.#holder.pid}/comm`], { encoding: "utf8" }).stdout;
    return its !== "" && its !== own && program === "sleep\n";
  }

  #enter(): readonly string[] {
    return ["-t", String(this.#holder.pid), "-n", "-m"];
  }

  /** Runs a command line in the world. */
  run(command: string, input = ""): Ran {
    const run = spawnSync("nsenter", [...this.#enter(), "sh", "-c", command], {
      input,
      encoding: "latin1",
      maxBuffer: 256 * 1024 * 1024,
    });
    return { status: run.status, out: run.stdout, err: run.stderr };
  }

  /** The same for what can't fail: what it printed. */
  must(command: string, input = ""): string {
    const { status, out, err } = this.run(command, input);
    if (status !== 0) throw new Error(`${command}: exit ${status}: ${err}`);
    return out;
  }

  /** Starts a program in the world, with a session of its own where that is asked for; ended with the world. */
  start(
    argv: readonly string[],
    options: { readonly detached?: boolean; readonly env?: NodeJS.ProcessEnv } = {},
  ): ChildProcess {
    const child = spawn("nsenter", [...this.#enter(), ...argv], {
      stdio: "ignore",
      detached: options.detached ?? false,
      env: { ...process.env, ...options.env },
    });
    this.#children.push(child);
    return child;
  }

  /** Starts a program that is waited for elsewhere, without a terminal. It's killed after so many milliseconds. */
  launch(argv: readonly string[], milliseconds: number): Launched {
    const there = ["sh", "-c", 'cd "$0" && exec "$@"', this.folder];
    const child = spawn("nsenter", [...this.#enter(), ...there, ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString("latin1");
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data.toString("latin1");
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    const ended = new Promise<Ran>((resolve) => {
      // Others may have its outputs, too, and live on.
      child.once("exit", (status) => {
        clearTimeout(timer);
        setTimeout(() => resolve({ status, out, err }), 20);
      });
    });
    return { child, said: () => out + err, ended };
  }

  program(family: Family, name: "save" | "restore"): string {
    return findProgram(`${family === "v4" ? "iptables" : "ip6tables"}-${this.backend}-${name}`);
  }

  load(family: Family, text: string): void {
    this.must(`${this.program(family, "restore")} -c`, text);
  }

  /** An iptables command, `-A INPUT …`. */
  iptables(family: Family, words: string): void {
    this.must(`${family === "v4" ? "iptables" : "ip6tables"}-${this.backend} ${words}`);
  }

  /** A table as it is, without the lines that tell the time. */
  save(family: Family, table: string): string {
    return withoutComments(this.must(`${this.program(family, "save")} -c -t ${table}`));
  }

  /** Loads the old ruleset and writes the folder, as far as markify is before it arms. */
  prepare(scene: Scene): void {
    if (scene.oldSets !== undefined) this.must("ipset restore", scene.oldSets);
    for (const { family, bytes } of listTables(scene.old)) this.load(family, fromBytes(bytes));
    const read = (table: TableText) => ({
      ...table,
      bytes: toBytes(this.must(`${this.program(table.family, "save")} -c -t ${table.table}`)),
    });
    const contents: FolderContents = {
      settings: { ...this.settings(scene), ...scene.settings },
      old: listTables(scene.old).map(read),
      load: listTables(scene.load),
      loaded: this.#try(scene),
      oldSets: scene.oldSets === undefined ? null : toBytes(this.must("ipset save")),
      newSets: scene.newSets === undefined ? null : toBytes(scene.newSets),
      touchedSets: scene.touchedSets ?? [],
      restoreScript: readFileSync(`${SCRIPTS}restore.sh`),
      watchdogScript: readFileSync(`${SCRIPTS}watchdog.sh`),
    };
    for (const { name, bytes } of makeFolderFiles(contents)) this.write(name, bytes);
  }

  /** The trial: what the kernel makes of the new tables, read back in another world. */
  #try(scene: Scene): readonly TableText[] {
    const trial = new World(this.backend);
    try {
      trial.must("ipset restore", `${scene.oldSets ?? ""}`);
      trial.must("ipset restore", `${scene.newSets ?? ""}`);
      return listTables(scene.load).map((table) => {
        trial.load(table.family, fromBytes(table.bytes));
        return { ...table, bytes: toBytes(trial.save(table.family, table.table)) };
      });
    } finally {
      trial.end();
    }
  }

  settings(scene: Scene): FolderContents["settings"] {
    const uptime = Number.parseInt(readFileSync("/proc/uptime", "latin1"), 10);
    return {
      backend: this.backend,
      v4Save: this.program("v4", "save"),
      v4Restore: this.program("v4", "restore"),
      v6Save: this.program("v6", "save"),
      v6Restore: this.program("v6", "restore"),
      ipset: findProgram("ipset"),
      nft: findProgram("nft"),
      applyPid: 0,
      applyStart: "0",
      deadline: uptime + (scene.seconds ?? 60),
    };
  }

  /** Loads the new sets and tables, as apply does. */
  apply(scene: Scene): void {
    if (scene.newSets !== undefined) this.must("ipset restore", scene.newSets);
    for (const { family, bytes } of listTables(scene.load)) this.load(family, fromBytes(bytes));
    this.write("load-ended", new Uint8Array());
  }

  restore(): Ran {
    return this.run(`sh ${this.folder}/restore.sh`);
  }

  write(name: string, bytes: Uint8Array | string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, bytes, { mode: 0o600 });
  }

  /** A file of the folder; empty when it isn't there. */
  read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  /** Processes in the world's network namespace: the holder, and what tests have started or left. */
  processes(): readonly number[] {
    const place = networkOf(this.#holder.pid!);
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return place === null ? [] : all.map(Number).filter((pid) => networkOf(pid) === place);
  }

  end(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    // A watchdog has a session of its own, and is started again where it is killed alone.
    for (const pid of this.processes()) if (pid !== this.#holder.pid) killOne(pid);
    for (const pid of this.processes()) if (pid !== this.#holder.pid) killOne(pid);
    this.#holder.kill("SIGKILL");
    chmodSync(this.folder, 0o700);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Null where there is no such process any more. */
function networkOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** Its absolute path; empty where it is not installed. */
function findProgram(name: string): string {
  return spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
}

/** Runs a test in a world that is gone afterwards. */
export async function inWorld(
  backend: Backend,
  test: (world: World) => void | Promise<void>,
  standIns: readonly StandIn[] = [],
): Promise<void> {
  const world = new World(backend, standIns);
  try {
    await test(world);
  } finally {
    world.end();
  }
}

export function withoutComments(text: string): string {
  return text.replace(/^#.*\n/gm, "");
}

export function toBytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function listTables(tables: Tables): readonly TableText[] {
  return (["v4", "v6"] as const).flatMap((family) =>
    Object.entries(tables[family] ?? {}).map(([table, text]) => ({ family, table, bytes: toBytes(text) })),
  );
}

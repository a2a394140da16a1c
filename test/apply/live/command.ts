/**
 * The whole command in a world (`../world.ts`): bundled once, run by Node as it is installed.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import type { Launched, World } from "../world.ts";
import type { Faults } from "./with-faults.ts";

const ROOT = resolve(".");

/** Milliseconds that a command may take: nothing here is meant to last longer, and a test that waits for ever tells nothing. */
const LONGEST = 120_000;

/** Commands that look at applies. */
const HAVE_STATE: ReadonlySet<string> = new Set(["apply", "confirm", "rollback", "history"]);

/** markify, ready to run. */
export class Command {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts it in a world, with the folder for applies that the world has. */
  start(
    world: World,
    argv: readonly string[],
    faults: Faults = {},
    around: readonly string[] = [],
  ): Launched {
    const entry = join(this.#folder, "dist/cli/entry.js");
    const state = ["--state-dir", stateOf(world)];
    // Programs that a test puts there stand in for the machine's own.
    const path = `PATH=${join(world.folder, "bin")}:${process.env.PATH}`;
    return world.launch(
      [
        "env",
        path,
        ...around,
        process.execPath,
        entry,
        JSON.stringify(faults),
        ...argv,
        ...(HAVE_STATE.has(argv[0]!) ? state : []),
      ],
      LONGEST,
    );
  }

  /** Takes the bundle away. */
  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The folder with the applies of a world. */
export function stateOf(world: World): string {
  return join(world.folder, "state");
}

/** Bundles it. */
export async function bundleCommand(): Promise<Command> {
  const folder = mkdtempSync("/tmp/markify-command-");
  const dir = join(folder, "dist/cli");
  mkdirSync(dir, { recursive: true });
  const bundle = await rolldown({
    input: {
      entry: join(ROOT, "test/apply/live/entry.ts"),
      "shard-worker": join(ROOT, "src/cli/shard-worker.ts"),
      "slice-worker": join(ROOT, "src/cli/slice-worker.ts"),
    },
    platform: "node",
    logLevel: "warn",
    cwd: ROOT,
  });
  await bundle.write({ dir, format: "esm", chunkFileNames: "[name].js" });
  await bundle.close();
  cpSync(join(ROOT, "src/apply/scripts"), join(dir, "scripts"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  return new Command(folder);
}

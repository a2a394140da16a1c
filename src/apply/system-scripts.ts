/**
 * The two scripts that need no Node, from beside this file: in `src` as in the built command.
 */
import { readFile } from "node:fs/promises";

/** Reads them. */
export async function readScripts(): Promise<{
  readonly restore: Uint8Array;
  readonly watchdog: Uint8Array;
}> {
  const [restore, watchdog] = await Promise.all(
    ["restore.sh", "watchdog.sh"].map((name) => readFile(new URL(`./scripts/${name}`, import.meta.url))),
  );
  return { restore: restore!, watchdog: watchdog! };
}

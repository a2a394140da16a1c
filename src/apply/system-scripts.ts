/** The two shell scripts that every apply gets a copy of; they lie beside this module in the sources, and beside the compiled command in `dist/`. */
import { readFileSync } from "node:fs";

/** Their texts, for `makeFolderFiles`; throws when the installation is not whole. */
export function readScripts(): { readonly restoreScript: Uint8Array; readonly watchdogScript: Uint8Array } {
  const read = (name: string) => readFileSync(new URL(`./scripts/${name}`, import.meta.url));
  return { restoreScript: read("restore.sh"), watchdogScript: read("watchdog.sh") };
}

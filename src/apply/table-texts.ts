/**
 * What goes to `iptables-restore -c`: one table, with counters wherever it wants them.
 */
import type { SourceFile } from "../text/source.ts";
import { textOfBytes } from "./bytes.ts";
import { splitTables } from "./saved-text.ts";

/** Texts of the tables of a restore file, by their names, one character for each byte. Comment lines and blank lines are left out, line ends are `\n`. */
export function tablesToLoad(file: SourceFile): ReadonlyMap<string, string> {
  const text = file.encoding === "latin1" ? file.text : textOfBytes(new TextEncoder().encode(file.text));
  const lines = text.split("\n").map((line) => line.replace(/\r$/, "").trimEnd());
  const kept = lines.filter((line) => line !== "" && !line.startsWith("#")).map(withChainCounters);
  return splitTables(kept.map((line) => `${line}\n`).join(""));
}

/** `:INPUT DROP` is refused where counters are asked for; a rule needs none. */
function withChainCounters(line: string): string {
  return /^:\S+ \S+$/.test(line) ? `${line} [0:0]` : line;
}

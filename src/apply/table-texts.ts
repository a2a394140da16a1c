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

/**
 * The same table as commands for `iptables-nft-restore --noflush`, for a place where `before` is: its base chains stay. A plain iptables-nft-restore takes them out and
 * makes them anew, and the kernel gives a new chain its policy a moment after its rules (net/netfilter/nf_tables_api.c, nf_tables_commit): until then it accepts
 * what no rule decides. Measured: two packets in a hundred thousand, none in place (test/apply/live/traffic.test.ts).
 */
export function replaceInPlace(text: string, before: string): string {
  const names = (table: string) => [...table.matchAll(/^:(\S+) - /gm)].map(([, name]) => name!);
  const stay = new Set(names(text));
  const gone = names(before).filter((name) => !stay.has(name));
  const flushed = text.replace(/^\*.*\n/, "$&-F\n");
  // At the end: no rule calls them any more.
  return flushed.replace(/^COMMIT\n/m, `${gone.map((name) => `-X ${name}\n`).join("")}COMMIT\n`);
}

/** `:INPUT DROP` is refused where counters are asked for; a rule needs none. */
function withChainCounters(line: string): string {
  return /^:\S+ \S+$/.test(line) ? `${line} [0:0]` : line;
}

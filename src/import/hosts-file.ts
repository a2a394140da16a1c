/**
 * Names of hosts from files: hosts(5) (`10.1.2.3 web1.example.org web1`), and what reverse DNS was dumped to, as such lines or as records
 * (`3.2.1.10.in-addr.arpa. 3600 IN PTR web1.example.org.`). Nothing is ever asked on a network.
 */
import { type Report, reportTo } from "../syntax/report.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { addressInterval } from "./lanes.ts";
import { type NameWord, splitNameLines } from "./name-lines.ts";
import { intervalKey } from "./named-set.ts";

/** One address with its names, the canonical one first. */
export interface HostEntry {
  /** `intervalKey` of the address. */
  readonly key: string;
  /** Without a dot at the end. */
  readonly names: readonly [string, ...string[]];
  /** `127.0.0.1` and the like: names of the machine that the file is from. */
  readonly isLocal: boolean;
}

/** Reads it, in its order. Null where a line can't be read. */
export function parseHosts(file: SourceFile): {
  readonly entries: readonly HostEntry[] | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report = reportTo(diagnostics, file);
  // `;` begins a comment where records are dumped; a name has none.
  const entries = [...splitNameLines(file, /[#;]/)].flatMap((words) => readLine(words, report) ?? []);
  return { entries: hasErrors(diagnostics) ? null : entries, diagnostics };
}

const REVERSE_ZONE = /\.(?:in-addr|ip6)\.arpa\.?$/i;

function readLine(words: readonly NameWord[], report: Report): HostEntry | null {
  const [first, ...rest] = words;
  if (first === undefined) return null;
  if (REVERSE_ZONE.test(first.text)) return readRecord(first, rest, report);
  // macOS writes `fe80::1%lo0`.
  const entry = makeEntry(first.text.replace(/%.*$/, ""), rest);
  if (entry !== null) return entry;
  if (rest.length === 0) report("HOSTS_LINE", first, { found: first.text });
  else report("HOSTS_ADDRESS", first, { found: first.text });
  return null;
}

/** `NAME [TTL] [CLASS] PTR HOST`; other records of the zone (SOA, NS) name nothing. */
function readRecord(owner: NameWord, rest: readonly NameWord[], report: Report): HostEntry | null {
  const at = rest.findIndex(({ text }) => !/^(?:\d+[smhdw]?|IN)$/i.test(text));
  const type = rest[at];
  if (type === undefined) {
    report("HOSTS_LINE", owner, { found: owner.text });
    return null;
  }
  if (type.text.toUpperCase() !== "PTR") return null;
  const target = rest[at + 1];
  if (target === undefined) {
    report("HOSTS_LINE", type, { found: owner.text });
    return null;
  }
  const address = addressOfZone(owner.text);
  const entry = address === null ? null : makeEntry(address, [target]);
  if (entry === null) report("HOSTS_ADDRESS", owner, { found: owner.text });
  return entry;
}

/** `10.1.2.3` of `3.2.1.10.in-addr.arpa.`; null for what is no single address. */
function addressOfZone(name: string): string | null {
  const labels = name.replace(REVERSE_ZONE, "").split(".").reverse();
  if (/in-addr/i.test(name)) return labels.length === 4 ? labels.join(".") : null;
  if (labels.length !== 32 || !labels.every((label) => /^[0-9a-f]$/i.test(label))) return null;
  return labels.join("").replace(/(.{4})(?=.)/g, "$1:");
}

function makeEntry(address: string, words: readonly NameWord[]): HostEntry | null {
  const interval = /[/-]/.test(address) ? null : addressInterval(address);
  const [name, ...aliases] = words.map(({ text }) => text.replace(/\.$/, ""));
  if (interval === null || name === undefined || name === "") return null;
  const isLocal = address.startsWith("127.") || interval.first === 1n;
  return { key: intervalKey(interval), names: [name, ...aliases], isLocal };
}

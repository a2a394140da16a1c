/**
 * Lines of `conntrack -L` and of /proc/net/nf_conntrack: the two directions of a connection, and how many packets each had.
 */
import type { ExplainOptions } from "../../verify/explain/types.ts";

/** One direction, as the packets come in. */
export interface Tuple {
  readonly source: string;
  readonly destination: string;
  readonly sport?: string;
  readonly dport?: string;
  readonly icmpType?: string;
  /** Missing where the kernel does not count (nf_conntrack_acct). */
  readonly packets?: number;
}

/** A connection. */
export interface Connection {
  readonly protocol: string;
  readonly original: Tuple;
  readonly reply: Tuple;
  /** Its mark; missing where the kernel has none. */
  readonly mark?: string;
  /** Whether anything came back. */
  readonly isReplied: boolean;
}

const LINE = /^(?:ipv[46]\s+\d+\s+)?[a-z][\w-]*\s+\d+\s+(?:\d+\s+)?(?:[A-Z][A-Z_\d]*\s+)?src=/;

/** Whether a line looks like one. */
export function isConnection(line: string): boolean {
  return LINE.test(line.trim());
}

/** Reads one; null where it lacks a direction. */
export function readConnection(line: string): Connection | null {
  const words = line.trim().split(/\s+/);
  const start = words.findIndex((word) => word.startsWith("src="));
  const numbers = words.slice(0, start).filter((word) => /^\d+$/.test(word));
  // `ipv4 2 tcp 6 …` has the family's number in front.
  const protocol = (/^ipv[46]$/.test(words[0]!) ? numbers[1] : numbers[0]) ?? "";
  const second = words.findIndex((word, at) => at > start && word.startsWith("src="));
  const original = readTuple(words.slice(start, second === -1 ? undefined : second));
  const reply = second === -1 ? null : readTuple(words.slice(second));
  if (original === null || reply === null) return null;
  const mark = words.findLast((word) => word.startsWith("mark="))?.slice("mark=".length);
  const isReplied = !words.includes("[UNREPLIED]");
  return { protocol, original, reply, isReplied, ...(mark === undefined ? {} : { mark }) };
}

function readTuple(words: readonly string[]): Tuple | null {
  const values = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at > 0 && !values.has(word.slice(0, at))) values.set(word.slice(0, at), word.slice(at + 1));
  }
  const [source, destination] = [values.get("src"), values.get("dst")];
  if (source === undefined || destination === undefined) return null;
  const optional = (name: string, key: string) =>
    values.has(key) ? { [name]: values.get(key)! } : ({} as Record<string, string>);
  const type = values.get("type");
  const packets = values.get("packets");
  return {
    ...{ source, destination },
    ...optional("sport", "sport"),
    ...optional("dport", "dport"),
    ...(type === undefined ? {} : { icmpType: `${type}/${values.get("code") ?? "0"}` }),
    ...(packets !== undefined && /^\d+$/.test(packets) ? { packets: Number(packets) } : {}),
  };
}

/** A direction behind destination and before source translation: what all hooks but PREROUTING see. */
export function translated(from: Tuple, back: Tuple): Tuple {
  const { source, sport, icmpType, packets } = from;
  return {
    ...{ source, destination: back.source },
    ...(sport === undefined ? {} : { sport }),
    ...(back.sport === undefined ? {} : { dport: back.sport }),
    ...(icmpType === undefined ? {} : { icmpType }),
    ...(packets === undefined ? {} : { packets }),
  };
}

/** As options of a packet. */
export function packetOptions({ protocol }: Connection, tuple: Tuple, state: string): ExplainOptions {
  const { packets: _, ...fields } = tuple;
  return { ...fields, ...(protocol === "0" ? {} : { protocol }), state };
}

/**
 * Connections of `conntrack -L` to packets that can be judged: of each the first packet, and those that follow in both directions.
 */
import {
  type Connection,
  isConnection,
  packetOptions,
  readConnection,
  translated,
  type Tuple,
} from "../cost/traffic/conntrack.ts";
import { isRoute } from "../cost/traffic/routes.ts";
import { parseUint } from "../model/numbers.ts";
import { CTSTATE, type Family } from "../model/types.ts";
import { readPacket } from "../verify/explain/read-packet.ts";
import { FIELD } from "../verify/sample/packet.ts";
import type { Counts } from "./counts.ts";
import { type FamilyReplay, judge } from "./family-replay.ts";
import { NO_RULESETS, type Unjudged, unjudged } from "./frame/frame.ts";

const UNREAD = unjudged("their connection has a field that can't be read");

/** Feeds all lines; a fault is the rest of a sentence that begins with the file's name. Routes have been read before. */
export function feedConnections(
  families: ReadonlyMap<Family, FamilyReplay>,
  text: string,
  counts: Counts,
): string | null {
  const lines = text.split("\n");
  let isCounted = true;
  let connections = 0;
  for (const [at, full] of lines.entries()) {
    const line = full.trim();
    if (line === "" || line.startsWith("#") || /^conntrack v\d/.test(line) || isRoute(line)) continue;
    const connection = isConnection(line) ? readConnection(line) : null;
    if (connection === null)
      return `has a line ${at + 1} that is no connection of 'conntrack -L', and it is no capture`;
    connections++;
    if (connection.original.packets === undefined) isCounted = false;
    const family = connection.original.source.includes(":") ? "v6" : "v4";
    feedOne(families.get(family), family, connection, counts);
  }
  if (connections > 0) addNotes(counts, isCounted);
  return null;
}

function addNotes({ notes }: Counts, isCounted: boolean): void {
  notes.add(
    "Connections don't say which flags their packets have: tcp's first one counts as SYN, all others as ACK.",
  );
  notes.add(
    "Packets count as coming in without a mark, and a connection's first one as one without a connection mark.",
  );
  if (!isCounted)
    notes.add(
      "Some connections say nothing of packets (net.netfilter.nf_conntrack_acct is 0): one of each kind stands for them.",
    );
}

/** One kind of a connection's packets. */
interface Kind {
  readonly from: Tuple;
  readonly back: Tuple;
  readonly state: "NEW" | "ESTABLISHED";
  readonly packets: number;
}

/** Until something came back, all packets are NEW. */
function kindsOf({ original, reply, isReplied }: Connection): readonly Kind[] {
  const there = { from: original, back: reply };
  const sent = original.packets ?? 1;
  if (!isReplied) return [{ ...there, state: "NEW", packets: sent }];
  return [
    { ...there, state: "NEW", packets: Math.min(1, sent) },
    { ...there, state: "ESTABLISHED", packets: original.packets === undefined ? 1 : sent - 1 },
    { from: reply, back: original, state: "ESTABLISHED", packets: reply.packets ?? 1 },
  ];
}

function feedOne(
  replay: FamilyReplay | undefined,
  family: Family,
  connection: Connection,
  counts: Counts,
): void {
  for (const kind of kindsOf(connection)) {
    if (kind.packets <= 0) continue;
    counts.packets += kind.packets;
    const left = replay === undefined ? NO_RULESETS[family] : feedKind(replay, family, connection, kind);
    if (left !== null) counts.leave(left, kind.packets);
  }
}

/** Judges them, or says why not. */
function feedKind(
  replay: FamilyReplay,
  family: Family,
  connection: Connection,
  { from, back, state, packets }: Kind,
): Unjudged | null {
  let isGood = true;
  const read = (tuple: Tuple): Int32Array =>
    readPacket(packetOptions(connection, tuple, state), family, "FORWARD", () => {
      isGood = false;
    }).fields;
  const fields = read(from);
  const after = read(translated(from, back));
  if (!isGood) return UNREAD;
  if (state === "ESTABLISHED") fields[FIELD.CONNMARK] = parseUint(connection.mark ?? "0", 0xffffffff) ?? 0;
  const place = replay.whereabouts.find(after, { device: null, direction: null });
  if ("why" in place) return place;
  const states = CTSTATE[state] | translationsOf(connection);
  judge(replay, { fields, after, place, states, mac: replay.needsMac ? null : "" }, packets);
  return null;
}

/** What was translated shows in the answers: they go to another address, or come from one. */
function translationsOf({ original, reply }: Connection): number {
  const isSource = original.source !== reply.destination || original.sport !== reply.dport;
  const isDestination = original.destination !== reply.source || original.dport !== reply.sport;
  return (isSource ? CTSTATE.SNAT : 0) | (isDestination ? CTSTATE.DNAT : 0);
}

/**
 * The value of every condition that depends on the packet alone.
 *
 * Sources: net/ipv4/netfilter/ip_tables.c ip_packet_match, net/netfilter/xt_tcpudp.c, xt_multiport.c, xt_conntrack.c, xt_mac.c,
 * xt_iprange.c, xt_set.c; net/ipv6/netfilter/ip6_tables.c ip6_packet_match. Where the backends differ, the packet says which one is asked.
 */
import { AddressIndex } from "./address-index.ts";
import { answerOf, FIELD, hasOption, hasPorts, headerBytes, MODE, PROTOCOL } from "./packet.ts";
import { type CompiledTable, KIND, TRUTH } from "./program.ts";
import { mix } from "./random.ts";

/** What is known about the conditions for one packet; used again for the next. */
export interface Truth {
  /** TRUTH of each condition that depends on the packet alone, by id. */
  readonly values: Uint8Array;
  /** The first `hitCount` are the ids of the conditions that lead a rule, or could, and are not false. */
  readonly hits: Int32Array;
  hitCount: number;
  /** Another one for each packet. */
  version: number;
  readonly sources: AddressIndex;
  readonly destinations: AddressIndex;
}

/** A truth for a table's conditions, of no packet yet. */
export function makeTruth({ conditions, words }: CompiledTable): Truth {
  const { staticCount, firstOfKind } = conditions;
  const index = (kind: number): AddressIndex =>
    new AddressIndex(conditions, words, firstOfKind[kind]!, firstOfKind[kind + 1]!);
  return {
    values: new Uint8Array(staticCount),
    hits: new Int32Array(staticCount),
    hitCount: 0,
    version: 0,
    sources: index(KIND.SOURCE),
    destinations: index(KIND.DESTINATION),
  };
}

/**
 * Sets the truth of everything that leads a rule, and of all addresses; the other conditions become UNKNOWN, to be evaluated when a walk
 * gets there.
 */
export function evaluateConditions(table: CompiledTable, packet: Int32Array, truth: Truth): void {
  const { values, hits, sources, destinations } = truth;
  values.fill(TRUTH.UNKNOWN);
  let count = sources.evaluate(packet, FIELD.SOURCE, values, hits, 0);
  count = destinations.evaluate(packet, FIELD.DESTINATION, values, hits, count);
  for (let index = 0; index < table.leads.length; index++) {
    const id = table.leads[index]!;
    const value = evaluateCondition(table, packet, id);
    values[id] = value;
    if (value !== TRUTH.FALSE) hits[count++] = id;
  }
  truth.hitCount = count;
  truth.version++;
}

/** The TRUTH of one packet condition. */
export function evaluateCondition(
  table: Pick<CompiledTable, "conditions" | "words">,
  packet: Int32Array,
  id: number,
): number {
  const { kinds, negated, at, data } = table.conditions;
  const place = at[id]!;
  const not = negated[id]!;
  switch (kinds[id]) {
    case KIND.ALWAYS:
      return TRUTH.TRUE;
    case KIND.SOURCE:
      return isInside(packet, FIELD.SOURCE, data, place, table.words) ^ not;
    case KIND.DESTINATION:
      return isInside(packet, FIELD.DESTINATION, data, place, table.words) ^ not;
    case KIND.NAMED_ADDRESS:
      return unmodelled(packet, data[place]!, 0) ^ not;
    case KIND.IN:
      return data[place + packet[FIELD.IN]!]!;
    case KIND.OUT:
      return data[place + packet[FIELD.OUT]!]!;
    case KIND.PROTOCOL:
      // nft compares a protocol that nobody found: no answer, negated or not (measured on Linux 6.18).
      if (packet[FIELD.BROKEN] === 1) return packet[FIELD.NFT] === 1 ? TRUTH.FALSE : TRUTH.HOTDROP;
      return Number(packet[FIELD.PROTOCOL] === data[place]) ^ not;
    case KIND.FRAGMENT:
      return Number(packet[FIELD.FRAGMENT] !== 0) ^ not;
    case KIND.TRANSPORT:
      return transport(packet, data, place);
    case KIND.MULTIPORT:
      return afterHeader(packet, MULTIPORT_BYTES) ?? multiport(packet, data, place, at[id + 1]!) ^ not;
    case KIND.ICMP:
      return afterHeader(packet, ICMP_BYTES) ?? icmp(packet, data, place) ^ not;
    case KIND.CTSTATE:
      return Number((packet[FIELD.CTSTATE]! & data[place]!) !== 0) ^ not;
    case KIND.MAC:
      if (packet[FIELD.MAC] === -1) return TRUTH.FALSE;
      return Number(packet[FIELD.MAC] === data[place]) ^ not;
    case KIND.ADDRESS_SET:
      return isInSet(packet, data, place, at[id + 1]!, table.words) ^ not;
    default:
      return iprange(packet, data, place, table.words);
  }
}

/** What a match that is not modelled answers; `history` stands for all that happened before. 0 or 1. */
export function unmodelled(packet: Int32Array, text: number, history: number): number {
  const given = answerOf(packet, text);
  if (given !== -1) return given;
  if (packet[FIELD.MODE] === MODE.TRUE) return 1;
  if (packet[FIELD.MODE] === MODE.FALSE) return 0;
  return (mix(mix(mix(packet[FIELD.SEED]!, text), history), 0x51) >>> 7) & 1;
}

function isInside(packet: Int32Array, field: number, data: Int32Array, place: number, words: number): number {
  for (let word = 0; word < words; word++) {
    if ((packet[field + word]! & data[place + words + word]!) !== data[place + word]!) return 0;
  }
  return 1;
}

/** Bytes that each match asks for (net/netfilter/xt_tcpudp.c, xt_sctp.c, xt_dccp.c, xt_multiport.c; icmp_match in ip_tables.c). */
const TRANSPORT_BYTES: Readonly<Record<number, number>> = {
  [PROTOCOL.TCP]: 20,
  [PROTOCOL.UDP]: 8,
  [PROTOCOL.UDPLITE]: 8,
  [PROTOCOL.SCTP]: 12,
  [PROTOCOL.DCCP]: 12,
};
const MULTIPORT_BYTES = 4;
const ICMP_BYTES = 8;

/** What a match that asks for `bytes` of the transport header says before it looks inside: null when it can look. */
function afterHeader(packet: Int32Array, bytes: number): number | null {
  if (packet[FIELD.FRAGMENT] !== 0) return TRUTH.FALSE;
  return headerBytes(packet) < bytes ? TRUTH.HOTDROP : null;
}

/** Native expressions of nft read whatever stands where the header would be, field by field, and break off where nothing does. */
function canReadNative(packet: Int32Array, data: Int32Array, place: number): boolean {
  const bytes = headerBytes(packet);
  if (bytes >= 20) return true;
  const readsSource = data[place + 2] !== 0 || data[place + 3] !== 0xffff || data[place + 4] === 1;
  const readsDestination = data[place + 5] !== 0 || data[place + 6] !== 0xffff || data[place + 7] === 1;
  const readsFlags = data[place + 8] !== 0 || data[place + 10] === 1;
  return !((readsSource && bytes < 2) || (readsDestination && bytes < 4) || (readsFlags && bytes < 14));
}

function transport(packet: Int32Array, data: Int32Array, place: number): number {
  if (packet[FIELD.PROTOCOL] !== data[place]) return TRUTH.FALSE;
  if (packet[FIELD.NFT] === 1 && data[place + 1] === 1) {
    if (!canReadNative(packet, data, place)) return TRUTH.FALSE;
  } else {
    if (packet[FIELD.FRAGMENT] === 1 && data[place] === 6) return TRUTH.HOTDROP;
    // Of tcp, 20 bytes are a header whose options can't be read.
    const early = afterHeader(packet, TRANSPORT_BYTES[data[place]!]! + (data[place + 11] === -1 ? 0 : 1));
    if (early !== null) return early;
  }
  const sport = packet[FIELD.SPORT]!;
  const dport = packet[FIELD.DPORT]!;
  const isTrue =
    (sport >= data[place + 2]! && sport <= data[place + 3]!) !== (data[place + 4] === 1) &&
    (dport >= data[place + 5]! && dport <= data[place + 6]!) !== (data[place + 7] === 1) &&
    ((packet[FIELD.FLAGS]! & data[place + 8]!) === data[place + 9]!) !== (data[place + 10] === 1) &&
    (data[place + 11] === -1 || hasOption(packet, data[place + 11]!) !== (data[place + 12] === 1));
  return isTrue ? TRUTH.TRUE : TRUTH.FALSE;
}

function multiport(packet: Int32Array, data: Int32Array, place: number, end: number): number {
  if (!hasPorts(packet[FIELD.PROTOCOL]!)) return 0;
  const side = data[place]!;
  const sport = packet[FIELD.SPORT]!;
  const dport = packet[FIELD.DPORT]!;
  for (let at = place + 1; at < end; at += 2) {
    if (side !== 1 && sport >= data[at]! && sport <= data[at + 1]!) return 1;
    if (side !== 0 && dport >= data[at]! && dport <= data[at + 1]!) return 1;
  }
  return 0;
}

function icmp(packet: Int32Array, data: Int32Array, place: number): number {
  if (data[place] === -1) return 1;
  const code = packet[FIELD.ICMP_CODE]!;
  return packet[FIELD.ICMP_TYPE] === data[place] && code >= data[place + 1]! && code <= data[place + 2]!
    ? 1
    : 0;
}

function iprange(packet: Int32Array, data: Int32Array, place: number, words: number): number {
  const destination = place + 2 + 2 * words;
  const isTrue =
    (data[place] === 0 ||
      inRange(packet, FIELD.SOURCE, data, place + 2, words) !== (data[place + 1] === 1)) &&
    (data[destination] === 0 ||
      inRange(packet, FIELD.DESTINATION, data, destination + 2, words) !== (data[destination + 1] === 1));
  return isTrue ? TRUTH.TRUE : TRUTH.FALSE;
}

/** Looks for the last range that begins at or before the address, by halves. */
function isInSet(packet: Int32Array, data: Int32Array, place: number, end: number, words: number): number {
  const field = data[place] === 0 ? FIELD.SOURCE : FIELD.DESTINATION;
  const start = place + 1;
  let low = 0;
  let high = (end - start) / (2 * words);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareWords(packet, field, data, start + middle * 2 * words, words) >= 0) low = middle + 1;
    else high = middle;
  }
  return low > 0 && inRange(packet, field, data, start + (low - 1) * 2 * words, words) ? 1 : 0;
}

function inRange(packet: Int32Array, field: number, data: Int32Array, place: number, words: number): boolean {
  return (
    compareWords(packet, field, data, place, words) >= 0 &&
    compareWords(packet, field, data, place + words, words) <= 0
  );
}

/** Sign of the first difference between two addresses, as unsigned numbers. */
function compareWords(one: Int32Array, at: number, other: Int32Array, place: number, words: number): number {
  for (let word = 0; word < words; word++) {
    const difference = (one[at + word]! >>> 0) - (other[place + word]! >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

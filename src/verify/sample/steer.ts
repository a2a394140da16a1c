/**
 * Moves a packet's fields so that a condition becomes true or false: inside a network or just past its edge, on a port or beside it.
 */
import { CTSTATE } from "../../model/types.ts";
import { FIELD, hasPorts, MODE, PROTOCOL } from "./packet.ts";
import { type CompiledTable, KIND } from "./program.ts";
import type { Random } from "./random.ts";
import { steerAddress, steerRange } from "./steer-address.ts";
import { evaluateCondition } from "./truth.ts";

const STATES = [CTSTATE.INVALID, CTSTATE.ESTABLISHED, CTSTATE.RELATED, CTSTATE.NEW, CTSTATE.UNTRACKED];

/** Makes a condition true where it isn't yet. Best effort: two conditions of one rule may exclude each other. */
export function satisfy(table: CompiledTable, packet: Int32Array, id: number, random: Random): void {
  const { kinds, negated, staticCount } = table.conditions;
  if (id < staticCount && evaluateCondition(table, packet, id) === 1) return;
  steer(table, packet, id, negated[id] === 0, random);
  if (kinds[id] === KIND.TRANSPORT || kinds[id] === KIND.MULTIPORT || kinds[id] === KIND.ICMP) {
    packet[FIELD.FRAGMENT] = 0;
    packet[FIELD.SHORT] = 0;
  }
}

/** Moves the packet just past a boundary of the condition. */
export function leave(table: CompiledTable, packet: Int32Array, id: number, random: Random): void {
  steer(table, packet, id, table.conditions.negated[id] === 1, random);
}

/** Puts the fields that a condition reads inside what it names, or outside; negation is the caller's business. */
function steer(table: CompiledTable, packet: Int32Array, id: number, inside: boolean, random: Random): void {
  const { kinds, at, data } = table.conditions;
  const place = at[id]!;
  const kind = kinds[id]!;
  switch (kind) {
    case KIND.SOURCE:
    case KIND.DESTINATION: {
      const field = kind === KIND.SOURCE ? FIELD.SOURCE : FIELD.DESTINATION;
      steerAddress(packet, field, data, place, table.words, inside, random);
      break;
    }
    case KIND.IN:
    case KIND.OUT:
      steerInterface(table, packet, kind === KIND.IN ? FIELD.IN : FIELD.OUT, place, inside, random);
      break;
    case KIND.PROTOCOL:
      packet[FIELD.PROTOCOL] = inside ? data[place]! : random.pick(table.pools.protocols);
      break;
    case KIND.FRAGMENT:
      packet[FIELD.FRAGMENT] = inside ? random.between(1, 2) : 0;
      break;
    case KIND.TRANSPORT:
      steerTransport(packet, data, place, inside, random);
      break;
    case KIND.MULTIPORT:
      steerMultiport(packet, data, place, at[id + 1]!, inside, random);
      break;
    case KIND.ICMP:
      steerIcmp(table, packet, place, inside, random);
      break;
    case KIND.MAC:
      packet[FIELD.MAC] = inside ? data[place]! : random.below(table.macs.length + 1) - 1;
      break;
    case KIND.IPRANGE:
      steerRange(packet, data, place, table.words, inside, random);
      break;
    default:
      steerState(packet, kind, data, place, inside, random);
  }
}

/** The fields that are not the packet's own: connection state, marks, and what matches that are not modelled answer. */
function steerState(
  packet: Int32Array,
  kind: number,
  data: Int32Array,
  place: number,
  inside: boolean,
  random: Random,
): void {
  if (kind === KIND.CTSTATE || kind === KIND.LIVE_CTSTATE) {
    steerCtstate(packet, data[place]!, inside, random);
  } else if (kind === KIND.MARK || kind === KIND.CONNMARK) {
    steerMark(packet, kind === KIND.MARK ? FIELD.MARK : FIELD.CONNMARK, data, place, inside, random);
  } else if (random.percent(60)) {
    packet[FIELD.MODE] = inside ? MODE.TRUE : MODE.FALSE;
  }
}

function steerInterface(
  table: CompiledTable,
  packet: Int32Array,
  field: number,
  place: number,
  inside: boolean,
  random: Random,
): void {
  const count = table.interfaces.length;
  const start = random.below(count);
  for (let step = 0; step < count; step++) {
    const name = (start + step) % count;
    if ((table.conditions.data[place + name] === 1) === inside) {
      packet[field] = name;
      return;
    }
  }
}

/** A port inside a range, often at its edge; or outside, mostly right beside it. */
function portFor(first: number, last: number, inside: boolean, random: Random): number {
  if (inside) {
    const choice = random.below(4);
    return choice === 0 ? last : choice === 1 ? first : random.between(first, Math.max(first, last));
  }
  const choice = random.below(3);
  return (choice === 0 ? first - 1 : choice === 1 ? last + 1 : random.below(0x10000)) & 0xffff;
}

function steerTransport(
  packet: Int32Array,
  data: Int32Array,
  place: number,
  inside: boolean,
  random: Random,
): void {
  if (inside) packet[FIELD.PROTOCOL] = data[place]!;
  // To leave, one of the parts that say something is enough.
  const part = inside ? -1 : random.below(4);
  for (let side = 0; side < 2; side++) {
    const at = place + 2 + 3 * side;
    const isAny = data[at] === 0 && data[at + 1] === 0xffff;
    if (part !== -1 && (part !== side || isAny)) continue;
    const want = (data[at + 2] === 0) === inside;
    packet[side === 0 ? FIELD.SPORT : FIELD.DPORT] = portFor(data[at]!, data[at + 1]!, want, random);
  }
  steerTcp(packet, data, place + 8, inside, part, random);
}

/** Flags (three parameters) and option (two). */
function steerTcp(
  packet: Int32Array,
  data: Int32Array,
  place: number,
  inside: boolean,
  part: number,
  random: Random,
): void {
  const mask = data[place]!;
  if (mask !== 0 && (inside || part === 2)) {
    const wanted = (packet[FIELD.FLAGS]! & ~mask) | data[place + 1]!;
    const want = (data[place + 2] === 0) === inside;
    packet[FIELD.FLAGS] = want ? wanted : wanted ^ randomBit(mask, random);
  }
  const option = data[place + 3]!;
  if (option !== -1 && (inside || part === 3)) {
    packet[FIELD.OPTION] = (data[place + 4] === 0) === inside ? option : -1;
  }
}

function steerMultiport(
  packet: Int32Array,
  data: Int32Array,
  place: number,
  end: number,
  inside: boolean,
  random: Random,
): void {
  if (inside && !hasPorts(packet[FIELD.PROTOCOL]!)) packet[FIELD.PROTOCOL] = PROTOCOL.TCP;
  const range = place + 1 + 2 * random.below((end - place - 1) >> 1);
  const side = data[place] === 2 ? random.below(2) : data[place];
  const field = side === 0 ? FIELD.SPORT : FIELD.DPORT;
  packet[field] = portFor(data[range]!, data[range + 1]!, inside, random);
}

function steerIcmp(
  table: CompiledTable,
  packet: Int32Array,
  place: number,
  inside: boolean,
  random: Random,
): void {
  const { data } = table.conditions;
  packet[FIELD.PROTOCOL] = table.words === 1 ? PROTOCOL.ICMP : PROTOCOL.ICMP6;
  const type = data[place]!;
  if (type === -1) return;
  const byCode = data[place + 1] !== 0 || data[place + 2] !== 255;
  packet[FIELD.ICMP_TYPE] = type;
  packet[FIELD.ICMP_CODE] = random.between(data[place + 1]!, data[place + 2]!);
  if (inside) return;
  if (byCode && random.percent(50)) packet[FIELD.ICMP_CODE] = (data[place + 2]! + 1) & 0xff;
  else packet[FIELD.ICMP_TYPE] = (type + (random.percent(50) ? 1 : -1)) & 0xff;
}

function steerCtstate(packet: Int32Array, states: number, inside: boolean, random: Random): void {
  const start = random.below(STATES.length);
  for (let step = 0; step < STATES.length; step++) {
    const state = STATES[(start + step) % STATES.length]!;
    if (((states & state) !== 0) !== inside) continue;
    packet[FIELD.CTSTATE] = state;
    return;
  }
  // Only SNAT and DNAT are named (or every state is, and nothing is outside).
  const nat = states & (CTSTATE.SNAT | CTSTATE.DNAT);
  packet[FIELD.CTSTATE] = CTSTATE.NEW | (inside ? randomBit(nat, random) : 0);
}

function steerMark(
  packet: Int32Array,
  field: number,
  data: Int32Array,
  place: number,
  inside: boolean,
  random: Random,
): void {
  const mask = data[place + 1]!;
  const wanted = (packet[field]! & ~mask) | data[place]!;
  packet[field] = inside ? wanted : wanted ^ randomBit(mask, random);
  if (field === FIELD.CONNMARK && (packet[FIELD.CTSTATE]! & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0) {
    packet[FIELD.CTSTATE] = CTSTATE.NEW;
  }
}

/** One of the bits of a mask; 0 for none. */
export function randomBit(mask: number, random: Random): number {
  if (mask === 0) return 0;
  for (;;) {
    const bit = 1 << random.below(32);
    if ((mask & bit) !== 0) return bit;
  }
}

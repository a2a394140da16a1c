/**
 * Moves a packet's fields so that a condition becomes true or false: inside a network or just past its edge, on a port or beside it.
 */
import { CTSTATE } from "../../model/types.ts";
import { FIELD, MODE, setAnswer } from "./packet.ts";
import { type CompiledTable, KIND } from "./program.ts";
import { type Random, randomBit } from "./random.ts";
import { steerAddress, steerMember, steerRange } from "./steer-address.ts";
import { steerIcmp, steerMultiport, steerTransport } from "./steer-transport.ts";
import { evaluateCondition } from "./truth.ts";

const STATES = [CTSTATE.INVALID, CTSTATE.ESTABLISHED, CTSTATE.RELATED, CTSTATE.NEW, CTSTATE.UNTRACKED];

/** Flags beside a state. */
const NAT = CTSTATE.SNAT | CTSTATE.DNAT;

/** States without a connection, and so without flags. */
const NO_CONNECTION = CTSTATE.INVALID | CTSTATE.UNTRACKED;

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
    case KIND.ADDRESS_SET: {
      const field = data[place] === 0 ? FIELD.SOURCE : FIELD.DESTINATION;
      steerMember(packet, field, data, place + 1, at[id + 1]!, table.words, inside, random);
      break;
    }
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
  } else if (random.percent(75)) {
    setAnswer(packet, data[place]!, inside ? 1 : 0);
  } else if (random.percent(50)) {
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
  const { data } = table.conditions;
  const count = table.interfaces.length;
  // A few tries first, so that every name that fits gets its turn, whatever stands in front of it.
  for (let tries = 0; tries < 8; tries++) {
    const name = random.below(count);
    if ((data[place + name] === 1) !== inside) continue;
    packet[field] = name;
    return;
  }
  const start = random.below(count);
  for (let step = 0; step < count; step++) {
    const name = (start + step) % count;
    if ((data[place + name] === 1) !== inside) continue;
    packet[field] = name;
    return;
  }
}

/** The state or a flag beside it; whatever the condition does not name stays as it is. */
function steerCtstate(packet: Int32Array, states: number, inside: boolean, random: Random): void {
  const now = packet[FIELD.CTSTATE]!;
  const nat = states & NAT;
  if (inside && nat !== 0 && ((states & ~NAT) === 0 || random.percent(50))) {
    const state = (now & NO_CONNECTION) === 0 ? now : CTSTATE.NEW;
    packet[FIELD.CTSTATE] = state | randomBit(nat, random);
    return;
  }
  const flags = inside ? now & NAT : now & NAT & ~nat;
  const isMoved = inside || (now & states & ~NAT) !== 0 || random.percent(50);
  packet[FIELD.CTSTATE] = (isMoved ? stateFor(states, inside, random) : now & ~NAT) | flags;
}

/** A state that a condition names, or one that it does not; any where there is no such state. */
function stateFor(states: number, inside: boolean, random: Random): number {
  const start = random.below(STATES.length);
  for (let step = 0; step < STATES.length; step++) {
    const state = STATES[(start + step) % STATES.length]!;
    if (((states & state) !== 0) === inside) return state;
  }
  return STATES[start]!;
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
  if (field === FIELD.CONNMARK && (packet[FIELD.CTSTATE]! & NO_CONNECTION) !== 0) {
    packet[FIELD.CTSTATE] = CTSTATE.NEW;
  }
}

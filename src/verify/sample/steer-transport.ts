/**
 * Moves protocol, ports, flags, options and icmp types so that a condition on the transport header becomes true or false.
 */
import { FIELD, hasPorts, PROTOCOL, setOption } from "./packet.ts";
import type { CompiledTable } from "./program.ts";
import { type Random, randomBit } from "./random.ts";

/** A port inside a range, often at its edge; or outside, mostly right beside it. */
function portFor(first: number, last: number, inside: boolean, random: Random): number {
  if (inside) {
    const choice = random.below(4);
    return choice === 0 ? last : choice === 1 ? first : random.between(first, Math.max(first, last));
  }
  const choice = random.below(3);
  return (choice === 0 ? first - 1 : choice === 1 ? last + 1 : random.below(0x10000)) & 0xffff;
}

/** Protocol, ports, flags and option of a transport condition; `data` as conditions.ts lays it out. */
export function steerTransport(
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
    setOption(packet, option, (data[place + 4] === 0) === inside);
  }
}

/** The ports of a multiport condition. */
export function steerMultiport(
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

/** Type and code of an icmp condition. */
export function steerIcmp(
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

/**
 * The fields of a packet before any rule is looked at: values that the rulesets use, mixed with values that nobody uses.
 */
import { CTSTATE } from "../../model/types.ts";
import { clearOptions, FIELD, MODE, setOption } from "./packet.ts";
import { type CompiledTable, KIND } from "./program.ts";
import { type Random, randomBit } from "./random.ts";
import { steerAddress, steerMember } from "./steer-address.ts";

/** Weighted by repetition: rulesets let established packets through early, so most are new. */
const STATES = Int32Array.of(
  ...new Array<number>(14).fill(CTSTATE.NEW),
  ...new Array<number>(3).fill(CTSTATE.ESTABLISHED),
  CTSTATE.RELATED,
  CTSTATE.INVALID,
  CTSTATE.UNTRACKED,
);

/** Percent of the packets with a connection whose source was rewritten, and as many whose destination was. */
const NAT_SHARE = 12;

const SYN = 2;

/** Draws every field. Fields that the protocol or the hook does not have are cleared later. */
export function drawBase(table: CompiledTable, packet: Int32Array, random: Random): void {
  const { pools } = table;
  drawAddress(table, packet, FIELD.SOURCE, random);
  drawAddress(table, packet, FIELD.DESTINATION, random);
  packet[FIELD.IN] = random.below(table.interfaces.length);
  packet[FIELD.OUT] = random.below(table.interfaces.length);
  packet[FIELD.PROTOCOL] = random.percent(92) ? random.pick(pools.protocols) : random.below(256);
  packet[FIELD.SPORT] = random.percent(60) ? random.between(1024, 65535) : drawPort(table, random);
  packet[FIELD.DPORT] = drawPort(table, random);
  const flags = random.below(3);
  packet[FIELD.FLAGS] = flags === 0 ? SYN : flags === 1 ? random.pick(pools.flags) : random.below(64);
  drawOptions(table, packet, random);
  const icmp = random.percent(70) ? random.pick(pools.icmp) : random.below(0x10000);
  packet[FIELD.ICMP_TYPE] = icmp >> 8;
  packet[FIELD.ICMP_CODE] = icmp & 255;
  packet[FIELD.CTSTATE] = drawCtstate(random);
  packet[FIELD.MARK] = random.percent(60) ? 0 : drawMark(table, random);
  packet[FIELD.CONNMARK] = random.percent(50) ? 0 : drawMark(table, random);
  packet[FIELD.MAC] = random.below(table.macs.length + 1) - 1;
  packet[FIELD.FRAGMENT] = packet[FIELD.SHORT] = packet[FIELD.BROKEN] = 0;
  packet[FIELD.NFT] = random.below(2);
  const mode = random.below(10);
  packet[FIELD.MODE] = mode < 3 ? MODE.RANDOM : mode < 5 ? MODE.TRUE : MODE.FALSE;
  packet[FIELD.ANSWERS] = 0;
  packet[FIELD.SEED] = random.bits();
}

/** Lengths of cut headers, on both sides of what each match needs. */
const CUT_LENGTHS = Int32Array.of(0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 14, 19, 20);

/** Breaks a few packets: later fragments, short transport headers, IPv6 extension headers that can't be followed. */
export function disturb(packet: Int32Array, random: Random): void {
  const choice = random.below(100);
  if (choice < 4) packet[FIELD.FRAGMENT] = random.between(1, 2);
  else if (choice < 9) packet[FIELD.SHORT] = 1 + random.pick(CUT_LENGTHS);
  else if (choice < 12) packet[FIELD.BROKEN] = 1;
}

/** Inside or beside a network that one of the rulesets names, whichever side it names it on; sometimes any. */
function drawAddress(table: CompiledTable, packet: Int32Array, field: number, random: Random): void {
  const { addresses } = table.pools;
  if (addresses.length === 0 || random.percent(10)) {
    for (let word = 0; word < table.words; word++) packet[field + word] = random.bits();
    return;
  }
  const { kinds, at, data } = table.conditions;
  const id = random.pick(addresses);
  const inside = random.percent(85);
  if (kinds[id] === KIND.ADDRESS_SET)
    steerMember(packet, field, data, at[id]! + 1, at[id + 1]!, table.words, inside, random);
  else steerAddress(packet, field, data, at[id]!, table.words, inside, random);
}

/** Mostly none; else a few of those that the rules name. */
function drawOptions(table: CompiledTable, packet: Int32Array, random: Random): void {
  clearOptions(packet);
  if (random.percent(70)) return;
  for (let left = random.between(1, 3); left > 0; left--)
    setOption(packet, random.pick(table.pools.options), true);
}

/** A state, and the flags of address translation, each on its own (net/netfilter/xt_conntrack.c, conntrack_mt). */
function drawCtstate(random: Random): number {
  let state = random.pick(STATES);
  if ((state & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0) return state;
  if (random.percent(NAT_SHARE)) state |= CTSTATE.SNAT;
  if (random.percent(NAT_SHARE)) state |= CTSTATE.DNAT;
  return state;
}

function drawPort(table: CompiledTable, random: Random): number {
  if (random.percent(15)) return random.below(0x10000);
  const port = random.pick(table.pools.ports);
  return random.percent(80) ? port : (port + random.between(-1, 1)) & 0xffff;
}

function drawMark(table: CompiledTable, random: Random): number {
  const choice = random.below(4);
  if (choice === 0) return random.bits();
  const mark = random.pick(table.pools.marks);
  if (choice === 1) return randomBit(mark, random);
  return choice === 2 ? mark : mark | random.pick(table.pools.marks);
}

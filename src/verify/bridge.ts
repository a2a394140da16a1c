/**
 * One packet in the terms of both checkers: the fields of a sampled packet, and the variables of a proof. The only place that knows both; what either thinks of a packet stays
 * its own.
 */
import { CTSTATE } from "../model/types.ts";
import { FIELD, hasOption, headerBytes, makePacket, MODE, setAnswer, setOption } from "./sample/packet.ts";
import type { CompiledTable } from "./sample/program.ts";
import type { Oracle } from "./sample/evaluate.ts";
import { STATE_CODES } from "./symbolic/conditions.ts";
import { bitsOf, numberBits } from "./symbolic/encode.ts";
import type { TableProof } from "./symbolic/table-proof.ts";
import { type Fields, HEADER_BYTES } from "./symbolic/variables.ts";

/** What a packet is spelled with: variables and names. */
export type PacketTerms = Pick<TableProof, "join" | "interfaces" | "macs">;

/** Names in a sampled packet, by number. */
export type PacketNames = Pick<CompiledTable, "words" | "interfaces" | "macs" | "texts">;

/** Value of a variable, by level. */
export type Bits = (level: number) => number;

/** What was answered in a walk, by `answerKey`. */
export type Answers = ReadonlyMap<string, number>;

/** Key of an answer: what was asked, and how often it, or anything that it may read, was there before. */
export function answerKey(text: string, times: number): string {
  return `${times} ${text}`;
}

/** The variables of a sampled packet. Answers that are not there are those that no walk asked for: 0. */
export function packetBits(
  proof: TableProof,
  table: CompiledTable,
  packet: Int32Array,
  answers: Answers,
): Bits {
  const { variables } = proof.join;
  const bits = new Map<number, number>();
  const values = fieldValues(proof, table, packet);
  for (const name of Object.keys(values) as (keyof Fields)[]) {
    const levels = variables.fields[name];
    const value = values[name];
    const list = typeof value === "number" ? numberBits(value, levels.length) : bitsOf(value);
    for (const [at, level] of levels.entries()) bits.set(level, list[at]!);
  }
  for (let bit = 0; bit < 32; bit++) {
    bits.set(variables.mark(bit), (packet[FIELD.MARK]! >>> bit) & 1);
    bits.set(variables.connmark(bit), (packet[FIELD.CONNMARK]! >>> bit) & 1);
  }
  return (level) => bits.get(level) ?? answerBit(proof, packet, answers, level);
}

function answerBit(proof: TableProof, packet: Int32Array, answers: Answers, level: number): number {
  const answer = proof.join.variables.answerAt(level);
  if (answer === undefined) return 0;
  const option = /^tcp option (\d+)$/.exec(answer.text);
  if (option !== null) return Number(hasOption(packet, Number(option[1])));
  return answers.get(answerKey(answer.text.replace(/^end of /, ""), answer.times)) ?? 0;
}

function fieldValues(
  proof: TableProof,
  table: CompiledTable,
  packet: Int32Array,
): Readonly<Record<keyof Fields, number | readonly number[]>> {
  const states = packet[FIELD.CTSTATE]!;
  const words = (field: number): readonly number[] => [...packet.subarray(field, field + table.words)];
  const mac = packet[FIELD.MAC]!;
  const known = mac === -1 ? -1 : proof.macs.indexOf(table.macs[mac]!);
  return {
    state: STATE_CODES.findIndex((state) => (states & state) !== 0),
    snat: Number((states & CTSTATE.SNAT) !== 0),
    dnat: Number((states & CTSTATE.DNAT) !== 0),
    in: proof.interfaces.classOf(table.interfaces[packet[FIELD.IN]!]!),
    out: proof.interfaces.classOf(table.interfaces[packet[FIELD.OUT]!]!),
    broken: packet[FIELD.BROKEN]!,
    protocol: packet[FIELD.PROTOCOL]!,
    source: words(FIELD.SOURCE),
    destination: words(FIELD.DESTINATION),
    nft: packet[FIELD.NFT]!,
    fragment: packet[FIELD.FRAGMENT]!,
    header: HEADER_BYTES.findLastIndex((bytes) => bytes <= headerBytes(packet)),
    dport: packet[FIELD.DPORT]!,
    sport: packet[FIELD.SPORT]!,
    flags: packet[FIELD.FLAGS]!,
    icmpType: packet[FIELD.ICMP_TYPE]!,
    icmpCode: packet[FIELD.ICMP_CODE]!,
    mac: mac === -1 ? 0 : known === -1 ? 1 : known + 2,
  };
}

/** A packet of a proof as the sampler has it, with what answers for everything that is not modelled. */
export function sampledPacket(
  proof: PacketTerms,
  table: PacketNames,
  bits: Bits,
  anyMark: boolean,
): { readonly packet: Int32Array; readonly oracle: Oracle } {
  const { variables } = proof.join;
  const packet = makePacket();
  const number = (levels: readonly number[]): number =>
    levels.reduce((value, level) => value * 2 + bits(level), 0);
  const { fields } = variables;
  const state = number(fields.state);
  packet[FIELD.CTSTATE] =
    STATE_CODES[state]! |
    (number(fields.snat) === 1 ? CTSTATE.SNAT : 0) |
    (number(fields.dnat) === 1 ? CTSTATE.DNAT : 0);
  packet[FIELD.IN] = interfaceNumber(proof, table, number(fields.in));
  packet[FIELD.OUT] = interfaceNumber(proof, table, number(fields.out));
  packet[FIELD.BROKEN] = number(fields.broken);
  packet[FIELD.PROTOCOL] = number(fields.protocol);
  for (let word = 0; word < table.words; word++) {
    packet[FIELD.SOURCE + word] = number(fields.source.slice(word * 32, word * 32 + 32));
    packet[FIELD.DESTINATION + word] = number(fields.destination.slice(word * 32, word * 32 + 32));
  }
  packet[FIELD.NFT] = number(fields.nft);
  packet[FIELD.FRAGMENT] = number(fields.fragment);
  const header = number(fields.header);
  packet[FIELD.SHORT] = header === HEADER_BYTES.length - 1 ? 0 : HEADER_BYTES[header]! + 1;
  packet[FIELD.DPORT] = number(fields.dport);
  packet[FIELD.SPORT] = number(fields.sport);
  packet[FIELD.FLAGS] = number(fields.flags);
  packet[FIELD.ICMP_TYPE] = number(fields.icmpType);
  packet[FIELD.ICMP_CODE] = number(fields.icmpCode);
  packet[FIELD.MAC] = macNumber(proof, table, number(fields.mac));
  packet[FIELD.MODE] = MODE.FALSE;
  packet[FIELD.ANY_MARK] = anyMark ? 1 : 0;
  for (let bit = 0; bit < 32; bit++) {
    packet[FIELD.MARK]! |= bits(variables.mark(bit)) << bit;
    packet[FIELD.CONNMARK]! |= bits(variables.connmark(bit)) << bit;
  }
  return { packet, oracle: oracleOf(proof, table, packet, bits) };
}

/** Sets tcp options and answers for named addresses in the packet; all other answers come from the oracle. */
function oracleOf(proof: PacketTerms, table: PacketNames, packet: Int32Array, bits: Bits): Oracle {
  const { variables } = proof.join;
  const answers = new Map<string, number>();
  for (const { level, answer } of variables.answers()) {
    const option = /^tcp option (\d+)$/.exec(answer.text);
    if (option !== null) setOption(packet, Number(option[1]), bits(level) === 1);
    const text = answer.text.replace(/^end of /, "");
    answers.set(answerKey(text, answer.times), bits(level));
    if (/^-[sd] /.test(text)) setAnswer(packet, table.texts.indexOf(text), bits(level));
  }
  return (text, times) => answers.get(answerKey(table.texts[text]!, times)) ?? -1;
}

function interfaceNumber(proof: PacketTerms, table: PacketNames, number: number): number {
  return table.interfaces.findIndex((name) => proof.interfaces.classOf(name) === number);
}

function macNumber(proof: PacketTerms, table: PacketNames, code: number): number {
  if (code === 0) return -1;
  return code === 1 ? 0 : table.macs.indexOf(proof.macs[code - 2]!);
}

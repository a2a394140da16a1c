/**
 * A sampled packet: one flat array of 32-bit integers, so that drawing and evaluating one allocates nothing.
 */

/** Index of each field in a packet. Interfaces and hardware addresses are indices into the compiled table's names. */
export const FIELD = {
  /** 0 is the empty name. */
  IN: 0,
  OUT: 1,
  PROTOCOL: 2,
  SPORT: 3,
  DPORT: 4,
  FLAGS: 5,
  ICMP_TYPE: 6,
  ICMP_CODE: 7,
  /** One of the first five CTSTATE bits; beside NEW, ESTABLISHED and RELATED perhaps SNAT, DNAT or both. */
  CTSTATE: 8,
  MARK: 9,
  CONNMARK: 10,
  /** -1: no Ethernet header. */
  MAC: 11,
  /** Fragment offset: 0, 1, or 2 for any larger one. */
  FRAGMENT: 12,
  /** 0: the transport header is whole; else 1 + the number of its bytes that are there (20 of tcp: the header, but not its options). */
  SHORT: 13,
  /** 1: the IPv6 extension headers are broken. */
  BROKEN: 14,
  /** 1: evaluated as the nft backend does, 0: as legacy does. */
  NFT: 15,
  /** What matches that are not modelled answer: see MODE. */
  MODE: 16,
  /** Decides their answers in MODE.RANDOM. */
  SEED: 17,
  /** 1: entered with arbitrary own bits, so own bits of marks are not compared. */
  ANY_MARK: 18,
  /** One word in IPv4, four in IPv6, most significant first. */
  SOURCE: 19,
  DESTINATION: 23,
  /** The tcp options that the packet carries: eight words, one bit for each number. */
  OPTIONS: 27,
  /** How many answers were given to single texts since the packet was begun; ANSWER holds the last ones. */
  ANSWERS: 35,
  /** For matches and targets that are not modelled: number of the text * 2 + answer, or -1. */
  ANSWER: 36,
} as const;

/** Number of fields. */
export const PACKET_SIZE = 44;

/** Answers of matches that are not modelled. */
export const MODE = { RANDOM: 0, TRUE: 1, FALSE: 2 } as const;

/** How many bytes of the transport header the packet has; more than any header needs where it is whole. */
export function headerBytes(packet: Int32Array): number {
  const short = packet[FIELD.SHORT]!;
  return short === 0 ? 64 : short - 1;
}

/** Words of OPTIONS. */
const OPTION_WORDS = 8;

/** Whether the packet carries a tcp option. */
export function hasOption(packet: Int32Array, option: number): boolean {
  return (packet[FIELD.OPTIONS + (option >> 5)]! & (1 << (option & 31))) !== 0;
}

/** Adds a tcp option, or takes it away. */
export function setOption(packet: Int32Array, option: number, isThere: boolean): void {
  const word = FIELD.OPTIONS + (option >> 5);
  const bit = 1 << (option & 31);
  packet[word] = isThere ? packet[word]! | bit : packet[word]! & ~bit;
}

/** Takes all tcp options away. */
export function clearOptions(packet: Int32Array): void {
  packet.fill(0, FIELD.OPTIONS, FIELD.OPTIONS + OPTION_WORDS);
}

/** Numbers of the tcp options that the packet carries, ascending. */
export function optionsOf(packet: Int32Array): readonly number[] {
  return Array.from({ length: 32 * OPTION_WORDS }, (_, option) => option).filter((option) =>
    hasOption(packet, option),
  );
}

/** Places for answers. */
const MOST_ANSWERS = 8;

/** What one text answers in this packet, whatever MODE says: 0 or 1, or -1 where nothing was said. */
export function answerOf(packet: Int32Array, text: number): number {
  const end = FIELD.ANSWER + Math.min(packet[FIELD.ANSWERS]!, MOST_ANSWERS);
  for (let at = FIELD.ANSWER; at < end; at++) if (packet[at]! >> 1 === text) return packet[at]! & 1;
  return -1;
}

/** Says what one text answers. The oldest answer gives way when there is no place left. */
export function setAnswer(packet: Int32Array, text: number, answer: number): void {
  const end = FIELD.ANSWER + Math.min(packet[FIELD.ANSWERS]!, MOST_ANSWERS);
  let place = FIELD.ANSWER;
  while (place < end && packet[place]! >> 1 !== text) place++;
  if (place === end) place = FIELD.ANSWER + (packet[FIELD.ANSWERS]!++ % MOST_ANSWERS);
  packet[place] = text * 2 + answer;
}

/** The texts that were given an answer of their own, in no order that matters. */
export function answeredTexts(packet: Int32Array): readonly number[] {
  const count = Math.min(packet[FIELD.ANSWERS]!, MOST_ANSWERS);
  return [...packet.subarray(FIELD.ANSWER, FIELD.ANSWER + count)]
    .filter((entry) => entry !== -1)
    .map((entry) => entry >> 1);
}

/** Lets a text answer as MODE says again. */
export function dropAnswer(packet: Int32Array, text: number): void {
  for (let at = FIELD.ANSWER; at < FIELD.ANSWER + MOST_ANSWERS; at++)
    if (packet[at]! >> 1 === text) packet[at] = -1;
}

/** Protocol numbers that the sampler knows by name. */
export const PROTOCOL = { ICMP: 1, TCP: 6, UDP: 17, DCCP: 33, ICMP6: 58, SCTP: 132, UDPLITE: 136 } as const;

/** True for the protocols whose header starts with two ports. */
export function hasPorts(protocol: number): boolean {
  return (
    protocol === PROTOCOL.TCP ||
    protocol === PROTOCOL.UDP ||
    protocol === PROTOCOL.SCTP ||
    protocol === PROTOCOL.DCCP ||
    protocol === PROTOCOL.UDPLITE
  );
}

/** An empty packet: every field 0, no Ethernet header, no tcp option. */
export function makePacket(): Int32Array {
  const packet = new Int32Array(PACKET_SIZE);
  packet[FIELD.MAC] = -1;
  return packet;
}

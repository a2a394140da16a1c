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
  /** Number of the one tcp option that the packet carries, or -1. */
  OPTION: 6,
  ICMP_TYPE: 7,
  ICMP_CODE: 8,
  /** One of the first five CTSTATE bits, and perhaps SNAT or DNAT beside it. */
  CTSTATE: 9,
  MARK: 10,
  CONNMARK: 11,
  /** -1: no Ethernet header. */
  MAC: 12,
  /** Fragment offset: 0, 1, or 2 for any larger one. */
  FRAGMENT: 13,
  /** 1: the transport header is cut short. */
  SHORT: 14,
  /** 1: the IPv6 extension headers are broken. */
  BROKEN: 15,
  /** 1: evaluated as the nft backend does, 0: as legacy does. */
  NFT: 16,
  /** What matches that are not modelled answer: see MODE. */
  MODE: 17,
  /** Decides their answers in MODE.RANDOM. */
  SEED: 18,
  /** 1: entered with arbitrary own bits, so own bits of marks are not compared. */
  ANY_MARK: 19,
  /** One word in IPv4, four in IPv6, most significant first. */
  SOURCE: 20,
  DESTINATION: 24,
} as const;

/** Number of fields. */
export const PACKET_SIZE = 28;

/** Answers of matches that are not modelled. */
export const MODE = { RANDOM: 0, TRUE: 1, FALSE: 2 } as const;

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
  packet[FIELD.OPTION] = -1;
  return packet;
}

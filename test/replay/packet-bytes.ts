/** Packets and capture files made byte by byte, for the tests of replays. */

/** Numbers as they are sent. */
export function be16(value: number): readonly number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function be32(value: number): readonly number[] {
  return [...be16(value >>> 16), ...be16(value & 0xffff)];
}

export function v4(text: string): readonly number[] {
  return text.split(".").map(Number);
}

/** Groups without `::`, or with one. */
export function v6(text: string): readonly number[] {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const middle = tail === undefined ? [] : new Array<number>(8 - first.length - last.length).fill(0);
  return [...first, ...middle, ...last].flatMap(be16);
}

export const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const;

export function tcp(
  sport: number,
  dport: number,
  flags: number,
  options: readonly number[] = [],
): readonly number[] {
  const words = 5 + options.length / 4;
  const head = [...be16(sport), ...be16(dport), ...be32(1), ...be32(1)];
  return [...head, words << 4, flags, ...be16(1024), 0, 0, 0, 0, ...options];
}

export function udp(sport: number, dport: number, size = 4): readonly number[] {
  return [...be16(sport), ...be16(dport), ...be16(8 + size), 0, 0, ...new Array<number>(size).fill(0x61)];
}

export function icmp(
  type: number,
  code: number,
  id: number,
  data: readonly number[] = [],
): readonly number[] {
  return [type, code, 0, 0, ...be16(id), 0, 1, ...data];
}

/** What an IPv4 header may say beside addresses. */
export interface Ipv4Options {
  readonly id?: number;
  /** In units of eight bytes. */
  readonly offset?: number;
  readonly more?: boolean;
  readonly total?: number;
}

export function ipv4(
  source: string,
  destination: string,
  protocol: number,
  data: readonly number[],
  { id = 7, offset = 0, more = false, total }: Ipv4Options = {},
): readonly number[] {
  const length = total ?? 20 + data.length;
  const fragment = offset | (more ? 0x2000 : 0);
  const head = [0x45, 0, ...be16(length), ...be16(id), ...be16(fragment), 64, protocol, 0, 0];
  return [...head, ...v4(source), ...v4(destination), ...data];
}

export function ipv6(
  source: string,
  destination: string,
  next: number,
  data: readonly number[],
): readonly number[] {
  return [0x60, 0, 0, 0, ...be16(data.length), next, 64, ...v6(source), ...v6(destination), ...data];
}

const SENDER = [2, 0, 0, 0, 0, 1];

export function ethernet(
  type: number,
  data: readonly number[],
  tags: readonly number[] = [],
): readonly number[] {
  const tagged = tags.flatMap((tag) => [0x81, 0, ...be16(tag)]);
  return [2, 0, 0, 0, 0, 9, ...SENDER, ...tagged, ...be16(type), ...data];
}

/** Linux cooked: `packetType` 0 to us, 4 from us. */
export function cooked(packetType: number, type: number, data: readonly number[]): readonly number[] {
  return [...be16(packetType), ...be16(1), ...be16(6), ...SENDER, 0, 0, ...be16(type), ...data];
}

export function cooked2(
  device: number,
  packetType: number,
  type: number,
  data: readonly number[],
): readonly number[] {
  return [...be16(type), 0, 0, ...be32(device), ...be16(1), packetType, 6, ...SENDER, 0, 0, ...data];
}

/** One record of a file. */
export interface Recorded {
  readonly bytes: readonly number[];
  /** Seconds. */
  readonly time?: number;
  /** How many bytes there were, where the file has fewer. */
  readonly length?: number;
}

export interface PcapKind {
  readonly link?: number;
  readonly isLittle?: boolean;
  readonly isNano?: boolean;
  readonly snapLength?: number;
}

/** A classic capture file. */
export function pcap(
  records: readonly (Recorded | readonly number[])[],
  { link = 1, isLittle = true, isNano = false, snapLength = 262_144 }: PcapKind = {},
): Uint8Array {
  const order = (bytes: readonly number[]) => (isLittle ? [...bytes].reverse() : bytes);
  const long = (value: number) => order(be32(value));
  const short = (value: number) => order(be16(value));
  const head = [
    long(isNano ? 0xa1b23c4d : 0xa1b2c3d4),
    short(2),
    short(4),
    long(0),
    long(0),
    long(snapLength),
  ];
  const out = [...head.flat(), ...long(link)];
  records.forEach((each, at) => {
    const { bytes, time = at / 1000, length }: Recorded = "bytes" in each ? each : { bytes: each };
    const whole = Math.floor(time);
    const fraction = Math.round((time - whole) * (isNano ? 1e9 : 1e6));
    out.push(
      ...long(whole),
      ...long(fraction),
      ...long(bytes.length),
      ...long(length ?? bytes.length),
      ...bytes,
    );
  });
  return Uint8Array.from(out);
}

/** One packet of a pcapng file; `direction`: 1 in, 2 out. */
export interface Blocked extends Recorded {
  readonly device?: number;
  readonly direction?: number;
}

/** A pcapng file with one section. */
export function pcapng(
  devices: readonly { readonly link: number; readonly name?: string }[],
  packets: readonly Blocked[],
  isLittle = true,
): Uint8Array {
  const long = (value: number) => (isLittle ? [...be32(value)].reverse() : be32(value));
  const short = (value: number) => (isLittle ? [...be16(value)].reverse() : be16(value));
  const padded = (bytes: readonly number[]) => [
    ...bytes,
    ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0),
  ];
  const block = (type: number, body: readonly number[]) => {
    const size = long(12 + body.length);
    return [...long(type), ...size, ...body, ...size];
  };
  const option = (code: number, data: readonly number[]) => [
    ...short(code),
    ...short(data.length),
    ...padded(data),
  ];
  const out = block(0x0a0d0d0a, [...long(0x1a2b3c4d), ...short(1), ...short(0), ...long(-1), ...long(-1)]);
  for (const { link, name } of devices) {
    const options = name === undefined ? [] : [...option(2, [...Buffer.from(name)]), ...option(0, [])];
    out.push(...block(1, [...short(link), ...short(0), ...long(0), ...options]));
  }
  packets.forEach(({ bytes, time, length, device = 0, direction }, at) => {
    const ticks = Math.round((time ?? at / 1000) * 1e6);
    const options = direction === undefined ? [] : [...option(2, long(direction)), ...option(0, [])];
    const head = [long(device), long(Math.floor(ticks / 2 ** 32)), long(ticks >>> 0), long(bytes.length)];
    out.push(...block(6, [...head.flat(), ...long(length ?? bytes.length), ...padded(bytes), ...options]));
  });
  return Uint8Array.from(out);
}

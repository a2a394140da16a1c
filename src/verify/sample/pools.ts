/**
 * The values that two programs use: what packets are drawn from, besides the anchor's own conditions.
 */
import { distinct } from "./names.ts";
import { PROTOCOL } from "./packet.ts";
import { type Conditions, KIND, OP, type Pools, type Program } from "./program.ts";

/** Collects the pools. */
export function collectPools(conditions: Conditions, programs: readonly Program[]): Pools {
  const protocols: number[] = [PROTOCOL.TCP, PROTOCOL.UDP, PROTOCOL.ICMP];
  const ports: number[] = [];
  const flags: number[] = [];
  const options: number[] = [];
  const icmp: number[] = [];
  const marks: number[] = [];
  const addresses: number[] = [];
  const { kinds, at, data } = conditions;
  for (const [id, kind] of kinds.entries()) {
    const place = at[id]!;
    switch (kind) {
      case KIND.SOURCE:
      case KIND.DESTINATION:
      case KIND.ADDRESS_SET:
        // An empty set has no address to start from.
        if (at[id + 1]! > place + 1) addresses.push(id);
        break;
      case KIND.PROTOCOL:
        protocols.push(data[place]!);
        break;
      case KIND.TRANSPORT:
        ports.push(data[place + 2]!, data[place + 3]!, data[place + 5]!, data[place + 6]!);
        flags.push(data[place + 9]!);
        if (data[place + 11] !== -1) options.push(data[place + 11]!);
        break;
      case KIND.MULTIPORT:
        ports.push(...data.subarray(place + 1, at[id + 1]!));
        break;
      case KIND.ICMP:
        if (data[place] !== -1) icmp.push(data[place]! * 256 + data[place + 1]!);
        break;
      case KIND.MARK:
      case KIND.CONNMARK:
        marks.push(data[place]!, data[place + 1]!);
        break;
    }
  }
  for (const program of programs) for (const mark of writtenMarks(program)) marks.push(mark);
  return {
    protocols: distinct(protocols, []),
    ports: distinct(ports, [53, 443]),
    flags: distinct(flags, [2]),
    options: distinct(options, [2]),
    icmp: distinct(icmp, [8 * 256]),
    marks: distinct(marks, [1]),
    addresses: Int32Array.from(addresses),
  };
}

function writtenMarks(program: Program): Set<number> {
  const marks = new Set<number>();
  for (const [rule, op] of program.ops.entries()) {
    if (op === OP.MARK || op === OP.CONNMARK_SET) marks.add(program.b[rule]!);
    if (op === OP.CONNMARK_SAVE || op === OP.CONNMARK_RESTORE) marks.add(program.a[rule]!);
  }
  return marks;
}

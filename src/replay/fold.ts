/**
 * Packets that no rule can tell from each other, as one text: each is judged once.
 */
import type { Table } from "../model/types.ts";
import { FIELD } from "../verify/sample/packet.ts";
import { fieldsRead } from "./reads.ts";
import type { Traveller } from "./evaluator.ts";

/** Gives equal texts to packets that fare alike. */
export type Fold = (traveller: Traveller) => string;

/** Makes it for the tables of both rulesets, all of one family. */
export function makeFold(tables: readonly Table[], words: 1 | 4): Fold {
  const read = fieldsRead(tables);
  // Each of these has 16 bits at most.
  const short = [
    FIELD.PROTOCOL,
    FIELD.ICMP_TYPE,
    FIELD.ICMP_CODE,
    FIELD.FRAGMENT,
    FIELD.SHORT,
    FIELD.BROKEN,
    ...(read.has("sourcePort") ? [FIELD.SPORT] : []),
    ...(read.has("destinationPort") ? [FIELD.DPORT] : []),
    ...(read.has("tcpFlags") ? [FIELD.FLAGS] : []),
  ];
  const long: number[] = [FIELD.MARK, FIELD.CONNMARK];
  for (let word = 0; word < words; word++) long.push(FIELD.SOURCE + word, FIELD.DESTINATION + word);
  if (read.has("tcpOption")) for (let word = 0; word < 8; word++) long.push(FIELD.OPTIONS + word);
  const codes = new Uint16Array(short.length + 2 * long.length + 1);
  return ({ fields, after, place, states, mac }) => {
    let at = 0;
    codes[at++] = states;
    for (const field of short) codes[at++] = fields[field]!;
    for (const field of long) {
      codes[at++] = fields[field]! >>> 16;
      codes[at++] = fields[field]! & 0xffff;
    }
    const text = `${String.fromCharCode.apply(null, codes as unknown as number[])}${place.way}/${place.in ?? "?"}/${place.out ?? "?"}/${mac ?? "?"}`;
    return after === null ? text : `${text}/${after.subarray(0, FIELD.OPTIONS).join()}`;
  };
}

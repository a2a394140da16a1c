/**
 * Regions of packets in the words of iptables: value sets as people write them.
 */
import { printAddress } from "../model/address.ts";
import { protocolName } from "./protocol-names.ts";
import type { Cube } from "./symbolic/regions.ts";
import type { TableProof } from "./symbolic/table-proof.ts";
import { type Fields, HEADER_BYTES } from "./symbolic/variables.ts";

/** Longest list of values that is printed whole. */
const MOST_VALUES = 12;

const STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"];
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

/** The values of a field as texts, in ascending order. */
export function valueTexts(proof: TableProof, name: keyof Fields, cubes: readonly Cube[]): readonly string[] {
  if (name === "source" || name === "destination") return cubes.map((cube) => addressText(cube));
  if (name === "flags") return cubes.map(flagsText);
  const ranges = rangesOf(cubes);
  const values = (text: (value: number) => string): readonly string[] =>
    ranges.flatMap(([first, last]) => {
      if (last - first >= MOST_VALUES) return [`${text(first)}-${text(last)}`];
      return Array.from({ length: last - first + 1 }, (_, at) => text(first + at));
    });
  switch (name) {
    case "state":
      return values((code) => STATES[code] ?? "").filter((text) => text !== "");
    case "in":
    case "out":
      return values((code) => proof.interfaces.names[code] ?? "").filter((text) => text !== "");
    case "protocol":
      return ranges.flatMap(([first, last]) =>
        last - first < MOST_VALUES
          ? Array.from({ length: last - first + 1 }, (_, at) => protocolName(first + at))
          : [`${first}-${last}`],
      );
    case "mac":
      return values((code) => (code === 0 ? "none" : (proof.macs[code - 2] ?? "other")));
    case "nft":
      return values((bit) => (bit === 1 ? "nft" : "legacy"));
    case "fragment":
      return values((code) => ["no", "offset 1", "larger offset"][code] ?? "").filter((text) => text !== "");
    case "header":
      return values((code) =>
        code === HEADER_BYTES.length - 1 ? "whole" : `from ${HEADER_BYTES[code]!} bytes`,
      );
    case "snat":
    case "dnat":
    case "broken":
      return values((bit) => (bit === 1 ? "yes" : "no"));
    default:
      return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`));
  }
}

function addressText({ value, mask }: Cube): string {
  const word = (bits: readonly number[], at: number): number =>
    bits.slice(at * 32, at * 32 + 32).reduce((sum, bit) => sum * 2 + bit, 0);
  const words = mask.length / 32;
  const prefix = mask.lastIndexOf(1) + 1;
  return printAddress({
    address: Array.from({ length: words }, (_, at) => word(value, at)),
    mask: Array.from({ length: words }, (_, at) => word(mask, at)),
    prefix: mask.slice(0, prefix).includes(0) ? null : prefix,
  });
}

function flagsText({ value, mask }: Cube): string {
  const names = (bits: readonly number[]): string =>
    FLAGS.filter((_, bit) => bits[bits.length - 1 - bit] === 1).join(",") || "NONE";
  return mask.every((bit) => bit === 1) ? names(value) : `${names(mask)}/${names(value)}`;
}

/** Numbers of a field, as ranges that do not touch, both ends inclusive. */
function rangesOf(cubes: readonly Cube[]): readonly (readonly [number, number])[] {
  const ranges = cubes.flatMap(cubeRanges).sort(([one], [other]) => one - other);
  const joined: [number, number][] = [];
  for (const [first, last] of ranges) {
    const end = joined.at(-1);
    if (end !== undefined && end[1] + 1 === first) end[1] = last;
    else joined.push([first, last]);
  }
  return joined;
}

function cubeRanges({ value, mask }: Cube): readonly (readonly [number, number])[] {
  const free = mask.length - 1 - mask.lastIndexOf(1);
  let starts = [0];
  for (let at = 0; at < mask.length - free; at++)
    starts = starts.flatMap((start) =>
      mask[at] === 1 ? [start * 2 + value[at]!] : [start * 2, start * 2 + 1],
    );
  return starts.map((start) => [start * 2 ** free, (start + 1) * 2 ** free - 1] as const);
}

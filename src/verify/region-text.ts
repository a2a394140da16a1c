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
  if (name === "source" || name === "destination") return addressTexts(cubes);
  if (name === "flags") return cubes.map(flagsText);
  const all = rangesOf(cubes);
  if (name === "in" || name === "out") return interfaceTexts(proof, all);
  const rest = complement(all, 2 ** cubes[0]!.mask.length - 1);
  const isNegated = NEGATABLE.has(name) && rest.length < all.length;
  const texts = rangeTexts(proof, name, isNegated ? rest : all);
  return isNegated ? texts.map((text) => `! ${text}`) : texts;
}

/** Fields whose values read better as all but a few. */
const NEGATABLE: ReadonlySet<keyof Fields> = new Set(["protocol", "sport", "dport", "icmpType", "icmpCode"]);

type Ranges = readonly (readonly [number, number])[];

function rangeTexts(proof: TableProof, name: keyof Fields, ranges: Ranges): readonly string[] {
  const values = (text: (value: number) => string): readonly string[] =>
    ranges.flatMap(([first, last]) => {
      if (last - first >= MOST_VALUES) return [`${text(first)}-${text(last)}`];
      return Array.from({ length: last - first + 1 }, (_, at) => text(first + at));
    });
  switch (name) {
    case "state":
      return values((code) => STATES[code] ?? "").filter((text) => text !== "");
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

/** Names; where names that no rule mentions are among them, those that are not. */
function interfaceTexts({ interfaces }: TableProof, ranges: Ranges): readonly string[] {
  const has = (code: number): boolean => ranges.some(([first, last]) => code >= first && code <= last);
  const codes = interfaces.names.map((_, code) => code).slice(1);
  const isOther = (code: number): boolean => !interfaces.isSaid(interfaces.names[code]!);
  if (!codes.some((code) => has(code) && isOther(code)))
    return codes.filter(has).map((code) => interfaces.names[code]!);
  return codes.filter((code) => !has(code)).map((code) => `! ${interfaces.names[code]!}`);
}

/** Networks; or all but some, where that is shorter. */
function addressTexts(cubes: readonly Cube[]): readonly string[] {
  const isPrefix = ({ mask }: Cube): boolean => !mask.slice(0, mask.lastIndexOf(1) + 1).includes(0);
  if (cubes.length < 2 || !cubes.every(isPrefix)) return cubes.map(addressText);
  const rest = missingPrefixes(cubes);
  return rest.length < cubes.length ? rest.map((cube) => `! ${addressText(cube)}`) : cubes.map(addressText);
}

/** The prefixes that disjoint prefixes leave out. */
function missingPrefixes(cubes: readonly Cube[]): readonly Cube[] {
  const width = cubes[0]!.mask.length;
  const found: Cube[] = [];
  const visit = (start: readonly number[], inside: readonly Cube[]): void => {
    const length = start.length;
    const cubeOf = (): Cube => ({
      value: [...start, ...new Array<number>(width - length).fill(0)],
      mask: Array.from({ length: width }, (_, at) => (at < length ? 1 : 0)),
    });
    if (inside.length === 0) found.push(cubeOf());
    else if (!inside.some(({ mask }) => mask[length] !== 1))
      for (const bit of [0, 1]) {
        const half = inside.filter(({ value }) => value[length] === bit);
        visit([...start, bit], half);
      }
  };
  visit([], cubes);
  return found;
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

/** The numbers up to `most` that ranges leave out. */
function complement(ranges: Ranges, most: number): Ranges {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) rest.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= most) rest.push([next, most]);
  return rest;
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

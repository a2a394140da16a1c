/**
 * Names of traffic classes and types of service. Source: iptables 1.8.9, `extensions/dscp_helper.c`, `tos_values.c`.
 */
import { parseUint } from "../numbers.ts";
import { printHexDigits } from "./values.ts";
import type { Value } from "./parts.ts";

const CLASSES: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 8 }, (_, index) => [`CS${index}`, index * 8] as const),
  ...[1, 2, 3, 4].flatMap((group) =>
    [1, 2, 3].map((drop) => [`AF${group}${drop}`, group * 8 + drop * 2] as const),
  ),
  ["BE", 0],
  ["EF", 0x2e],
]);

/** `EF` as `0x2e`. */
export const dscpClass: Value = (text) => {
  const found = CLASSES.get(text.toUpperCase());
  return found === undefined ? null : printHexDigits(found, 2);
};

const SERVICES: ReadonlyMap<string, number> = new Map([
  ["minimize-delay", 0x10],
  ["maximize-throughput", 0x08],
  ["maximize-reliability", 0x04],
  ["minimize-cost", 0x02],
  ["normal-service", 0x00],
]);

/** The bits that a name speaks of. */
const NAMED_MASK = 0x3f;

/** `0x10` as `0x10/0xff`; a name is masked. */
export const tos: Value = (text) => {
  const named = SERVICES.get(text.toLowerCase());
  if (named !== undefined) return printTos(named, NAMED_MASK);
  const [first = "", second = "0xff", third] = text.split("/");
  const [bits, mask] = [parseUint(first, 0xff), parseUint(second, 0xff)];
  return bits === null || mask === null || third !== undefined ? null : printTos(bits, mask);
};

/** As --tos and --set-tos take it. */
export function printTos(bits: number, mask: number): string {
  return `${printHexDigits(bits, 2)}/${printHexDigits(mask, 2)}`;
}

/**
 * `-j HMARK`: what `--hmark-tuple` names is a mask or prefix of all bits.
 *
 * Source: iptables 1.8.9, `extensions/libxt_HMARK.c`, `hmark_parse_type`, `HMARK_save`.
 */
import type { OptionUse } from "../rule-parts.ts";
import type { Family } from "../types.ts";
import { inOrder, type Speller, type Value, value } from "./parts.ts";
import { hex, MOST, prefixLength, uint } from "./values.ts";

/** What a word of the tuple stands for, and the value of all bits as it is printed. */
const TUPLE: Readonly<Record<string, readonly [option: string, value: (family: Family) => string]>> = {
  src: ["hmark-src-prefix", (family) => (family === "v4" ? "32" : "128")],
  dst: ["hmark-dst-prefix", (family) => (family === "v4" ? "32" : "128")],
  sport: ["hmark-sport-mask", () => "0xffff"],
  dport: ["hmark-dport-mask", () => "0xffff"],
  spi: ["hmark-spi-mask", () => "0xffffffff"],
  proto: ["hmark-proto-mask", () => "0xffff"],
};

const CT: Value = (text) => (text === "ct" ? text : null);

const spellOptions = inOrder(
  value("hmark-src-prefix", prefixLength),
  value("hmark-dst-prefix", prefixLength),
  value("hmark-sport-mask", hex(4, MOST[16])),
  value("hmark-dport-mask", hex(4, MOST[16])),
  value("hmark-spi-mask", hex(8)),
  value("hmark-sport", hex(4, MOST[16])),
  value("hmark-dport", hex(4, MOST[16])),
  value("hmark-spi", hex(8)),
  value("hmark-proto-mask", hex(2, MOST[16])),
  value("hmark-rnd", hex(8)),
  value("hmark-mod", uint()),
  value("hmark-offset", uint()),
  value("hmark-tuple", CT),
);

/** The target's options with those that the tuple stands for in its place; null where it has a word that is not known. */
function withoutTuple(options: readonly OptionUse[], family: Family): readonly OptionUse[] | null {
  const tuple = options.find(({ row }) => row.name === "hmark-tuple");
  const [word] = tuple?.values ?? [];
  if (tuple === undefined || word === undefined) return options;
  const rest = options.filter((option) => option !== tuple);
  for (const name of word.text.toLowerCase().split(",")) {
    const found = TUPLE[name];
    if (found === undefined && name !== "ct") return null;
    const [option, all] = found ?? [tuple.row.name, () => name];
    rest.push({ ...tuple, row: { ...tuple.row, name: option }, values: [{ ...word, text: all(family) }] });
  }
  return rest;
}

/** The options of `-j HMARK`. */
export const spellHmark: Speller = (options, family) => {
  const all = withoutTuple(options, family);
  return all === null ? null : spellOptions(all, family);
};

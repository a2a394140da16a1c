/**
 * Helpers for the tests of the sampled check: rulesets from text, sampled packets as the naive interpreter reads them.
 */
import { importRuleset } from "../../src/import/import.ts";
import { CTSTATE, type Family, type Ruleset } from "../../src/model/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { answeredTexts, answerOf, FIELD, MODE, optionsOf } from "../../src/verify/sample/packet.ts";
import type { CompiledTable } from "../../src/verify/sample/program.ts";
import type { NaivePacket } from "./naive.ts";

/** A ruleset from a whole save file. */
export function rulesetOf(text: string, family: Family = "v4"): Ruleset {
  const { ruleset, diagnostics } = importRuleset(makeSourceFile("test.rules", text), { family });
  if (ruleset === null)
    throw new Error(`${text}\n${JSON.stringify(diagnostics.map((found) => [found.code, found.args]))}`);
  return ruleset;
}

/** A filter table from its rules; user-defined chains that they name are declared. */
export function filterOf(rules: readonly string[], policy = "ACCEPT"): string {
  const names = new Set(rules.map((rule) => /-A (\S+)/.exec(rule)![1]!));
  const own = [...names].filter((name) => !["INPUT", "FORWARD", "OUTPUT"].includes(name));
  return [
    "*filter",
    ...["INPUT", "FORWARD", "OUTPUT"].map(
      (name) => `:${name} ${name === "OUTPUT" ? "ACCEPT" : policy} [0:0]`,
    ),
    ...own.map((name) => `:${name} - [0:0]`),
    ...rules,
    "COMMIT",
    "",
  ].join("\n");
}

/** A sampled packet in the naive interpreter's terms. MODE.RANDOM has no counterpart there. */
export function naivePacket(table: CompiledTable, packet: Int32Array): NaivePacket {
  const words = (field: number) =>
    Array.from(packet.subarray(field, field + table.words), (word) => word >>> 0);
  const mac = packet[FIELD.MAC]!;
  const answers = packet[FIELD.MODE] === MODE.TRUE;
  return {
    in: table.interfaces[packet[FIELD.IN]!]!,
    out: table.interfaces[packet[FIELD.OUT]!]!,
    source: words(FIELD.SOURCE),
    destination: words(FIELD.DESTINATION),
    protocol: packet[FIELD.PROTOCOL]!,
    sport: packet[FIELD.SPORT]!,
    dport: packet[FIELD.DPORT]!,
    flags: packet[FIELD.FLAGS]!,
    options: optionsOf(packet),
    icmpType: packet[FIELD.ICMP_TYPE]!,
    icmpCode: packet[FIELD.ICMP_CODE]!,
    states: Object.entries(CTSTATE)
      .filter(([, bit]) => (packet[FIELD.CTSTATE]! & bit) !== 0)
      .map(([name]) => name),
    mark: packet[FIELD.MARK]! >>> 0,
    connmark: packet[FIELD.CONNMARK]! >>> 0,
    mac: mac === -1 ? null : table.macs[mac]!,
    fragmentOffset: packet[FIELD.FRAGMENT]!,
    headerLength: packet[FIELD.SHORT] === 0 ? Number.POSITIVE_INFINITY : packet[FIELD.SHORT]! - 1,
    brokenExtensions: packet[FIELD.BROKEN] === 1,
    backend: packet[FIELD.NFT] === 1 ? "nft" : "legacy",
    answers,
    exceptions: answeredTexts(packet)
      .filter((text) => (answerOf(packet, text) === 1) !== answers)
      .map((text) => table.texts[text]!),
  };
}

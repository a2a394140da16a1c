/**
 * A decoded log line in words, and as JSON.
 */
import type { Decoded, DecodedChain, GroupOutcome } from "../decode/decode.ts";
import { printMark } from "../plan/own-bits.ts";
import { printable } from "./style.ts";

/** What is appended to the line: one line, without a line end. */
export function describeDecoded(decoded: Decoded): string {
  const { chains, inGroups, unknownGroups, otherBits } = decoded;
  const [only] = chains;
  const parts: string[] = [];
  if (only === undefined) parts.push(describeUnplaced(decoded));
  else if (chains.length === 1) parts.push(describeChain(only));
  else parts.push(`one of ${chains.length} rule chains: ${chains.map(describeChain).join(" or ")}`);
  if (inGroups.length > 0) parts.push(`the packet is in ${inGroups.map(({ group }) => group).join(", ")}`);
  if (unknownGroups.length > 0)
    parts.push(`the line does not tell of ${unknownGroups.map(({ group }) => group).join(", ")}`);
  if (otherBits !== 0) parts.push(`bits of others ${printMark(otherBits)}`);
  return printable(`[markify: ${parts.join("; ")}]`);
}

function describeChain({ chain, groups }: DecodedChain): string {
  return `${chain}: ${groups.map(describeOutcome).join(", ")}`;
}

function describeOutcome({ group, matched, negated }: GroupOutcome): string {
  if (matched === null) return `${group} not asked yet`;
  return `${negated ? `not ${group}` : group} ${matched ? "matched" : "did not match"}`;
}

function describeUnplaced({ axes, prefix }: Decoded): string {
  const names = (wanted: boolean) => [...axes].filter(([, isSet]) => isSet === wanted).map(([axis]) => axis);
  const why =
    prefix === null
      ? "no LOG rule of the ruleset has this prefix"
      : "no LOG rule of the ruleset logs this packet with these bits";
  return `bits of ${names(true).join(", ")}; ${why}`;
}

/** One JSON document (docs/json.md) without a line end; `line` is the line's number, from 1. */
export function decodedJson(decoded: Decoded, line: number): string {
  const { mark, otherBits, axes, ...rest } = decoded;
  const view = {
    version: 1,
    line,
    mark: printMark(mark),
    otherBits: printMark(otherBits),
    axes: Object.fromEntries(axes),
  };
  return JSON.stringify({ ...view, ...rest });
}

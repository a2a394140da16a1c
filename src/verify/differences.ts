/**
 * Everything that differs between two forms of a table, as compact rules: "tcp from 10.1.0.0/16 to any port 22: ACCEPT, now DROP".
 */
import { valueTexts } from "./region-text.ts";
import type { Difference } from "./symbolic/findings.ts";
import { type Cube, findRegions, type Region } from "./symbolic/regions.ts";
import { SAME } from "./symbolic/compare.ts";
import { mapLeaves } from "./symbolic/map-leaves.ts";
import type { Outcome } from "./symbolic/outcomes.ts";
import type { TableProof } from "./symbolic/table-proof.ts";
import type { DifferenceRegion } from "./types.ts";

/** The regions of one hook, larger ones first, at most `most`; `isCut` where there are more. */
export function describeDifference(
  { proof, comparer, shown }: Difference,
  hook: string,
  most: number,
): { readonly regions: readonly DifferenceRegion[]; readonly isCut: boolean } {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  const number = (leaf: number): number => {
    const { old, new: now } = comparer.pairOf(leaf);
    const text = JSON.stringify(describePair(proof, old, now));
    const known = numbers.get(text) ?? texts.push(text);
    numbers.set(text, known);
    return ~known;
  };
  const named = mapLeaves(proof.join.diagram, shown, (leaf) => (leaf === SAME ? SAME : number(leaf)));
  const { list, isCut } = findRegions(proof, named, SAME, most);
  const regions = list.map((region) => {
    const { old, new: now } = JSON.parse(texts[~region.leaf - 1]!) as { old: string; new: string };
    return { table: proof.pair.name, hook, fields: fieldTexts(proof, region), old, new: now };
  });
  const rank = ({ old }: DifferenceRegion): number => (/ after |, mark /.test(old) ? 1 : 0);
  regions.sort((one, other) => rank(one) - rank(other));
  // Slices behind this one were not looked at.
  return { regions, isCut: isCut || proof.isSlice };
}

/** What both sides do, as far as it differs. */
function describePair(
  proof: TableProof,
  old: number,
  now: number,
): { readonly old: string; readonly new: string } {
  const { outcomes } = proof.join;
  const [one, other] = [outcomes.of(old), outcomes.of(now)];
  const verdicts = [outcomes.verdictText(one.control), outcomes.verdictText(other.control)] as const;
  const effects = [one, other].map(({ effects }) =>
    outcomes.effects
      .of(effects)
      .map(({ kind }) => kind.text)
      .join(", then "),
  );
  const parts = (at: 0 | 1): string => {
    // Another verdict is what people look for; what else differs there would only cut it into pieces.
    if (verdicts[0] !== verdicts[1]) return verdicts[at];
    if (effects[0] === effects[1]) return `${verdicts[at]}, ${marksText([one, other][at]!)}`;
    return `${verdicts[at]} after ${effects[at] === "" ? "nothing" : effects[at]}`;
  };
  return { old: parts(0), new: parts(1) };
}

/** How a walk leaves both marks. */
function marksText({ marks }: Outcome): string {
  const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`;
  const { mm, mc, mk, cm, cc, ck } = marks;
  const mark = mm === -1 && mc === 0 && mk === 0 ? "mark kept" : `mark set to ${hex(mk)} in ${hex(~mm | mk)}`;
  const connmark = cm === 0 && cc === -1 && ck === 0 ? "" : ", connection mark changed";
  return `${mark}${mc === 0 ? "" : " from the connection mark"}${connmark}`;
}

/** Names of the fields in reports, in reading order. */
const FIELD_NAMES = {
  protocol: "protocol",
  source: "source",
  sport: "sourcePort",
  destination: "destination",
  dport: "destinationPort",
  in: "in",
  out: "out",
  state: "ctstate",
  snat: "snat",
  dnat: "dnat",
  icmpType: "icmpType",
  icmpCode: "icmpCode",
  flags: "tcpFlags",
  mac: "mac",
  fragment: "fragment",
  header: "header",
  broken: "extensionHeadersBroken",
  nft: "backend",
} as const;

function fieldTexts(proof: TableProof, region: Region): Readonly<Record<string, readonly string[]>> {
  const fields: Record<string, readonly string[]> = {};
  for (const name of Object.keys(FIELD_NAMES) as (keyof typeof FIELD_NAMES)[]) {
    const cubes = region.fields.get(name);
    if (cubes !== undefined && !isForced(proof, name, cubes))
      fields[FIELD_NAMES[name]] = valueTexts(proof, name, cubes);
  }
  const { variables } = proof.join;
  const marks = { mark: [0, 0], connmark: [0, 0] };
  const answers: string[] = [];
  for (const [level, value] of region.others) {
    const answer = variables.answerAt(level);
    if (answer !== undefined) {
      const again = answer.times === 0 ? "" : ` (time ${answer.times + 1})`;
      answers.push(`${answer.text}${again} ${value === 1 ? "true" : "false"}`);
    } else if (variables.isMark(level)) {
      const bit = (level - variables.markLevel) >> 1;
      const mark = marks[level === variables.mark(bit) ? "mark" : "connmark"];
      mark[0]! |= value << bit;
      mark[1]! |= 1 << bit;
    }
  }
  for (const [name, [value, mask]] of Object.entries(marks))
    if (mask !== 0) fields[name] = [`0x${(value! >>> 0).toString(16)}/0x${(mask! >>> 0).toString(16)}`];
  if (answers.length > 0) fields.otherMatches = answers;
  return fields;
}

/** True for fields that say nothing: a hook without that interface, every name that there is, every state that there is. */
function isForced(proof: TableProof, name: keyof typeof FIELD_NAMES, cubes: readonly Cube[]): boolean {
  const texts = valueTexts(proof, name, cubes);
  if (name === "in" || name === "out")
    return texts.length === 0 || texts.length >= proof.interfaces.names.length - 1;
  return name === "state" && texts.length === 5;
}

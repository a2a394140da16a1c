/**
 * Arrays of bash where they are used: `"${A[@]}"`, `${A[1]}`, `${#A[@]}`.
 */
import { type Expanded, type Expansion, joinArguments } from "./expansion.ts";
import { fromValue, hole, known, type Pieces, type Value } from "./pieces.ts";
import type { Part } from "./shell-tree.ts";

type Parameter = Part & { kind: "parameter" };

/** What a use of an array comes to; null for other parameters, and for what isn't worked out. */
export function memberFields(part: Parameter, expansion: Expansion): Expanded | null {
  const { state } = expansion;
  const { name, operator, quoted } = part;
  const members = state.arrays.get(name);
  if (members === undefined || (operator !== "[" && operator !== "length")) return null;
  const texts = part.argument?.parts.map((one) => (one.kind === "literal" ? one.text : null)) ?? [null];
  if (texts.includes(null)) return null;
  const index = texts.join("");
  if (!("length" in members)) return { fields: [[hole(members, part)]], split: !quoted, quoted };
  if (operator === "length")
    return /^\[[@*]\]$/u.test(index) ? one([known(String(members.length), part)], quoted) : null;
  if (index === "@]") return { fields: fieldsOf(members, part), split: !quoted, quoted };
  if (index === "*]") return quoted ? one(joinArguments(members, part, expansion), quoted) : null;
  const position = /^\d{1,6}(?=\]$)/u.exec(index)?.[0];
  const member = position === undefined ? undefined : members[Number(position)];
  return member === undefined ? null : one(fromValue(member, part), quoted);
}

function fieldsOf(members: readonly Value[], part: Parameter): readonly Pieces[] {
  return members.map((member) => fromValue(member, part));
}

function one(pieces: Pieces, quoted: boolean): Expanded {
  return { fields: [pieces], split: !quoted, quoted };
}

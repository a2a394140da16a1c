/**
 * Services of a product in the words of its rules: a list of ports that no rule of the product says otherwise is one member again.
 */
import { AXES } from "../model/types.ts";
import type { Movable } from "./features.ts";
import type { MemberSet, Product } from "./types.ts";

const SERVICE = AXES.indexOf("service");

/** `movables`: the product's rules in source order, those that are split in parts; `sets`: axes with two members or more. */
export function sayWhole(
  sets: readonly MemberSet[],
  movables: readonly Movable[],
): Pick<Product, "sets" | "rules" | "template" | "parts"> {
  const parts = movables.filter(({ partOf }) => partOf !== undefined);
  if (parts.length === 0) return { sets, rules: movables.map(({ rule }) => rule), template: movables[0]! };
  const rules = [...new Set(movables.map(({ rule }) => rule))];
  const joined = findJoined(movables);
  const said = movables.map((movable) => {
    const whole = joined.get(movable.partOf?.tokens[SERVICE]?.key ?? "");
    return whole === undefined ? movable : movable.partOf!;
  });
  const members = [...new Set(said.map(({ tokens }) => tokens[SERVICE]!.key))];
  const others = sets.filter(({ axis }) => axis !== "service");
  // A plan tells by a group's members what is meant of the lines.
  const isSplit = said.some(({ partOf }) => partOf !== undefined);
  const named = isSplit || members.length > 1 ? [...others, { axis: "service" as const, members }] : others;
  named.sort((one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis));
  return { sets: named, rules, template: said[0]!, parts };
}

/** Services of which all parts are in the product, and are said by them alone; by their keys. */
function findJoined(movables: readonly Movable[]): ReadonlyMap<string, Movable> {
  const wholes = new Map<string, Movable>();
  const sayers = new Map<string, Set<string>>();
  for (const movable of movables) {
    const part = movable.tokens[SERVICE]!.key;
    const whole = (movable.partOf ?? movable).tokens[SERVICE]!.key;
    if (movable.partOf !== undefined) wholes.set(whole, movable.partOf);
    const known = sayers.get(part);
    if (known === undefined) sayers.set(part, new Set([whole]));
    else known.add(whole);
  }
  return new Map(
    [...wholes].filter(([key, { parts }]) =>
      parts!.every(({ tokens }) => {
        const said = sayers.get(tokens[SERVICE]!.key);
        return said?.size === 1 && said.has(key);
      }),
    ),
  );
}

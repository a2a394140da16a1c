/**
 * What is live, as `--persist` writes it.
 */
import type { PersistTexts } from "../../apply/persist.ts";
import type { Family } from "../../model/types.ts";

/** `more`: names of sets that rules will need, beside those that rules name. */
export function persistTexts(
  texts: ReadonlyMap<Family, string>,
  sets: string | null,
  more: readonly string[] = [],
): PersistTexts {
  const named = [...texts.values()].flatMap((text) =>
    [...text.matchAll(/--(?:match-set|add-set|del-set|map-set) (\S+)/g)].map(([, name]) => name!),
  );
  return {
    v4: texts.get("v4") ?? null,
    v6: texts.get("v6") ?? null,
    sets,
    neededSets: [...new Set([...named, ...more])],
  };
}

/**
 * What is live, as `--persist` writes it.
 */
import type { PersistTexts } from "../../apply/persist.ts";
import { setNames } from "../../sets/names.ts";
import type { Family } from "../../model/types.ts";

/** `more`: names of sets that rules will need, beside those that rules name. */
export function persistTexts(
  texts: ReadonlyMap<Family, string>,
  sets: string | null,
  made: PersistTexts["made"],
  more: readonly string[] = [],
): PersistTexts {
  const named = [...texts.values()].flatMap((text) => setNames(text));
  return {
    v4: texts.get("v4") ?? null,
    v6: texts.get("v6") ?? null,
    sets,
    made,
    neededSets: [...new Set([...named, ...more])],
  };
}

/** Who writes, and when, as ctime(3) prints it: `Fri Jan  2 03:04:05 2026`. */
export function madeBy(version: string, time: Date): PersistTexts["made"] {
  const [weekday, month, day, year, clock] = time.toString().split(" ");
  return {
    by: `markify ${version}`,
    on: `${weekday} ${month} ${String(Number(day)).padStart(2)} ${clock} ${year}`,
  };
}

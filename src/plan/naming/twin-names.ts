/**
 * Names for groups of one definition: the same hosts as sources and as destinations have one stem, `S-DMZ` and `D-DMZ`.
 */
import type { Axis } from "../../model/types.ts";
import { OPPOSITE } from "../twins.ts";
import { PREFIX } from "./set-names.ts";
import type { FoundName } from "./sources.ts";

/** A set with all names that it could have, best first. */
export interface TwinDraft {
  readonly key: string;
  readonly axis: Axis;
  /** Equal for equal members. */
  readonly content: string;
  readonly found: readonly [FoundName, ...FoundName[]];
}

/** For each set that has one, the set of the opposite axis with the same members: key to key. */
export function pairTwins(drafts: readonly TwinDraft[]): ReadonlyMap<string, TwinDraft> {
  const place = (axis: Axis, content: string) => `${axis}\n${content}`;
  const byPlace = new Map(drafts.map((draft) => [place(draft.axis, draft.content), draft]));
  return new Map(
    drafts.flatMap(({ key, axis, content }) => {
      const opposite = OPPOSITE[axis];
      const twin = opposite === undefined ? undefined : byPlace.get(place(opposite, content));
      return twin === undefined ? [] : [[key, twin] as const];
    }),
  );
}

/**
 * The best name of a set; with a twin, the best that both could have but for the prefix. So a comment names two such groups only where it is the comment of both: it is about rules,
 * and who is a source in some may be a destination in others.
 */
export function chooseName({ axis, found }: TwinDraft, twin: TwinDraft | undefined): FoundName {
  if (twin === undefined) return found[0];
  const keyOf = (by: Axis, { names, from }: FoundName) => `${from} ${stemOf(by, names[0])}`;
  const theirs = new Set(twin.found.map((name) => keyOf(twin.axis, name)));
  return found.find((name) => theirs.has(keyOf(axis, name))) ?? found[0];
}

/** Names after twins that have theirs already (`nameOf`), as far as nobody else has them (`isFree`), by key. What a person has called an object elsewhere is better. */
export function nameAfterTwins(
  drafts: readonly (TwinDraft & { readonly best: FoundName })[],
  twins: ReadonlyMap<string, TwinDraft>,
  nameOf: (key: string) => string | undefined,
  isFree: (found: FoundName) => boolean,
): ReadonlyMap<string, FoundName> {
  return new Map(
    drafts.flatMap(({ key, axis, best }) => {
      const twin = twins.get(key);
      const name = nameOf(twin?.key ?? "");
      if (twin === undefined || name === undefined || nameOf(key) !== undefined) return [];
      const made = best.names.length > 1 ? null : nameAfterTwin(axis, twin.axis, name);
      const found = made?.names[0] === best.names[0] ? best : made;
      return found !== null && isFree(found) ? [[key, found] as const] : [];
    }),
  );
}

/** Null where the name has not the usual prefix. */
function nameAfterTwin(axis: Axis, twin: Axis, name: string): FoundName | null {
  const stem = stemOf(twin, name);
  if (stem === name) return null;
  return { names: [`${PREFIX[axis]}${stem}`], from: "twin", note: `has the members of ${name}` };
}

/** What is behind the prefix, with its hyphen; the whole name where there is none. */
function stemOf(axis: Axis, name: string): string {
  const prefix = PREFIX[axis];
  return name === prefix || name.startsWith(`${prefix}-`) ? name.slice(prefix.length) : name;
}

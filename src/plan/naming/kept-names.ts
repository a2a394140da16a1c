/**
 * Which names of an earlier plan stay: a name that people have read in a plan, and in chains, must not change because something else did.
 */
import { setKey } from "../../cluster/cost.ts";
import type { Plan, PlanGroup } from "../types.ts";
import { isNumbered } from "./name-book.ts";
import { type FoundName, isBetterSource, type NameOrigin } from "./sources.ts";

/** A set with the best name that it could have now. */
export interface NamedDraft {
  readonly key: string;
  readonly axis: PlanGroup["axis"];
  readonly members: readonly string[];
  readonly best: FoundName;
}

/** Files that are given on the command line: whoever gives one wants names from it. */
const GIVEN: readonly NameOrigin[] = ["fwbuilder", "fwbuilder-near", "hosts", "services-file"];

/** How much of both sets two states of one group have to share. */
const LEAST_LIKENESS = 0.5;

/** The old groups that sets go on with, by key. Each is given once. */
export function findKeptNames(
  drafts: readonly NamedDraft[],
  { groups }: Plan,
): ReadonlyMap<string, PlanGroup> {
  const kept = new Map<string, PlanGroup>();
  const byKey = new Map(groups.map((group) => [setKey(group), group]));
  for (const { key, best } of drafts) {
    const old = byKey.get(key);
    if (old !== undefined && staysCalled(old, best)) kept.set(key, old);
  }
  const known = new Set(drafts.map(({ key }) => key));
  const open = new Set(groups.filter((group) => !known.has(setKey(group))));
  for (const draft of drafts) {
    if (byKey.has(draft.key)) continue;
    const old = findFormerState(draft, open);
    if (old === null) continue;
    kept.set(draft.key, old);
    open.delete(old);
  }
  return kept;
}

/** With the same members: unless a file that was given has a better name now, or another one than before. */
function staysCalled(old: PlanGroup, { names, from }: FoundName): boolean {
  if (!GIVEN.includes(from)) return true;
  return old.nameFrom === from
    ? names.some((name) => isNumbered(old.id, name))
    : isBetterSource(old.nameFrom, from);
}

/** With other members: the group that would be called the same, and that has most of them. */
function findFormerState(
  { axis, members, best }: NamedDraft,
  open: ReadonlySet<PlanGroup>,
): PlanGroup | null {
  let found: PlanGroup | null = null;
  let most = 0;
  for (const old of open) {
    if (old.axis !== axis || old.nameFrom !== best.from || !isNumbered(old.id, best.names[0])) continue;
    const own = new Set(members);
    const shared = old.members.filter((member) => own.has(member)).length;
    const isKin = shared === own.size || shared === old.members.length;
    const likeness = shared / (own.size + old.members.length - shared);
    if (!isKin || likeness < LEAST_LIKENESS || likeness <= most) continue;
    found = old;
    most = likeness;
  }
  return found;
}

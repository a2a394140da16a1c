/**
 * What `apply --live` does not do unless it is told to: work against others who write rules, reset what rules have counted, promise a start of the machine that would fail.
 */
import { chainPattern } from "../../apply/chain-pattern.ts";
import { findOwners, OWNER_PATHS, refuseOwners } from "../../apply/owners.ts";
import { PERSIST_PATHS, planPersist } from "../../apply/persist.ts";
import type { HeldFamily } from "../../apply/prepare.ts";
import type { Refusal } from "../../apply/refusal.ts";
import { findStateResets, refuseStateResets } from "../../apply/state-reset.ts";
import type { LiveWork } from "./live-work.ts";
import { persistTexts } from "./persist-texts.ts";

/** Paths that tell of it. */
export const TELLING_PATHS: readonly string[] = [...OWNER_PATHS, ...PERSIST_PATHS];

/** All of them. */
export function findRefusals(
  { observation, live, source }: LiveWork,
  families: readonly HeldFamily[],
): readonly Refusal[] {
  const { facts, backend, foreign, texts, sets } = observation;
  const owners = findOwners({
    rulesets: families.map((family) => family.live),
    nftTables: foreign,
    backend,
    paths: facts.existing,
  });
  const resets = families.flatMap((family) => findStateResets(family.live, family.meant, family.changed));
  const keep = live.keepChains.map(chainPattern);
  const persist =
    live.persist === null
      ? null
      : planPersist(
          live.persist === "" ? null : live.persist,
          facts.existing,
          persistTexts(
            texts,
            sets,
            { by: "", on: "" },
            source.rewrites.flatMap((each) => each.sets.map(({ name }) => name)),
          ),
        ).refusal;
  return [
    refuseOwners(owners, { isKnown: live.ownerKnown, keep }),
    refuseStateResets(resets, live.acceptStateReset),
    persist,
  ].flatMap((each) => each ?? []);
}

/**
 * What is written down of a live apply.
 */
import { resolve } from "node:path";
import type { LoadTable } from "../../apply/carry-out.ts";
import { makeId, makeLoad } from "../../apply/make-load.ts";
import type { Manifest } from "../../apply/manifest.ts";
import { knownSets } from "../../apply/same-sets.ts";
import { splitTables } from "../../apply/saved-text.ts";
import type { System } from "../../apply/system.ts";
import type { Session } from "../session.ts";
import type { LoadChoice } from "./choose-load.ts";
import type { LiveLoad } from "./carry-out-live.ts";
import type { LiveWork } from "./live-work.ts";

/** A load with what is written down of it. */
export async function makeLiveLoad(
  session: Session,
  system: System,
  work: LiveWork,
  { choice, tried }: { readonly choice: LoadChoice; readonly tried: readonly LoadTable[] },
): Promise<LiveLoad> {
  const { boot } = await system.identify();
  const manifest = { ...makeManifest(session, system, work, choice), boot };
  const known = work.source.rewrites.flatMap(({ ruleset }) => knownSets(ruleset));
  const parts = { manifest, tables: tried, sets: choice.sets, knownSets: known };
  const load = await makeLoad(system, work.observation, parts);
  return { load, manifest };
}

function makeManifest(
  { io }: Session,
  system: System,
  { source, products, observation, live }: LiveWork,
  { tables, sets }: LoadChoice,
): Omit<Manifest, "boot"> {
  const { backend, texts, facts } = observation;
  return {
    version: 1,
    markify: io.version,
    id: makeId(system),
    plan: source.planPath,
    createdAt: system.wallClock().toISOString(),
    host: facts.hostname,
    backend,
    families: [...texts.keys()],
    seconds: live.seconds,
    tables: tables.map(({ family, table }) => ({
      ...{ family, table },
      existed: splitTables(texts.get(family)!).has(table),
    })),
    sets: sets.touched,
    rules: {
      before: products.reduce((sum, { rulesBefore }) => sum + rulesBefore, 0),
      after: products.reduce((sum, { rulesAfter }) => sum + rulesAfter, 0),
    },
    // Whoever confirms may be anywhere.
    persist: live.persist === null || live.persist === "" ? live.persist : resolve(io.cwd, live.persist),
  };
}

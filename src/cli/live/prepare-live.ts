/**
 * `apply --live` up to the load: stale check, refusals, order, trial. What it stops at is told all at once, as far as it can be.
 */
import { chainPattern } from "../../apply/chain-pattern.ts";
import type { Load } from "../../apply/carry-out.ts";
import { effectOf, orderTables, type TableChange } from "../../apply/load-order.ts";
import { makeId, makeLoad, type SetsToLoad, tryTables } from "../../apply/make-load.ts";
import type { Manifest } from "../../apply/manifest.ts";
import type { Observation } from "../../apply/observe.ts";
import { type HeldFamily, holdAgainstLive } from "../../apply/prepare.ts";
import type { Prove } from "../../apply/prove.ts";
import type { Refusal } from "../../apply/refusal.ts";
import { chooseSets } from "../../apply/sets-to-load.ts";
import { splitTables } from "../../apply/saved-text.ts";
import type { System } from "../../apply/system.ts";
import { printSetFile } from "../../emit/ipset-file.ts";
import type { VerifyView } from "../../report/verify-view.ts";
import type { Product, Rewrites } from "../emit-product.ts";
import { EXIT } from "../exit-codes.ts";
import { makeComparison } from "../products.ts";
import type { Session } from "../session.ts";
import { shellWord } from "../shell.ts";
import { liveInputs, wantedSets } from "./live-inputs.ts";
import type { LiveOptions } from "./live-options.ts";
import type { LiveEnd } from "./live-view.ts";
import { refuse } from "./refuse.ts";
import { findRefusals } from "./find-refusals.ts";
import { proveKept } from "./prove-kept.ts";

/** What it works with. */
export interface LiveWork {
  readonly source: Rewrites;
  readonly products: readonly Product[];
  readonly view: VerifyView;
  readonly observation: Observation;
  readonly live: LiveOptions;
}

/** A load that is ready, or the end. */
export type PreparedLive =
  | { readonly load: Load; readonly manifest: Manifest }
  | { readonly load: null; readonly end: LiveEnd };

/** Prepares it. */
export async function prepareLive(session: Session, system: System, work: LiveWork): Promise<PreparedLive> {
  const { source, observation, view } = work;
  const prove: Prove = makeComparison(session, {});
  const held = await holdAll(work, prove);
  if (held.refusals.length > 0) return { load: null, end: refuse(session, held.refusals) };
  const { families } = held;
  const mayChange = view.policyChange !== undefined;
  const sets = chooseSets(wantedSets(source.rewrites), observation.sets, mayChange);
  const order = orderTables(
    changesOf(families, view),
    sets.touched.filter(({ existed }) => existed).map(({ name }) => name),
  );
  const unproved = await proveKept(session, source, families, mayChange);
  const found = findRefusals(work, families);
  const refusals = [...unproved, ...found, order.refusal, sets.refusal].flatMap((each) => each ?? []);
  if (refusals.length > 0 || order.order === null) return { load: null, end: refuse(session, refusals) };
  if (order.order.length + sets.touched.length === 0) return { load: null, end: endWithoutLoad(session) };
  const setsToLoad = pickSets(source, sets.touched);
  const tables = order.order.map(({ family, table }) => {
    const { meant } = families.find((each) => each.family === family)!;
    return { family, table, meant };
  });
  session.console.say("trial: loading everything in a network namespace of its own");
  const { tried, refusal } = await tryTables(system, observation, tables, setsToLoad, prove);
  if (refusal !== null) return { load: null, end: refuse(session, [refusal]) };
  const manifest = makeManifest(session, system, work, tables, sets.touched);
  const load = await makeLoad(system, observation, { manifest, tables: tried, sets: setsToLoad });
  return { load, manifest };
}

async function holdAll(
  { source, products, observation, live }: LiveWork,
  prove: Prove,
): Promise<{ readonly families: readonly HeldFamily[]; readonly refusals: readonly Refusal[] }> {
  const keep = live.keepChains.map(chainPattern);
  const families: HeldFamily[] = [];
  const refusals: Refusal[] = [];
  for (const input of liveInputs(source.rewrites, products)) {
    const importAgain = importCommand(source, observation);
    const { held, refusals: own } = await holdAgainstLive(input, observation, { keep, importAgain }, prove);
    refusals.push(...own);
    if (held !== null) families.push(held);
  }
  return { families, refusals };
}

/** The commands that make the plan anew of what is live. */
function importCommand({ plan, planPath }: Rewrites, { backend }: Observation): string {
  const saves = plan.inputs.map(({ family }) => {
    const name = family === "v6" ? "ip6tables" : "iptables";
    return `${name}-${backend}-save > live.${family}`;
  });
  const files = plan.inputs.map(({ family }) => `live.${family}`).join(" ");
  return `${saves.join(" && ")} && markify import ${files} -o ${shellWord(planPath)} --overwrite`;
}

/** What the loads of tables do to packets: nothing, where the plan changes no policy. */
function changesOf(families: readonly HeldFamily[], { policyChange }: VerifyView): readonly TableChange[] {
  return families.flatMap(({ family, changed }) =>
    changed.map((table): TableChange => {
      if (policyChange === undefined) return { family, table, effect: "none" };
      const { moreDifferences, differences } = policyChange;
      const own = differences.filter((region) => region.family === family);
      return { family, table, effect: effectOf(table, { differences: own, moreDifferences }) };
    }),
  );
}

function pickSets({ rewrites }: Rewrites, touched: SetsToLoad["touched"]): SetsToLoad {
  const names = new Set(touched.map(({ name }) => name));
  const sets = rewrites.flatMap((each) => each.sets.filter(({ name }) => names.has(name)));
  return { commands: printSetFile(sets, []), touched };
}

function endWithoutLoad({ console }: Session): LiveEnd {
  console.close("nothing to load: the live rules are the new ones already", "");
  return { exitCode: EXIT.done, view: { outcome: "nothing-to-load" } };
}

function makeManifest(
  { io }: Session,
  system: System,
  { source, products, observation, live }: LiveWork,
  tables: readonly { readonly family: Manifest["families"][number]; readonly table: string }[],
  sets: Manifest["sets"],
): Manifest {
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
    sets,
    rules: {
      before: products.reduce((sum, { rulesBefore }) => sum + rulesBefore, 0),
      after: products.reduce((sum, { rulesAfter }) => sum + rulesAfter, 0),
    },
    persist: live.persist,
  };
}

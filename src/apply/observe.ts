/**
 * The firewall as it is: which backend has rules, and which rules those are.
 */
import type { Family } from "../model/types.ts";
import type { Refusal } from "./refusal.ts";
import { messageOf } from "./restoring.ts";
import { splitTables } from "./saved-text.ts";
import { type Backend, type HostFacts, LIVE, type System } from "./system.ts";

/** What was found. */
export interface Observation {
  readonly facts: HostFacts;
  readonly backend: Backend;
  /** Every table of each family that is asked for, with counters. */
  readonly texts: ReadonlyMap<Family, string>;
  /** `ipset save`; null where ipset is not installed. */
  readonly sets: string | null;
  /** Tables of the other backend that have rules, as `v4 filter`: they filter, too. */
  readonly others: readonly string[];
  /** Tables of nft that no iptables has made. */
  readonly foreign: readonly string[];
}

/** One table as it is live, with counters; empty where it isn't there. */
export function liveTable({ texts }: Observation, family: Family, table: string): string {
  return splitTables(texts.get(family) ?? "").get(table) ?? "";
}

/** What is looked for. */
export interface Look {
  readonly families: readonly Family[];
  /** What the user says; null: it is found out. */
  readonly backend: Backend | null;
  readonly acceptBothBackends: boolean;
  /** Paths of which it is asked whether they are there. */
  readonly paths: readonly string[];
}

const BACKENDS: readonly Backend[] = ["legacy", "nft"];

/** A rule, a policy that isn't ACCEPT, or a user-defined chain. */
const SOMETHING = /^(?:\[\d+:\d+\] )?-A |^:\S+ (?!ACCEPT )/m;

/** Programs that the way needs beside iptables, and the packages that have them. */
const NEEDED = {
  unshare: "util-linux",
  nsenter: "util-linux",
  flock: "util-linux",
  setsid: "util-linux",
  awk: "mawk",
} as const;

/** Looks. */
export async function observe(
  system: System,
  look: Look,
): Promise<{ readonly observation: Observation | null; readonly refusals: readonly Refusal[] }> {
  const facts = await system.inspectHost(look.paths);
  const missing = findMissing(facts, look);
  if (missing.length > 0) return { observation: null, refusals: missing };
  try {
    return await readRules(system, facts, look);
  } catch (error) {
    return refused("the live rules can't be read", [messageOf(error)], "see that iptables-save works");
  }
}

function findMissing(facts: HostFacts, { families, backend }: Look): readonly Refusal[] {
  if (!facts.isLinux)
    return [refusal("iptables is there on Linux alone", "load the file on the firewall itself")];
  if (!facts.isRoot) return [refusal("only root can read and load rules", "run the same command with sudo")];
  const refusals: Refusal[] = [];
  for (const family of families) {
    const wanted = BACKENDS.filter((each) => backend === null || backend === each);
    if (wanted.some((each) => facts.programs[each][family] !== null)) continue;
    const name = family === "v4" ? "iptables" : "ip6tables";
    const which = backend === null ? name : `${name}-${backend}`;
    refusals.push(
      refusal(`${which}-save and ${which}-restore are not installed`, "install the package iptables"),
    );
  }
  for (const [name, packageName] of Object.entries(NEEDED)) {
    const isThere = Object.entries(facts.tools).some(([tool, path]) => tool === name && path !== null);
    if (!isThere) refusals.push(refusal(`${name} is not installed`, `install the package ${packageName}`));
  }
  return refusals;
}

async function readRules(system: System, facts: HostFacts, look: Look): ReturnType<typeof observe> {
  const { families, backend: wish } = look;
  const read = new Map<Backend, ReadonlyMap<Family, string>>();
  for (const backend of BACKENDS) {
    if (families.every((family) => facts.programs[backend][family] === null)) continue;
    const texts = new Map<Family, string>();
    for (const family of families) {
      if (facts.programs[backend][family] === null) continue;
      const isOther = wish !== null && backend !== wish;
      const text = await system.readTables(LIVE, { backend, family }).catch((error: unknown) => {
        // What can't be read may have rules as well, and who says that this is known means that, too.
        if (isOther && look.acceptBothBackends) return null;
        const which = `${backend} ${family}`;
        const advice = isOther ? "; --accept-both-backends goes on without it" : "";
        throw new Error(`${which}: ${messageOf(error)}${advice}`);
      });
      if (text !== null) texts.set(family, text);
    }
    read.set(backend, texts);
  }
  const filled = [...read.keys()].filter((backend) => listFilled(read.get(backend)!).length > 0);
  const backend = wish ?? (filled.length === 1 ? filled[0]! : (facts.usual ?? [...read.keys()][0]!));
  const others = [...read].flatMap(([each, texts]) => (each === backend ? [] : listFilled(texts)));
  if (others.length > 0 && !look.acceptBothBackends) return refuseBoth(backend, read);
  const texts = read.get(backend);
  const lacking = families.filter((family) => texts?.get(family) === undefined);
  if (texts === undefined || lacking.length > 0)
    return refused(
      `there is no iptables of ${backend} for ${lacking.join(" and ")}`,
      [],
      "install the package iptables",
    );
  const sets = await system.readSets(LIVE);
  const foreign = await system.listForeignTables();
  return { observation: { facts, backend, texts, sets, others, foreign }, refusals: [] };
}

/** Tables with anything in them, as `v4 filter`. */
function listFilled(texts: ReadonlyMap<Family, string>): readonly string[] {
  return [...texts].flatMap(([family, text]) =>
    [...splitTables(text)].flatMap(([table, own]) => (SOMETHING.test(own) ? [`${family} ${table}`] : [])),
  );
}

function refuseBoth(
  backend: Backend,
  read: ReadonlyMap<Backend, ReadonlyMap<Family, string>>,
): Awaited<ReturnType<typeof observe>> {
  const details = [...read].flatMap(([each, texts]) => listFilled(texts).map((table) => `${each}: ${table}`));
  return refused(
    "both backends of iptables have rules, and packets meet both",
    details,
    `if that is meant, add --backend ${backend} --accept-both-backends; the other one stays as it is`,
  );
}

function refused(
  message: string,
  details: readonly string[],
  next: string,
): { readonly observation: null; readonly refusals: readonly Refusal[] } {
  return { observation: null, refusals: [{ message, details, next }] };
}

function refusal(message: string, next: string): Refusal {
  return { message, details: [], next };
}

/**
 * The tables that a packet meets on its way, in the kernel's order, nat aside.
 *
 * Source: include/uapi/linux/netfilter_ipv4.h, nf_ip_hook_priorities; net/ipv4/ip_input.c, ip_forward.c, ip_output.c for the order of the hooks.
 */
import type { AssertedHook } from "../../model/assertion.ts";
import type { Chain, Rule, Ruleset, Table } from "../../model/types.ts";
import { reachedUnparsed } from "../../model/unparsed.ts";
import { findFault } from "../sample/reach.ts";
import { findGap } from "../symbolic/gaps.ts";
import { findWrittenMark } from "./nat-marks.ts";

/** One table on one hook. */
export interface Stage {
  readonly table: Table;
  readonly hook: string;
}

const WAYS: Readonly<Record<AssertedHook, readonly string[]>> = {
  INPUT: ["raw PREROUTING", "mangle PREROUTING", "mangle INPUT", "filter INPUT", "security INPUT"],
  FORWARD: [
    ...["raw PREROUTING", "mangle PREROUTING", "mangle FORWARD"],
    ...["filter FORWARD", "security FORWARD", "mangle POSTROUTING"],
  ],
  OUTPUT: ["raw OUTPUT", "mangle OUTPUT", "filter OUTPUT", "security OUTPUT", "mangle POSTROUTING"],
};

/** The stages that a ruleset has something to say in. What it does not declare accepts. */
export function stagesOf(ruleset: Ruleset, way: AssertedHook): readonly Stage[] {
  return WAYS[way].flatMap((place) => {
    const [name, hook] = place.split(" ") as [string, string];
    const table = ruleset.tables.find((candidate) => candidate.name === name);
    const isThere = table?.chains.some((chain) => chain.name === hook && chain.policy !== null) === true;
    return isThere ? [{ table: table!, hook }] : [];
  });
}

/** The stages up to the filter table, which decides whether a packet is let through at all. */
export function upToFilter(stages: readonly Stage[]): readonly Stage[] {
  const isLater = ({ table, hook }: Stage): boolean => table.name === "security" || hook === "POSTROUTING";
  return stages.filter((stage) => !isLater(stage));
}

/** The chains that a base chain reaches, itself first; chains that are missing left out. */
export function reachedChains({ table, hook }: Stage): readonly Chain[] {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  const names = new Set([hook]);
  // A set grows while it is walked: every chain added is visited too.
  for (const name of names)
    for (const { target } of chains.get(name)?.rules ?? [])
      if (target.kind === "jump" || target.kind === "goto") names.add(target.chain);
  return [...names].flatMap((name) => chains.get(name) ?? []);
}

/** Targets that send packets to another destination. */
const REDIRECTING = new Set(["DNAT", "REDIRECT", "NETMAP"]);

/** True for a stage that a packet passes before nat gives it another destination. */
export function isBeforeNat({ table, hook }: Stage): boolean {
  return hook === "PREROUTING" || (hook === "OUTPUT" && (table.name === "raw" || table.name === "mangle"));
}

/** Rules that may change the destination of packets on a way, before the filter table sees it. */
export function redirectingRules(ruleset: Ruleset, way: AssertedHook): readonly Rule[] {
  const table = ruleset.tables.find(({ name }) => name === "nat");
  if (table === undefined) return [];
  const rules = reachedChains({ table, hook: natHook(way) }).flatMap((chain) => chain.rules);
  return rules.filter(({ target }) => target.kind === "extension" && REDIRECTING.has(target.name));
}

function natHook(way: AssertedHook): "OUTPUT" | "PREROUTING" {
  return way === "OUTPUT" ? way : "PREROUTING";
}

/** Says that nat is not followed, where it changes destinations. */
export function natLimits(ruleset: Ruleset, ways: readonly AssertedHook[]): readonly string[] {
  const hooks = new Map(ways.map((way) => [natHook(way), way]));
  return [...hooks].flatMap(([hook, way]) => {
    const found = redirectingRules(ruleset, way);
    const first = found[0];
    if (first === undefined) return [];
    const others = found.length === 1 ? "" : ` and ${found.length - 1} more`;
    return [
      `Assertions do not follow nat: line ${first.line}${others} in nat ${hook} may change destinations, and an assertion speaks of the destination that the filter table sees.`,
    ];
  });
}

/** Hooks of nat on each way. What nat does is left aside, as long as it can be read. */
const NAT_HOOKS: Readonly<Record<AssertedHook, readonly string[]>> = {
  INPUT: ["PREROUTING", "INPUT"],
  FORWARD: ["PREROUTING", "POSTROUTING"],
  OUTPUT: ["OUTPUT", "POSTROUTING"],
};

/** Why nothing is known about a way: a rule on it could not be read. */
function findUnread(ruleset: Ruleset, way: AssertedHook): string | null {
  const nat = ruleset.tables.filter(({ name }) => name === "nat");
  const natStages = nat.flatMap((table) => NAT_HOOKS[way].map((hook) => ({ table, hook })));
  for (const { table, hook } of [...stagesOf(ruleset, way), ...natStages]) {
    const rule = reachedUnparsed(table, hook);
    if (rule !== null) return `${table.name} ${hook} reaches line ${rule.line}, a rule that can't be read`;
  }
  return null;
}

/** Why what rules decide is not known: they read a mark that nat may have written. */
function findNatMark(ruleset: Ruleset, way: AssertedHook): string | null {
  const table = ruleset.tables.find(({ name }) => name === "nat");
  if (table === undefined) return null;
  const rulesOf = (stage: Stage): readonly Rule[] => reachedChains(stage).flatMap(({ rules }) => rules);
  const hook = natHook(way);
  const rule = findWrittenMark(rulesOf({ table, hook }), stagesOf(ruleset, way).flatMap(rulesOf));
  return rule === null
    ? null
    : `nat ${hook} writes a mark (line ${rule.line}) that rules on the way read, and nat is not followed`;
}

/** Why the way of a hook can't be followed; null where it can. */
export function faultOfStages(ruleset: Ruleset, hook: AssertedHook): string | null {
  const unread = findUnread(ruleset, hook) ?? findNatMark(ruleset, hook);
  if (unread !== null) return unread;
  const tables = [...new Set(stagesOf(ruleset, hook).map(({ table }) => table))];
  const fault = tables.map(findFault).find((found) => found !== null);
  // Assertions speak of addresses, whatever the rules read.
  return fault ?? findGap(tables, { addresses: true });
}

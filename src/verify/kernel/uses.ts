/**
 * What rulesets use that the harness has to know of, read from their rules.
 */
import type { Match, Rule, Ruleset, Table } from "../../model/types.ts";
import { hasUnknownSets } from "./ipsets.ts";

/** Modules and targets that turn connection tracking on (their `checkentry` calls nf_ct_netns_get). */
const TRACKING_MODULES =
  /^(?:! )?-m (?:conntrack|state|connmark|connbytes|connlimit|connlabel|helper|cluster)\b/;
const TRACKING_TARGETS: readonly string[] = ["CONNMARK", "CONNSECMARK", "CT", "NOTRACK", "SYNPROXY"];

/** Targets whose work is the packet's own fate, or that the harness sees. */
const SEEN: readonly string[] = [
  "REJECT",
  "LOG",
  "NFLOG",
  "CT",
  "NOTRACK",
  "TCPMSS",
  "TOS",
  "DSCP",
  "TTL",
  "HL",
  "ECN",
  "DNAT",
  "SNAT",
  "MASQUERADE",
  "REDIRECT",
  "NETMAP",
];

function rulesOf(tables: readonly Table[]): readonly Rule[] {
  return tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules));
}

/** Whether packets are tracked under these tables. */
export function usesConnections(tables: readonly Table[]): boolean {
  if (isTranslating(tables)) return true;
  const isTracking = ({ kind, text }: Match) =>
    kind === "ctstate" || kind === "connmark" || TRACKING_MODULES.test(text);
  return rulesOf(tables).some(({ matches, target }) => {
    if (matches.some(isTracking) || target.kind === "connmark" || target.kind === "unparsed") return true;
    return target.kind === "extension" && TRACKING_TARGETS.includes(target.name);
  });
}

/** Whether there is a nat table. */
export function isTranslating(tables: readonly Table[]): boolean {
  return tables.some(({ name }) => name === "nat");
}

/** Whether what a rule does depends on the packets before. */
export function keepsState(rulesets: readonly Ruleset[]): boolean {
  return rulesets.some(({ tables }) =>
    rulesOf(tables).some(
      ({ matches, target }) => target.kind === "unparsed" || matches.some(({ kind }) => kind === "opaque"),
    ),
  );
}

/** What can't be seen of these rulesets from outside, one sentence each. */
export function unobservedOf(rulesets: readonly Ruleset[]): readonly string[] {
  const rules = rulesets.flatMap(({ tables }) => rulesOf(tables));
  const names = new Set(rules.flatMap(({ target }) => (target.kind === "extension" ? [target.name] : [])));
  const verdicts = new Set(rules.map(({ target }) => (target.kind === "verdict" ? target.verdict : "")));
  const sentences: string[] = [];
  if (names.has("LOG") || names.has("NFLOG"))
    sentences.push("LOG and NFLOG rules were loaded as NFLOG rules of the harness, so that it sees them.");
  if (names.has("REJECT"))
    sentences.push(
      "A REJECT that the kernel gives no answer for (to a reset, an icmp error …) looks like a DROP.",
    );
  if (verdicts.has("QUEUE") || names.has("NFQUEUE"))
    sentences.push("Packets for a queue count as dropped: nobody reads it.");
  if (hasUnknownSets(rulesets))
    sentences.push("Sets that rules name and whose members are not known were made empty, as hash:net.");
  const others = [...names].filter((name) => !SEEN.includes(name) && name !== "NFQUEUE").sort();
  if (others.length > 0) sentences.push(`What ${others.join(", ")} do beside the packet was not seen.`);
  if (rules.some(({ target }) => target.kind === "unparsed"))
    sentences.push("What rules that can't be read do beside the packet was not seen.");
  if (rules.some(({ target }) => target.kind === "none"))
    sentences.push("Counters of rules without a target were not compared.");
  return sentences;
}

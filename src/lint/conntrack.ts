/**
 * Which rules keep connection tracking on. A kernel tracks connections, and puts fragments together for that, while some rule of its network namespace asks for it; without the last one,
 * states are gone and ports of later fragments can't be read.
 *
 * Sources: net/netfilter/xt_conntrack.c, xt_state.c, xt_connmark.c, xt_CT.c … (nf_ct_netns_get when a rule is loaded), net/netfilter/nf_nat_core.c, net/ipv4/netfilter/nf_defrag_ipv4.c.
 */
import type { Rule, Ruleset } from "../model/types.ts";

/** Matches and targets of other modules that ask for it. */
const MODULES = new Set([
  "conntrack",
  "state",
  "connmark",
  "connlabel",
  "connbytes",
  "connlimit",
  "cluster",
  "helper",
  "socket",
]);
const TARGETS = new Set(["CT", "CONNMARK", "CONNSECMARK", "SYNPROXY", "CLUSTERIP", "TPROXY"]);

/** The rules that ask for connection tracking. */
export function findTrackers({ tables }: Ruleset): ReadonlySet<Rule> {
  const rules = new Set<Rule>();
  for (const { name, chains } of tables)
    for (const chain of chains)
      for (const rule of chain.rules) if (name === "nat" || asks(rule)) rules.add(rule);
  return rules;
}

function asks({ matches, target }: Rule): boolean {
  if (target.kind === "connmark" || (target.kind === "extension" && TARGETS.has(target.name))) return true;
  return matches.some((match) => {
    if (match.kind === "ctstate" || match.kind === "connmark") return true;
    return (match.kind === "pure" || match.kind === "opaque") && MODULES.has(match.module);
  });
}

/** What advice says that takes the last of them out. */
export const LAST_TRACKER =
  "with all that is suggested here, no rule asks for connection tracking any more: the kernel would turn it off, and defragmentation with it, so keep one rule that does unless that is meant";

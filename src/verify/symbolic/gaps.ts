/**
 * Tables about which nothing can be proved: something in them changes what a typed match reads, in a way that the diagrams do not follow.
 *
 * Sources: net/ipv6/netfilter/ip6t_NPT.c; net/netfilter/xt_TCPOPTSTRIP.c, xt_TCPMSS.c (adds option 2 where it is missing), xt_socket.c (--restore-skmark).
 */
import type { Match, Rule, Table } from "../../model/types.ts";

/** What targets rewrite, by name. */
const REWRITES: Readonly<Record<string, "addresses" | "options">> = {
  SNPT: "addresses",
  DNPT: "addresses",
  RAWSNAT: "addresses",
  RAWDNAT: "addresses",
  TCPOPTSTRIP: "options",
  TCPMSS: "options",
};

/** Targets of which it is known that they write no mark of a packet that goes on. */
const KNOWN_ENDS = new Set(["CLUSTERIP", "MIRROR", "SYNPROXY", "TARPIT", "TPROXY"]);

/** Matches that read addresses. */
const ADDRESS_KINDS: ReadonlySet<Match["kind"]> = new Set(["source", "destination", "iprange", "addressSet"]);

/** What is read of a packet. */
export interface Reads {
  readonly addresses: boolean;
  readonly options: boolean;
  readonly marks: boolean;
}

/** Why the tables can't be proved about, as a part of a sentence; null where they can. `also`: what is read beside the rules. */
export function findGap(tables: readonly Table[], also: Partial<Reads> = {}): string | null {
  const rules = tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  const reads = { ...readsOf(rules), ...also };
  for (const rule of rules) {
    const gap = gapOfRule(rule, reads);
    if (gap !== null) return `${gap} (line ${rule.line})`;
  }
  return null;
}

function readsOf(rules: readonly Rule[]): Reads {
  const some = (test: (match: Match) => boolean): boolean => rules.some(({ matches }) => matches.some(test));
  return {
    addresses: some(({ kind }) => ADDRESS_KINDS.has(kind)),
    options: some((match) => match.kind === "transport" && match.option !== null),
    marks:
      some(({ kind }) => kind === "mark" || kind === "connmark") ||
      rules.some(({ target }) => target.kind === "connmark"),
  };
}

function gapOfRule({ matches, target }: Rule, reads: Reads): string | null {
  if (
    reads.marks &&
    matches.some((match) => match.kind === "opaque" && match.text.includes("--restore-skmark"))
  )
    return "-m socket --restore-skmark writes the mark, and rules of the table read it";
  if (target.kind !== "extension") return null;
  const rewritten = REWRITES[target.name];
  if (rewritten !== undefined && reads[rewritten]) {
    const what = rewritten === "addresses" ? "addresses" : "tcp options";
    return `${target.name} rewrites ${what}, and rules of the table read them`;
  }
  if (target.ends === "unknown" && !KNOWN_ENDS.has(target.name) && reads.marks)
    return `${target.name} is not known and might write the mark, and rules of the table read it`;
  return null;
}

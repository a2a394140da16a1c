/**
 * Files that are something else: what they are, and what to run instead.
 */
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";

interface Format {
  readonly name: string;
  /** Fits where the format shows itself; the match is the place. */
  readonly sign: RegExp;
  readonly instead: string;
  /** Whether it has tables like a save file. */
  readonly hasTables?: true;
}

const SAVE = "run iptables-save (and ip6tables-save) on the host, and give that";

/** The first that fits counts. Signs are lines that no save file has, or only outside of its tables. */
const FORMATS: readonly Format[] = [
  {
    name: "output of nft list ruleset",
    sign: /^table (?:ip|ip6|inet|arp|bridge|netdev) \S+ \{/mu,
    instead: `${SAVE}: iptables-nft-save shows the tables that iptables-nft made; rules of nft itself have no iptables form`,
  },
  {
    name: "output of iptables -L",
    sign: /^Chain \S+ \((?:policy \S+|\d+ references?)/mu,
    instead: `${SAVE}: -L does not show all of a rule`,
  },
  {
    name: "a rules file of ufw",
    sign: /^### (?:tuple ###|RULES ###)/mu,
    instead: `${SAVE}: ufw's files are only a part of what it loads`,
    hasTables: true,
  },
  {
    name: "a firewalld zone, policy or service",
    sign: /^<(?:zone|policy|service|direct|ipset)\b/mu,
    instead: `${SAVE}: firewalld loads its rules from many files (with FirewallBackend=iptables)`,
  },
  {
    name: "a Firewall Builder data file",
    sign: /^<FWObjectDatabase\b/mu,
    instead: "compile it and give the .fw script; --names takes this file, for the names of groups",
  },
  {
    name: "the output of ipset save",
    sign: /^create \S+ (?:hash|bitmap|list):\S+/mu,
    instead: "give the ruleset that refers to these sets",
  },
  {
    name: "output of iptables -S",
    sign: /^-P (?:INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) (?:ACCEPT|DROP)\s*$/mu,
    instead: `${SAVE}: -S does not say which table it shows`,
  },
  {
    name: "a plan of markify",
    sign: /^# A plan of markify: /mu,
    instead: "give it to markify review or markify apply",
  },
  {
    name: "rules of pf",
    sign: /^(?:pass|block) (?:in|out)\b.* on \S+/mu,
    instead: "only iptables and ip6tables are read",
  },
];

/** So much of a text is looked at: a format shows itself early. */
const LOOKED_AT = 200_000;

/** What a text is, where it is something else than a save file or a script; null where it may be one. `hasTables`: it has lines like `*filter`. */
export function findForeign(file: SourceFile, hasTables: boolean): Diagnostic | null {
  const text = file.text.slice(0, LOOKED_AT);
  for (const { name, sign, instead, ...format } of FORMATS) {
    if (hasTables && format.hasTables !== true) continue;
    const found = sign.exec(text);
    if (found === null) continue;
    const span = { file, start: found.index, end: found.index + found[0].trimEnd().length };
    return makeDiagnostic("FOREIGN_FORMAT", span, { format: name, instead });
  }
  return null;
}

/**
 * `--persist`: what the machine loads at boot, written as the distribution's own tools would: which files, with which text, and when it can't be done.
 *
 * Source: netfilter-persistent 1.0.20 of Debian (`plugins.d/10-ipset`, `15-ip4tables`, `25-ip6tables`), and iptables-services and ipset-service of Fedora and its kin.
 */
import type { Refusal } from "./refusal.ts";

/** A way in which a machine loads its rules at boot. */
interface PersistWay {
  readonly name: string;
  /** Any of them shows that it is there. */
  readonly signs: readonly string[];
  readonly v4: string;
  readonly v6: string;
  readonly sets: string;
  /** What shows that it restores sets, too. */
  readonly setSigns: readonly string[];
  /** What to install for that. */
  readonly setPackage: string;
  /** Where this is there, sets are restored from somewhere else than `sets`. */
  readonly setsElsewhere?: string;
}

const WAYS: readonly PersistWay[] = [
  {
    name: "netfilter-persistent",
    signs: ["/usr/sbin/netfilter-persistent"],
    v4: "/etc/iptables/rules.v4",
    v6: "/etc/iptables/rules.v6",
    sets: "/etc/iptables/ipsets",
    setSigns: ["/usr/share/netfilter-persistent/plugins.d/10-ipset"],
    setPackage: "ipset-persistent",
  },
  {
    name: "iptables-services",
    signs: ["/usr/lib/systemd/system/iptables.service", "/usr/libexec/iptables/iptables.init"],
    v4: "/etc/sysconfig/iptables",
    v6: "/etc/sysconfig/ip6tables",
    sets: "/etc/sysconfig/ipset",
    setSigns: ["/usr/lib/systemd/system/ipset.service", "/usr/libexec/ipset/ipset.start-stop"],
    setPackage: "ipset-service",
    // Its own save has been used, which writes a file for each set.
    setsElsewhere: "/etc/sysconfig/ipset.d/.saved",
  },
];

/** Paths that have to be asked for. */
export const PERSIST_PATHS: readonly string[] = WAYS.flatMap(({ signs, setSigns }) => [
  ...signs,
  ...setSigns,
]);

/** What is live after the load, as the save programs print it, headers and all. */
export interface PersistTexts {
  /** Of all tables; null for a family that the apply has nothing to do with. */
  readonly v4: string | null;
  readonly v6: string | null;
  /** `ipset save`, empty where there are no sets; null where ipset is not there. */
  readonly sets: string | null;
  /** Names of sets that rules of these texts need. */
  readonly neededSets: readonly string[];
}

/** A file to be written, atomically, the old one kept. */
export interface PersistFile {
  readonly path: string;
  readonly text: string;
}

/** The files, in the order in which they have to be written, or why there are none. */
export type PersistPlan =
  | { readonly way: string; readonly files: readonly PersistFile[]; readonly refusal: null }
  | { readonly way: null; readonly files: readonly []; readonly refusal: Refusal };

/** Plans `--persist` (`file` null) or `--persist FILE`; `there`: which of PERSIST_PATHS there are. */
export function planPersist(
  file: string | null,
  there: ReadonlySet<string>,
  texts: PersistTexts,
): PersistPlan {
  if (file !== null) return { way: file, files: filesFor(pathsBeside(file, texts), texts), refusal: null };
  const ways = WAYS.filter(({ signs }) => signs.some((path) => there.has(path)));
  const [way] = ways;
  if (way === undefined)
    return refuse(
      "nothing was found that loads rules at boot",
      WAYS.map(({ name, signs }) => `${name} would be there with ${signs.join(" or ")}`),
      "install iptables-persistent (Debian) or iptables-services (Fedora), or say where: --persist FILE",
    );
  if (ways.length > 1)
    return refuse(
      "two things load rules at boot, and which of them does is not known",
      ways.map(({ name, v4 }) => `${name}: ${v4}`),
      "say which file is meant: --persist FILE",
    );
  const refusal = refuseSets(way, there, texts.neededSets);
  if (refusal !== null) return refusal;
  return { way: way.name, files: filesFor(way, texts), refusal: null };
}

function refuseSets(
  way: PersistWay,
  there: ReadonlySet<string>,
  needed: readonly string[],
): PersistPlan | null {
  const { name, setSigns, setPackage, sets, setsElsewhere = "" } = way;
  if (needed.length === 0) return null;
  const details = needed.map((set) => `set ${set}`);
  if (!setSigns.some((path) => there.has(path)))
    return refuse(
      `rules need ipsets, and ${name} restores none at boot: it would refuse the whole ruleset then`,
      details,
      `install ${setPackage}, or keep members in rules (--members lines)`,
    );
  if (!there.has(setsElsewhere)) return null;
  return refuse(
    `rules need ipsets, and what ${setPackage} restores at boot is no longer ${sets}`,
    details,
    `save sets and rules with its own tools, or say where: --persist FILE`,
  );
}

function refuse(message: string, details: readonly string[], next: string): PersistPlan {
  return { way: null, files: [], refusal: { message, details, next } };
}

/** One family: the file itself; both: each behind its name, as `apply -o` does. */
function pathsBeside(file: string, { v4, v6 }: PersistTexts): Pick<PersistWay, "v4" | "v6" | "sets"> {
  const isOne = v4 === null || v6 === null;
  return { v4: isOne ? file : `${file}.v4`, v6: isOne ? file : `${file}.v6`, sets: `${file}.ipset` };
}

/** Sets come first: rules that are there without their sets are none. */
function filesFor(
  paths: Pick<PersistWay, "v4" | "v6" | "sets">,
  { v4, v6, sets, neededSets }: PersistTexts,
): readonly PersistFile[] {
  const hasSets = sets !== null && (neededSets.length > 0 || sets.trim() !== "");
  return [
    ...(hasSets ? [{ path: paths.sets, text: sets }] : []),
    ...(v4 === null ? [] : [{ path: paths.v4, text: withoutCounters(v4) }]),
    ...(v6 === null ? [] : [{ path: paths.v6, text: withoutCounters(v6) }]),
  ];
}

/** A save file with counters of rules taken out and those of chains set to 0: what was counted until now is no part of what is loaded at boot. */
export function withoutCounters(text: string): string {
  return text.replace(/^\[\d+:\d+\] (?=-)/gmu, "").replace(/^(:.* )\[\d+:\d+\]$/gmu, "$1[0:0]");
}

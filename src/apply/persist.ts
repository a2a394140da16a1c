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
  /** The service that loads the rules, and what shows that it runs at boot. */
  readonly service: string;
  readonly enabledSigns: readonly string[];
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
    // Without the package iptables-persistent it loads nothing.
    signs: ["/usr/share/netfilter-persistent/plugins.d/15-ip4tables"],
    service: "netfilter-persistent",
    enabledSigns: ["/etc/systemd/system/multi-user.target.wants/netfilter-persistent.service"],
    v4: "/etc/iptables/rules.v4",
    v6: "/etc/iptables/rules.v6",
    sets: "/etc/iptables/ipsets",
    setSigns: ["/usr/share/netfilter-persistent/plugins.d/10-ipset"],
    setPackage: "ipset-persistent",
  },
  {
    name: "iptables-services",
    signs: ["/usr/lib/systemd/system/iptables.service"],
    service: "iptables",
    enabledSigns: ["basic", "multi-user"].map(
      (target) => `/etc/systemd/system/${target}.target.wants/iptables.service`,
    ),
    v4: "/etc/sysconfig/iptables",
    v6: "/etc/sysconfig/ip6tables",
    sets: "/etc/sysconfig/ipset",
    setSigns: ["/usr/lib/systemd/system/ipset.service"],
    setPackage: "ipset-service",
    // Its own save has been used, which writes a file for each set.
    setsElsewhere: "/etc/sysconfig/ipset.d/.saved",
  },
];

/** Paths that have to be asked for. */
export const PERSIST_PATHS: readonly string[] = WAYS.flatMap(
  ({ signs, setSigns, enabledSigns, setsElsewhere = [] }) =>
    [signs, setSigns, enabledSigns, setsElsewhere].flat(),
);

/** What is live after the load. */
export interface PersistTexts {
  /** All tables, each from `*` to COMMIT; null for a family that the apply has nothing to do with. */
  readonly v4: string | null;
  readonly v6: string | null;
  /** For the lines of comments around them: `markify 0.1.0`, and the time as ctime(3) prints it. */
  readonly made: { readonly by: string; readonly on: string };
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
  | {
      /** What loads them at boot, or the path that was given. */
      readonly way: string;
      readonly files: readonly PersistFile[];
      /** What a person should know beside; a sentence without a full stop each. */
      readonly notes: readonly string[];
      readonly refusal: null;
    }
  | {
      readonly way: null;
      readonly files: readonly [];
      readonly notes: readonly [];
      readonly refusal: Refusal;
    };

/** Plans `--persist` (`file` null) or `--persist FILE`; `there`: which of PERSIST_PATHS there are. */
export function planPersist(
  file: string | null,
  there: ReadonlySet<string>,
  texts: PersistTexts,
): PersistPlan {
  if (texts.neededSets.length > 0 && texts.sets === null)
    return refuse(
      "rules need ipsets, and without the program ipset nobody can save them",
      texts.neededSets.map((name) => `set ${name}`),
      "install ipset",
    );
  if (file !== null) {
    const files = filesFor(pathsBeside(file, texts), texts);
    return { way: file, files, notes: ["whether anything loads that at boot is not known"], refusal: null };
  }
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
  // Sets that nothing restores, and that no rule needs, are left to who made them.
  const restores = restoresSets(way, there);
  const files = filesFor(way, restores ? texts : { ...texts, sets: null });
  const isEnabled = way.enabledSigns.some((path) => there.has(path));
  const notes = isEnabled ? [] : [`${way.service} does not start at boot: systemctl enable ${way.service}`];
  return { way: way.name, files, notes, refusal: null };
}

function restoresSets({ setSigns }: PersistWay, there: ReadonlySet<string>): boolean {
  return setSigns.some((path) => there.has(path));
}

function refuseSets(
  way: PersistWay,
  there: ReadonlySet<string>,
  needed: readonly string[],
): PersistPlan | null {
  const { name, setPackage, sets, setsElsewhere = "" } = way;
  if (needed.length === 0) return null;
  const details = needed.map((set) => `set ${set}`);
  if (!restoresSets(way, there))
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
  return { way: null, files: [], notes: [], refusal: { message, details, next } };
}

/** One family: the file itself; both: each behind its name, as `apply -o` does. */
function pathsBeside(file: string, { v4, v6 }: PersistTexts): Pick<PersistWay, "v4" | "v6" | "sets"> {
  const isOne = v4 === null || v6 === null;
  return { v4: isOne ? file : `${file}.v4`, v6: isOne ? file : `${file}.v6`, sets: `${file}.ipset` };
}

/** Sets come first: rules that are there without their sets are none. */
function filesFor(
  paths: Pick<PersistWay, "v4" | "v6" | "sets">,
  { v4, v6, sets, neededSets, made }: PersistTexts,
): readonly PersistFile[] {
  const hasSets = sets !== null && (neededSets.length > 0 || sets.trim() !== "");
  return [
    ...(hasSets ? [{ path: paths.sets, text: sets }] : []),
    ...(v4 === null ? [] : [{ path: paths.v4, text: printSaved("iptables-save", v4, made) }]),
    ...(v6 === null ? [] : [{ path: paths.v6, text: printSaved("ip6tables-save", v6, made) }]),
  ];
}

/** As the save program would print it, so that whoever reads it knows of which family it is. */
function printSaved(program: string, text: string, { by, on }: PersistTexts["made"]): string {
  return `# Generated by ${program} for ${by} on ${on}\n${forgetCounts(text)}# Completed on ${on}\n`;
}

/** Tables without counters of rules, and with those of chains set to 0: what was counted until now is no part of what is loaded at boot. */
function forgetCounts(text: string): string {
  return text.replace(/^\[\d+:\d+\] (?=-)/gmu, "").replace(/^(:.* )\[\d+:\d+\]$/gmu, "$1[0:0]");
}

/**
 * What programs of mark groups are made of: conditions and targets for one table. A program uses few kinds of conditions, so that its rules meet.
 */
import type { Family } from "../../../src/model/types.ts";
import type { Random } from "../../../src/verify/sample/random.ts";
import { choose } from "../small/tables.ts";

/** In the order in which a rule has them. */
const KINDS = ["source", "destination", "in", "service", "state", "mark", "other", "asked"] as const;

export type Kind = (typeof KINDS)[number];

/** The vocabulary of one program. */
export interface GroupWords {
  readonly family: Family;
  readonly table: string;
  readonly kinds: readonly Kind[];
  /** Single bits, ascending, that groups set; unsigned. */
  readonly bits: readonly number[];
  /** How many of a hundred targets end the walk. */
  readonly ends: number;
}

const BOTH_FAMILIES = {
  in: ["-i eth0", "-i eth1", "-i eth+", "! -i eth0", "-i +", "! -i eth+"],
  state: [
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    "-m conntrack ! --ctstate NEW",
    "-m conntrack --ctstate DNAT",
    "-m conntrack --ctstate INVALID",
    "-m conntrack --ctstate UNTRACKED",
  ],
  mark: [
    "-m mark --mark 0x10/0x10",
    "-m mark --mark 0x0/0x10",
    "-m mark ! --mark 0x10/0x30",
    "-m connmark --mark 0x10/0x10",
  ],
  other: [
    "-m pkttype --pkt-type unicast",
    "-m mac --mac-source 00:11:22:33:44:55",
    "-m mac ! --mac-source 00:11:22:33:44:55",
    "-m addrtype --dst-type LOCAL",
  ],
  asked: ["-m limit --limit 5/min", "-m strange --thing 1", "-m limit --limit 9/min"],
};

const CONDITIONS: Readonly<Record<Family, Readonly<Record<Kind, readonly string[]>>>> = {
  v4: {
    ...BOTH_FAMILIES,
    source: [
      "-s 10.0.0.1/32",
      "-s 10.0.0.2/32",
      "-s 10.0.0.0/30",
      "! -s 10.0.0.1/32",
      "-s 10.0.0.0/8",
      "! -s 10.0.0.0/30",
    ],
    destination: ["-d 10.1.0.1/32", "-d 10.1.0.2/32", "-d 10.1.0.0/31", "! -d 10.1.0.1/32"],
    service: [
      "-p tcp -m tcp --dport 22",
      "-p tcp -m tcp --dport 80",
      "-p udp -m udp --dport 53",
      "-p tcp -m multiport --dports 22,80",
      "-p tcp -m multiport ! --dports 80",
      "-p tcp -m tcp",
      "-p udp -m udp",
      "-p icmp -m icmp --icmp-type 8",
      "-p icmp -m icmp --icmp-type 3",
      "-p tcp -m tcp --tcp-flags SYN SYN",
      "-p tcp -m tcp ! --dport 22",
      "-p tcp -m tcp --tcp-option 8",
      "-p tcp",
      "! -p tcp",
      "-p sctp -m sctp --dport 22",
      "-p udplite -m multiport --dports 22",
    ],
  },
  v6: {
    ...BOTH_FAMILIES,
    source: ["-s 2001:db8::1/128", "-s 2001:db8::2/128", "-s 2001:db8::/64", "! -s 2001:db8::1/128"],
    destination: ["-d 2001:db8:1::1/128", "-d 2001:db8:1::2/128", "! -d 2001:db8:1::1/128"],
    service: [
      "-p tcp -m tcp --dport 22",
      "-p tcp -m tcp --dport 80",
      "-p udp -m udp --dport 53",
      "-p tcp -m multiport --dports 22,80",
      "-p tcp -m tcp",
      "-p ipv6-icmp -m icmp6 --icmpv6-type 128",
      "-p tcp",
      "! -p tcp",
      "! -p udp",
    ],
  },
};

const EFFECTS = [
  "",
  '-j LOG --log-prefix "a"',
  '-j LOG --log-prefix "b"',
  "-j MARK --set-xmark 0x10/0x10",
  "-j MARK --set-xmark 0x0/0x10",
  "-j MARK --set-xmark 0x10/0x0",
  "-j CONNMARK --set-xmark 0x10/0x10",
  "-j CONNMARK --save-mark --nfmask 0x10 --ctmask 0x10",
  "-j CONNMARK --restore-mark --nfmask 0x10 --ctmask 0x10",
];

/** Effects that one table alone allows. */
const EFFECTS_OF: Readonly<Record<string, Readonly<Record<Family, readonly string[]>>>> = {
  raw: {
    v4: ["-j CT --notrack", "-j NOTRACK", "-j CT --zone 1", "-j TRACE"],
    v6: ["-j CT --notrack", "-j NOTRACK", "-j CT --zone 1", "-j TRACE"],
  },
  mangle: {
    v4: ["-j TOS --set-tos 0x08/0x0c", "-j TTL --ttl-set 5"],
    v6: ["-j TOS --set-tos 0x08/0x0c", "-j HL --hl-set 5"],
  },
};

const REJECTS: Readonly<Record<Family, string>> = {
  v4: "-j REJECT --reject-with icmp-port-unreachable",
  v6: "-j REJECT --reject-with icmp6-port-unreachable",
};

/** How many of a hundred programs have conditions of a kind. */
const SHARES: Readonly<Record<Kind, number>> = {
  source: 75,
  destination: 40,
  in: 40,
  service: 75,
  state: 40,
  mark: 30,
  other: 40,
  asked: 40,
};

/** A random vocabulary. */
export function randomWords(random: Random): GroupWords {
  const family = random.percent(25) ? "v6" : "v4";
  const table = choose(random, ["filter", "filter", "filter", "mangle", "raw"]);
  const kinds = KINDS.filter((kind) => random.percent(SHARES[kind]));
  // With the sign bit of 32-bit integers.
  const bits = random.percent(15) ? [0x20000000, 0x40000000, 0x80000000] : [1, 2, 4];
  const ends = random.percent(60) ? 85 : 65;
  return { family, table, kinds: kinds.length === 0 ? ["source"] : kinds, bits, ends };
}

/** One to `most` conditions of different kinds; none where the vocabulary has only kinds that are left out. */
export function conditions(
  { family, kinds }: GroupWords,
  random: Random,
  most: number,
  without: readonly Kind[] = [],
): readonly string[] {
  const left = kinds.filter((kind) => !without.includes(kind) && (kind !== "asked" || random.percent(50)));
  const chosen = new Set<Kind>();
  for (let wanted = left.length === 0 ? 0 : random.between(1, most); wanted > 0; wanted--)
    chosen.add(choose(random, left));
  return left.filter((kind) => chosen.has(kind)).map((kind) => choose(random, CONDITIONS[family][kind]));
}

/** At most one condition, which does not count how often it is asked. */
export function oneCondition(words: GroupWords, random: Random): readonly string[] {
  return conditions(words, random, 1, ["asked"]);
}

/** At most one condition of iptables itself: the certificate knows what packets fulfil that do not fulfil it. */
export function opposableCondition({ family, kinds }: GroupWords, random: Random): readonly string[] {
  const known = kinds
    .flatMap((kind) => CONDITIONS[family][kind])
    .filter((text) => /^(! )?-\S \S+$/.test(text));
  return known.length === 0 ? [] : [choose(random, known)];
}

/** A target that ends the walk, or does something else. */
export function randomTarget(words: GroupWords, random: Random): string {
  if (!random.percent(words.ends)) return randomEffect(words, random);
  const rejects = words.table === "filter" ? [REJECTS[words.family]] : [];
  return choose(random, ["-j ACCEPT", "-j DROP", "-j DROP", ...rejects]);
}

/** A target behind which the walk goes on. */
export function randomEffect({ table, family }: GroupWords, random: Random): string {
  return choose(random, [...EFFECTS, ...(EFFECTS_OF[table]?.[family] ?? [])]);
}

/** A number as iptables-save writes marks; negative ones as unsigned. */
export function hex(bits: number): string {
  return `0x${(bits >>> 0).toString(16)}`;
}

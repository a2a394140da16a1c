/**
 * Constructs that real files have and that tools which read firewalls lose, refuse or change. Examples of our own, one for each.
 */
import type { Family } from "../../src/model/types.ts";

/** One construct. */
export interface Construct {
  readonly name: string;
  readonly family: Family;
  /** The whole file, as somebody has it. */
  readonly text: string;
  /** The same file as iptables-restore takes it, where it refuses what people have; null where no form of it loads. */
  readonly loadable?: string | null;
}

/** `TABLE/CHAIN ` before a rule is its place; otherwise it stands in filter/INPUT. */
function file(...rules: readonly string[]): string {
  const tables = new Map<string, { readonly chains: Set<string>; readonly rules: string[] }>();
  for (const text of rules) {
    const [, table = "filter", chain = "INPUT", rule = ""] = /^(?:([a-z]+)\/(\S+) )?(.*)$/su.exec(text) ?? [];
    const place = tables.get(table) ?? { chains: new Set(), rules: [] };
    place.chains.add(chain);
    for (const [, target] of rule.matchAll(/ -[jg] ([a-z]\S*)/gu)) place.chains.add(target!);
    place.rules.push(`-A ${chain} ${rule}`);
    tables.set(table, place);
  }
  const isBase = (chain: string): boolean => /^[A-Z]+$/u.test(chain);
  return [...tables]
    .map(([table, { chains, rules: lines }]) => {
      const declared = [...chains].map((chain) => `:${chain} ${isBase(chain) ? "ACCEPT" : "-"} [0:0]`);
      return `*${table}\n${declared.join("\n")}\n${lines.join("\n")}\nCOMMIT\n`;
    })
    .join("");
}

const v4 = (name: string, ...rules: readonly string[]): Construct => ({
  name,
  family: "v4",
  text: file(...rules),
});
const v6 = (name: string, ...rules: readonly string[]): Construct => ({
  name,
  family: "v6",
  text: file(...rules),
});

/** A file that iptables refuses, with the one that it takes. */
function mended(name: string, text: string, loadable: string | null): Construct {
  return { name, family: "v4", text, loadable };
}

const PLAIN = file("-p tcp -m tcp --dport 22 -j ACCEPT", "-p udp -j DROP");

const MATCHES: readonly Construct[] = [
  v4(
    "conntrack with state, status and direction",
    "-m conntrack --ctstate NEW,RELATED --ctstatus ASSURED --ctdir REPLY -j ACCEPT",
  ),
  v4("state, the module before conntrack", "-m state --state RELATED,ESTABLISHED -j ACCEPT"),
  v4(
    "conntrack with addresses and ports of the connection",
    "-m conntrack --ctproto tcp --ctorigdst 10.0.0.1 --ctorigdstport 80:90 -j ACCEPT",
  ),
  v4(
    "negated addresses, interfaces and protocols",
    "! -s 10.0.0.0/8 ! -i lo -j DROP",
    "! -p tcp -j DROP",
    "! -d 10.0.0.1/32 -p udp -m udp ! --dport 53 -j DROP",
  ),
  v4(
    "multiport with lists and ranges",
    "-p tcp -m multiport --dports 22,80:90,443 -j ACCEPT",
    "-p udp -m multiport ! --sports 53 -j DROP",
    "-p tcp -m multiport --ports 5,7 -j ACCEPT",
  ),
  v4(
    "iprange, both sides, one negated",
    "-m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.1.0.1-10.1.0.5 -j ACCEPT",
  ),
  v6("iprange of IPv6", "-m iprange --src-range 2001:db8::1-2001:db8::9 -j ACCEPT"),
  v4("a set", "-m set --match-set markify src -j DROP"),
  v4(
    "two sets in a rule, one negated",
    "-m set --match-set markify src -m set ! --match-set markify dst -j DROP",
  ),
  v4("mac", "-m mac --mac-source 00:11:22:33:44:55 -j ACCEPT"),
  v4("marks with masks and without", "-m mark --mark 0x10/0xf0 -j ACCEPT", "-m mark ! --mark 0x1 -j DROP"),
  v4("connmark", "-m connmark --mark 0x8/0xff -j ACCEPT", "-m connmark ! --mark 0x1 -j DROP"),
  v4("limit", "-m limit --limit 3/min --limit-burst 7 -j ACCEPT", "-m limit --limit 5/s -j ACCEPT"),
  v4(
    "hashlimit with all it can be told",
    "-m hashlimit --hashlimit-above 5/min --hashlimit-burst 3 --hashlimit-mode srcip,dstport --hashlimit-name a --hashlimit-srcmask 24 --hashlimit-htable-expire 3000 -j DROP",
  ),
  v4(
    "hashlimit of bytes",
    "-m hashlimit --hashlimit-above 512kb/s --hashlimit-mode dstip --hashlimit-name b -j DROP",
  ),
  v4(
    "recent, three rules that count",
    "-m recent --name ssh --rcheck --seconds 60 --hitcount 3 -j DROP",
    "-m recent --name ssh --set -j ACCEPT",
    "-m recent --update --seconds 5 --rttl -j DROP",
  ),
  v4(
    "addrtype",
    "-m addrtype --dst-type LOCAL -j ACCEPT",
    "-m addrtype --src-type UNICAST ! --dst-type BROADCAST --limit-iface-in -j DROP",
  ),
  v4(
    "tcp flags, with names of groups",
    "-p tcp -m tcp --tcp-flags ALL NONE -j DROP",
    "-p tcp -m tcp ! --tcp-flags SYN,RST,ACK SYN -j DROP",
    "-p tcp --syn --tcp-option 7 -j DROP",
  ),
  v4(
    "icmp by name, by number, with a code",
    "-p icmp --icmp-type echo-request -j ACCEPT",
    "-p icmp -m icmp ! --icmp-type 3/4 -j DROP",
    "-p icmp -m icmp --icmp-type any -j DROP",
  ),
  v6(
    "icmpv6",
    "-p icmpv6 --icmpv6-type router-advertisement -j ACCEPT",
    "-p ipv6-icmp -m icmp6 ! --icmpv6-type 1/3 -j DROP",
  ),
  v4(
    "owner",
    "filter/OUTPUT -m owner --uid-owner 0-10 --gid-owner 5 -j ACCEPT",
    "filter/OUTPUT -m owner ! --socket-exists -j DROP",
  ),
  v4(
    "physdev",
    "filter/FORWARD -m physdev --physdev-in eth0 --physdev-out eth1+ --physdev-is-bridged -j ACCEPT",
  ),
  v4("time", "-m time --timestart 20:00 --timestop 06:00 --weekdays Mon,Fri --kerneltz -j ACCEPT"),
  v4("u32", '-m u32 --u32 "0x6&0xff=0x6&&0x0>>0x16&0x3c@0x0=0x1:0x5" -j DROP'),
  v4("rpfilter", "raw/PREROUTING -m rpfilter --loose --invert -j DROP"),
  v4(
    "statistic, both modes",
    "-m statistic --mode random --probability 0.333 -j DROP",
    "-m statistic --mode nth --every 3 --packet 1 -j DROP",
  ),
  v4(
    "string, text and hexadecimal",
    '-m string --string "GET /a \\"b\\"" --algo bm --to 100 -j DROP',
    '-m string ! --hex-string "|de ad|" --algo kmp --icase -j DROP',
  ),
  v4(
    "policy of IPsec",
    "-m policy --dir in --pol ipsec --strict --reqid 1 --proto esp --mode tunnel --tunnel-src 10.0.0.0/8 --next --reqid 2 -j ACCEPT",
  ),
  v4(
    "pkttype, length, ttl, dscp, tos",
    "-m pkttype --pkt-type broadcast -j DROP",
    "-m length --length 100:200 -j DROP",
    "-m ttl --ttl-lt 5 -j DROP",
    "-m dscp --dscp-class EF -j ACCEPT",
    "-m tos --tos Minimize-Delay -j ACCEPT",
  ),
  v4("fragments", "-f -j DROP", "! -f -s 10.0.0.1/32 -j ACCEPT"),
  v4(
    "connbytes, connlimit, helper",
    "-m connbytes --connbytes 1000: --connbytes-mode bytes --connbytes-dir both -j DROP",
    "-p tcp --syn -m connlimit --connlimit-above 5 --connlimit-mask 24 -j DROP",
    "-m helper --helper ftp -j ACCEPT",
  ),
];

const TARGETS: readonly Construct[] = [
  v4(
    "REJECT of every type",
    ...["icmp-net-unreachable", "icmp-host-prohibited", "admin-prohib", "icmp-proto-unreachable"].map(
      (type) => `-s 10.0.0.1/32 -j REJECT --reject-with ${type}`,
    ),
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-j REJECT",
  ),
  v6("REJECT of IPv6", "-s ::1/128 -j REJECT --reject-with icmp6-adm-prohibited", "-j REJECT"),
  v4(
    "LOG with all its options",
    '-j LOG --log-prefix "in: a \\"b\\" " --log-level debug --log-tcp-options --log-uid',
  ),
  v4("NFLOG", '-j NFLOG --nflog-prefix "a b" --nflog-group 3 --nflog-threshold 5'),
  v4("NFQUEUE", "-j NFQUEUE --queue-balance 1:4 --queue-bypass"),
  v4(
    "DNAT to ranges of addresses and ports",
    "nat/PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.5:8080-8090 --random --persistent",
    "nat/PREROUTING -d 10.0.0.9/32 -j DNAT --to-destination 10.0.0.7",
  ),
  v6("DNAT of IPv6", "nat/PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination [2001:db8::1]:8080"),
  v4(
    "SNAT, MASQUERADE, REDIRECT",
    "nat/POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 192.0.2.1-192.0.2.5",
    "nat/POSTROUTING -o eth0 -p tcp -j MASQUERADE --to-ports 1024-2000 --random",
    "nat/PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080",
  ),
  v4("NETMAP", "nat/PREROUTING -d 10.0.0.0/24 -j NETMAP --to 10.1.0.0/24"),
  v4(
    "CT and NOTRACK",
    "raw/PREROUTING -p udp -j CT --notrack",
    "raw/PREROUTING -p tcp -j CT --zone 5 --ctevents new,destroy",
    "raw/OUTPUT -p udp -j NOTRACK",
  ),
  v4(
    "TCPMSS",
    "mangle/FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    "mangle/FORWARD -p tcp --syn -j TCPMSS --set-mss 1400",
  ),
  v4(
    "MARK in all forms",
    ...["--set-mark 5", "--set-xmark 0x1/0xff", "--or-mark 0x10", "--and-mark 0xf", "--xor-mark 3"].map(
      (form) => `mangle/PREROUTING -s 10.0.0.1/32 -j MARK ${form}`,
    ),
  ),
  v4(
    "CONNMARK saved and restored, with masks",
    "mangle/PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
    "mangle/PREROUTING -m mark ! --mark 0x0/0xff -j ACCEPT",
    "mangle/PREROUTING -j CONNMARK --save-mark",
  ),
  v4(
    "TOS, DSCP, CLASSIFY, TTL",
    "mangle/POSTROUTING -p tcp -j TOS --set-tos 0x10/0x3f",
    "mangle/POSTROUTING -p udp -j DSCP --set-dscp-class EF",
    "mangle/POSTROUTING -j CLASSIFY --set-class 1:10",
    "mangle/POSTROUTING -j TTL --ttl-inc 1",
  ),
  v4("SET", "-j SET --add-set markify src --exist --timeout 5", "-j SET --del-set markify src"),
  v4(
    "TPROXY and socket",
    "mangle/PREROUTING -p tcp -m socket --transparent -j MARK --set-mark 1",
    "mangle/PREROUTING -p tcp -m tcp --dport 80 -j TPROXY --on-port 8080 --tproxy-mark 0x1/0x1",
  ),
];

const SHAPES: readonly Construct[] = [
  v4("goto", "-s 10.0.0.1/32 -g chain", "-j DROP", "filter/chain -p tcp -j ACCEPT"),
  v4(
    "chain names in lower case and odd ones",
    "-s 10.0.0.1/32 -j in-eth0.5",
    "-j a_b+c",
    "filter/in-eth0.5 -j ACCEPT",
    "filter/a_b+c -j RETURN",
  ),
  v4("a chain that is named like a match", "-j tcp", "filter/tcp -p tcp -j ACCEPT"),
  v4(
    "comments with quotes",
    '-m comment --comment "it says \\"no\\" to -j DROP" -j DROP',
    '-m comment --comment "a, b; c # d" -j ACCEPT',
  ),
  v4(
    "an apostrophe in a comment",
    `-m comment --comment "it's Peter's" -j DROP`,
    "-m comment --comment o'neil -j DROP",
  ),
  v4(
    "comments without quotes",
    "-m comment --comment plain -s 10.0.0.1/32 -j ACCEPT",
    "-m comment --comment ! -j ACCEPT",
  ),
  v4("quoted quotes inside of quotes", `-m comment --comment "\\"\\'name\\'\\"" -j ACCEPT`),
  v4("two comments in a rule", "-m comment --comment one -s 10.0.0.1/32 -m comment --comment two -j ACCEPT"),
  v4(
    "rules without a target",
    ...[1, 2, 3].flatMap((host) => [`-s 10.0.0.${host}/32`, `-d 10.0.0.${host}/32`]),
  ),
  v4(
    "dotted masks, and masks with holes",
    "-s 10.0.0.0/255.255.0.0 -j ACCEPT",
    "-s 10.0.0.1/255.0.0.255 -j DROP",
  ),
  v4("inverted ranges of addresses", "-m iprange --src-range 10.0.0.9-10.0.0.1 -j ACCEPT"),
  v4(
    "abbreviated options",
    "-m mac --mac 00:11:22:33:44:55 -j ACCEPT",
    "-p tcp --dp 22 -j ACCEPT",
    "--src 10.0.0.1 --jump DROP",
  ),
  v4(
    "values joined to their options",
    "-p tcp --dport=22 -j ACCEPT",
    "-p tcp -mtcp --sport 5 -gchain",
    "filter/chain -j ACCEPT",
  ),
  v4("the same rule twice", "-s 10.0.0.1/32 -j ACCEPT", "-s 10.0.0.1/32 -j ACCEPT"),
  v4(
    "names of services and protocols",
    "-p tcp --dport ssh -j ACCEPT",
    "-p udp --dport domain:ntp -j ACCEPT",
    "-p 47 -j ACCEPT",
    "-p esp -j ACCEPT",
  ),
  v6(
    "IPv6 in long spellings",
    "-s 2001:0DB8:0:0::1/64 -d ::FFFF:1.2.3.4 -j ACCEPT",
    "-s fe80::/10 -p ipv6-icmp -j ACCEPT",
  ),
  {
    name: "counters before rules (iptables-save -c)",
    family: "v4",
    text: PLAIN.replace(/^-A/gmu, "[12:345] -A").replace("[0:0]", "[7:89]"),
  },
  { name: "counters in a rule", family: "v4", text: PLAIN.replaceAll(" -j DROP", " -c 12 345 -j DROP") },
  {
    name: "policies of DROP, chains that nothing calls",
    family: "v4",
    text: "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:unused - [0:0]\n-A INPUT -i lo -j ACCEPT\n-A unused -j DROP\nCOMMIT\n",
  },
  {
    name: "several tables, comments and blank lines between",
    family: "v4",
    text: `# a\n\n${PLAIN}\n# b\n${file("mangle/PREROUTING -j MARK --set-mark 5")}\n\n`,
  },
  mended("no line end at the end", PLAIN.trimEnd(), PLAIN),
  mended("line ends of another system", PLAIN.replaceAll("\n", "\r\n"), PLAIN),
  mended("blanks at the ends of lines", PLAIN.replaceAll("\n", "  \n"), PLAIN),
  mended(
    "! after the option",
    file("-i ! lo -j DROP", "-p tcp --dport ! 22 -j DROP"),
    file("! -i lo -j DROP", "-p tcp ! --dport 22 -j DROP"),
  ),
  mended("a shell's prompt around a dump", `root@fw:~# iptables-save\n${PLAIN}root@fw:~# exit\n`, PLAIN),
  mended("anonymised hardware addresses", file("-m mac --mac-source XX:XX:XX:XX:XX:XX -j ACCEPT"), null),
  mended("names of hosts", file("-s host.example -j ACCEPT", "-d <private_ip> -j DROP"), null),
  mended("inverted ranges of ports", file("-p tcp -m tcp --dport 90:80 -j ACCEPT"), null),
];

/** All of them. */
export const CONSTRUCTS: readonly Construct[] = [...MATCHES, ...TARGETS, ...SHAPES];

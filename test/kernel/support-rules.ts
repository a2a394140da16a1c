/**
 * Rules for every row of docs/support.md, so that each option stands in one, and once with `!` where it may. `v4 ` or `v6 ` before a rule: for that family
 * alone; `mangle/PREROUTING `: its place, otherwise filter/INPUT.
 */
import { MATCH_ROWS } from "../../src/model/match-table.ts";
import type { MatchRow, TargetRow } from "../../src/model/options.ts";
import { TARGET_ROWS } from "../../src/model/target-table.ts";
import type { Family } from "../../src/model/types.ts";

/** One rule with its place. */
export interface SupportRule {
  readonly family: Family | null;
  readonly table: string;
  readonly chain: string;
  /** Without `-A CHAIN`. */
  readonly rule: string;
}

/** What iptables 1.8.9 or a kernel of now refuses, though old dumps may hold it: rules with such an option are only parsed. */
export const NOT_LOADED: Readonly<Record<string, string>> = {
  "-m udplite": "not in iptables 1.8",
  "-m condition": "of xtables-addons",
  "-m owner --pid-owner": "not in kernels since 2.6.14",
  "-m owner --sid-owner": "not in kernels since 2.6.14",
  "-m owner --cmd-owner": "not in kernels since 2.6.14",
  "-m dst --dst-not-strict": "in manuals alone",
  "-m hbh --hbh-not-strict": "in manuals alone",
  "-m bpf --object-pinned": "needs a pinned program",
  "-m nfacct": "needs an accounting object",
  "-j BALANCE": "not in iptables 1.8",
  "-j MIRROR": "not in iptables 1.8",
  "-j SAME": "not in iptables 1.8",
  "-j TARPIT": "of xtables-addons",
  "-j CT --helper": "needs a loaded helper",
  "-j CT --timeout": "needs a timeout policy",
  "-j CONNSECMARK": "needs SELinux",
  "-j SECMARK": "needs SELinux",
};

/** Sets that rules name. */
export function supportSets(family: Family): string {
  return `create markify hash:ip family ${family === "v4" ? "inet" : "inet6"} counters timeout 0 skbinfo\n`;
}

const MATCHES: Readonly<Record<string, readonly string[]>> = {
  addrtype: [
    "v4 -m addrtype --src-type UNICAST ! --dst-type LOCAL,BROADCAST",
    "-m addrtype --src-type UNICAST ! --dst-type LOCAL",
    "-m addrtype ! --src-type UNICAST --dst-type LOCAL --limit-iface-in",
    "filter/OUTPUT -m addrtype --src-type LOCAL --limit-iface-out",
  ],
  ah: [
    "v4 -p ah -m ah --ahspi 5:7",
    "v4 -p ah -m ah ! --ahspi 5",
    "v6 -m ah --ahspi 1 --ahlen 6 --ahres",
    "v6 -m ah ! --ahspi 1:2 ! --ahlen 6",
  ],
  bpf: [
    '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"',
    "-m bpf --object-pinned /sys/fs/bpf/program",
  ],
  cgroup: [
    "mangle/OUTPUT -m cgroup --path /",
    "mangle/OUTPUT -m cgroup ! --path /",
    "mangle/OUTPUT -m cgroup --cgroup 5",
    "mangle/OUTPUT -m cgroup ! --cgroup 5",
  ],
  cluster: [
    "mangle/PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 5",
    "mangle/PREROUTING -m cluster --cluster-total-nodes 2 ! --cluster-local-node 1 --cluster-hash-seed 5",
    "mangle/PREROUTING -m cluster --cluster-total-nodes 4 --cluster-local-nodemask 0x5 --cluster-hash-seed 0x10",
    "mangle/PREROUTING -m cluster --cluster-total-nodes 4 ! --cluster-local-nodemask 0x5 --cluster-hash-seed 0x10",
  ],
  comment: [
    '-m comment --comment "it is ! \\"-j DROP\\""',
    "-m comment --comment -j",
    "-m comment --comment ! -j DROP",
  ],
  condition: ["-m condition --condition open", "-m condition ! --condition open"],
  connbytes: [
    "-m connbytes --connbytes 1000:2000 --connbytes-dir original --connbytes-mode bytes",
    "-m connbytes ! --connbytes 5 --connbytes-dir both --connbytes-mode packets",
  ],
  connlabel: ["-m connlabel --label 3 --set", "-m connlabel ! --label 4"],
  connlimit: [
    "-m connlimit --connlimit-upto 5 --connlimit-mask 24 --connlimit-saddr",
    "-m connlimit --connlimit-above 5 --connlimit-daddr",
    "-m connlimit ! --connlimit-upto 5",
    "-m connlimit ! --connlimit-above 5",
  ],
  connmark: ["-m connmark --mark 0x8/0xff", "-m connmark ! --mark 7"],
  conntrack: [
    "-m conntrack --ctstate NEW,UNTRACKED,SNAT --ctproto tcp --ctexpire 5:7 --ctdir REPLY",
    "v4 -m conntrack --ctorigsrc 10.0.0.0/8 --ctorigdst 10.0.0.1 --ctreplsrc 10.0.0.2 --ctrepldst 10.0.0.3",
    "v4 -m conntrack ! --ctorigsrc 10.0.0.0/8 ! --ctorigdst 10.0.0.1 ! --ctreplsrc 10.0.0.2 ! --ctrepldst 10.0.0.3",
    "v6 -m conntrack --ctorigsrc 2001:db8::/32 ! --ctorigdst ::1 --ctreplsrc ::2 ! --ctrepldst ::3",
    "-m conntrack --ctproto udp --ctorigsrcport 1 --ctorigdstport 2:3 --ctreplsrcport 4 --ctrepldstport 5",
    "-m conntrack --ctproto udp ! --ctorigsrcport 1 ! --ctorigdstport 2:3 ! --ctreplsrcport 4 ! --ctrepldstport 5",
    "-m conntrack ! --ctstate INVALID ! --ctproto 6 --ctstatus EXPECTED,ASSURED",
    "-m conntrack ! --ctstatus CONFIRMED ! --ctexpire 5 --ctdir ORIGINAL",
  ],
  cpu: ["-m cpu --cpu 0", "-m cpu ! --cpu 1"],
  dccp: [
    "-p dccp --sport 1:2 ! --dport 5 --dccp-types REQUEST,DATA",
    "-p dccp -m dccp ! --sport 1 --dport 5 ! --dccp-types INVALID --dccp-option 7",
    "-p dccp -m dccp ! --dccp-option 7",
  ],
  devgroup: [
    "-m devgroup --src-group 0x1/0xff",
    "-m devgroup ! --src-group 0x2",
    "filter/FORWARD -m devgroup --dst-group 3",
    "filter/FORWARD -m devgroup ! --dst-group 3",
  ],
  dscp: [
    "-m dscp --dscp 0x0a",
    "-m dscp ! --dscp 0x0a",
    "-m dscp --dscp-class EF",
    "-m dscp ! --dscp-class CS1",
  ],
  dst: ["-m dst --dst-len 8 --dst-opts 1:2,149:92,5", "-m dst ! --dst-len 8", "-m dst --dst-not-strict"],
  ecn: [
    "-p tcp -m ecn --ecn-tcp-cwr ! --ecn-tcp-ece --ecn-ip-ect 1",
    "-p tcp -m ecn ! --ecn-tcp-cwr --ecn-tcp-ece",
    "-m ecn ! --ecn-ip-ect 3",
  ],
  esp: ["-p esp -m esp --espspi 5:7", "-p esp ! --espspi 5"],
  eui64: ["v6 -m eui64", "v6 filter/FORWARD -m eui64 -j DROP"],
  frag: [
    "-m frag --fragid 5:7 --fraglen 8 --fragres --fragfirst --fragmore",
    "-m frag ! --fragid 5 ! --fraglen 8 --fraglast",
  ],
  hashlimit: [
    "-m hashlimit --hashlimit-upto 5/min --hashlimit-burst 3 --hashlimit-mode srcip,dstport --hashlimit-name a --hashlimit-srcmask 24 --hashlimit-dstmask 16 --hashlimit-htable-size 100 --hashlimit-htable-max 200 --hashlimit-htable-expire 3000 --hashlimit-htable-gcinterval 500",
    "-m hashlimit --hashlimit-above 20kb/s --hashlimit-burst 1mb --hashlimit-mode dstip --hashlimit-name b",
    "-m hashlimit ! --hashlimit-upto 5/sec --hashlimit-name c",
    "-m hashlimit ! --hashlimit 5/sec --hashlimit-name d",
    "-m hashlimit ! --hashlimit-above 5/sec --hashlimit-name e",
    "-m hashlimit --hashlimit-above 5/sec --hashlimit-name f --hashlimit-rate-match --hashlimit-rate-interval 10",
  ],
  hbh: ["-m hbh --hbh-len 8 --hbh-opts 5:2,194", "-m hbh ! --hbh-len 8", "-m hbh --hbh-not-strict"],
  helper: ["-m helper --helper ftp", "-m helper ! --helper ftp-2121"],
  hl: ["-m hl --hl-eq 5", "-m hl ! --hl-eq 5", "-m hl --hl 6", "-m hl --hl-lt 5", "-m hl --hl-gt 5"],
  icmp: ["-p icmp --icmp-type 8", "-p icmp -m icmp ! --icmp-type 3/4", "-p icmp --icmp-type any"],
  icmp6: ["-p ipv6-icmp -m icmp6 --icmpv6-type 128", "-p icmpv6 -m icmpv6 ! --icmpv6-type 1/3"],
  ipcomp: ["-p ipcomp -m ipcomp --ipcompspi 5:7 --compres", "-p 108 -m ipcomp ! --ipcompspi 5"],
  iprange: [
    "v4 -m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.0.0.3-10.0.0.4",
    "v4 -m iprange ! --src-range 10.0.0.1 --dst-range 10.0.0.3-10.0.0.4",
    "v6 -m iprange --src-range ::1-::9 ! --dst-range ::a-::b",
  ],
  ipv6header: ["-m ipv6header --header hop-by-hop,esp --soft", "-m ipv6header ! --header frag"],
  ipvs: [
    "v4 -m ipvs --ipvs --vproto 6 --vaddr 10.0.0.0/8 --vport 80 --vdir ORIGINAL --vmethod GATE --vportctl 21",
    "v4 -m ipvs ! --vproto 6 ! --vaddr 10.0.0.0/8 ! --vport 80 ! --vmethod MASQ ! --vportctl 21",
    "-m ipvs ! --ipvs",
  ],
  length: ["-m length --length 100:200", "-m length ! --length 5"],
  limit: ["-m limit --limit 3/min --limit-burst 7", "-m limit --limit 5/sec"],
  mac: ["-m mac --mac-source 00:11:22:33:44:55", "-m mac ! --mac-source 00:11:22:33:44:55"],
  mark: ["-m mark --mark 0x10/0xff", "-m mark ! --mark 0x10"],
  mh: ["-p ipv6-mh -m mh --mh-type 4:123", "-p mobility-header -m mh ! --mh-type 5"],
  multiport: [
    "-p tcp -m multiport --sports 1,5:7",
    "-p tcp -m multiport ! --sports 1",
    "-p udp -m multiport --dports 1,5:7",
    "-p udp -m multiport ! --dports 1",
    "-p sctp -m multiport --ports 1,5:7",
    "-p udplite -m multiport ! --ports 1",
  ],
  nfacct: ["-m nfacct --nfacct-name a"],
  osf: ["-p tcp -m osf --genre Linux --ttl 1 --log 0", "-p tcp -m osf ! --genre Windows"],
  owner: [
    "filter/OUTPUT -m owner --uid-owner 0-10 --gid-owner 5 --suppl-groups",
    "filter/OUTPUT -m owner ! --uid-owner 0 ! --gid-owner 5-7",
    "filter/OUTPUT -m owner --socket-exists",
    "filter/OUTPUT -m owner ! --socket-exists",
    "filter/OUTPUT -m owner --pid-owner 5",
    "filter/OUTPUT -m owner ! --pid-owner 5",
    "filter/OUTPUT -m owner --sid-owner 5",
    "filter/OUTPUT -m owner ! --sid-owner 5",
    "filter/OUTPUT -m owner --cmd-owner ping",
    "filter/OUTPUT -m owner ! --cmd-owner ping",
  ],
  physdev: [
    "filter/FORWARD -m physdev --physdev-in eth0 --physdev-out eth1+",
    "filter/FORWARD -m physdev ! --physdev-in eth0 ! --physdev-out eth1 --physdev-is-bridged",
    "filter/FORWARD -m physdev --physdev-is-in --physdev-is-out",
    "filter/FORWARD -m physdev ! --physdev-is-in",
    "filter/FORWARD -m physdev ! --physdev-is-out",
    "filter/FORWARD -m physdev ! --physdev-is-bridged",
  ],
  pkttype: ["-m pkttype --pkt-type broadcast", "-m pkttype ! --pkt-type unicast"],
  policy: [
    "-m policy --dir in --pol none",
    "v4 -m policy --dir in --pol ipsec --strict --reqid 1 --spi 0x1 --proto esp --mode tunnel --tunnel-src 10.0.0.0/8 --tunnel-dst 10.0.0.1/32 --next ! --reqid 2 ! --spi 0x2 ! --proto ah ! --mode transport",
    "v4 -m policy --dir in --pol ipsec --strict --mode tunnel ! --tunnel-src 10.0.0.0/8 ! --tunnel-dst 10.0.0.1/32",
    "v6 -m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-src ::1/128 ! --tunnel-dst 2001:db8::/32",
  ],
  quota: ["-m quota --quota 5000", "-m quota ! --quota 0"],
  rateest: [
    "-j RATEEST --rateest-name one --rateest-interval 250.0ms --rateest-ewmalog 500.0ms",
    "-j RATEEST --rateest-name two --rateest-interval 250.0ms --rateest-ewmalog 500.0ms",
    "-m rateest --rateest one --rateest-lt --rateest-bps 8bit",
    "-m rateest --rateest one ! --rateest-lt --rateest-pps 5 -j ACCEPT",
    "-m rateest --rateest one --rateest-gt --rateest-pps 5",
    "-m rateest --rateest one ! --rateest-gt --rateest-pps 5",
    "-m rateest --rateest one --rateest-eq --rateest-pps 5",
    "-m rateest --rateest one ! --rateest-eq --rateest-pps 5",
    "-m rateest --rateest1 one --rateest-lt --rateest-bps --rateest2 two",
    "-m rateest --rateest1 one --rateest-gt --rateest-pps --rateest2 two",
    "-m rateest --rateest-delta --rateest one --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit",
    "-m rateest --rateest-delta --rateest1 one --rateest-pps1 7 --rateest-lt --rateest-pps2 42 --rateest2 two",
  ],
  realm: ["-m realm --realm 0x1/0x2a", "-m realm ! --realm 0x5"],
  recent: [
    "v4 -m recent --set --name a --rsource --mask 255.255.255.0",
    "v6 -m recent --set --name a --rsource --mask ffff:ffff::",
    "-m recent ! --set --name b --rdest",
    "-m recent --rcheck --seconds 60 --reap --hitcount 3 --rttl --name a --rsource",
    "-m recent ! --rcheck --seconds 5 --name a",
    "-m recent --update --seconds 60 --hitcount 3 --name a",
    "-m recent ! --update --name a",
    "-m recent --remove --name a",
    "-m recent ! --remove --name a",
  ],
  rpfilter: [
    "mangle/PREROUTING -m rpfilter --loose --validmark",
    "raw/PREROUTING -m rpfilter --accept-local --invert",
  ],
  rt: [
    "-m rt --rt-type 0 --rt-segsleft 1:23 --rt-len 42 --rt-0-res",
    "-m rt ! --rt-type 1 ! --rt-segsleft 1 ! --rt-len 42",
    "-m rt --rt-type 0 --rt-len 42 --rt-0-addrs ::1,2001:db8::1 --rt-0-not-strict",
  ],
  sctp: [
    "-p sctp --sport 1:2 ! --dport 5 --chunk-types any INIT,DATA:Be",
    "-p sctp -m sctp ! --sport 1 --dport 5 ! --chunk-types all ABORT",
  ],
  set: [
    "-m set --match-set markify src,dst --return-nomatch",
    "-m set ! --match-set markify src ! --update-counters ! --update-subcounters",
    "-m set --set markify src --packets-eq 5 --bytes-lt 7",
    "-m set --match-set markify src ! --packets-eq 5 --bytes-gt 7",
    "-m set --match-set markify src --packets-lt 5 --bytes-eq 7",
    "-m set --match-set markify src --packets-gt 5 ! --bytes-eq 7",
    "-m set --match-set markify src --update-counters --update-subcounters",
  ],
  socket: [
    "mangle/PREROUTING -m socket --transparent --nowildcard --restore-skmark",
    "mangle/PREROUTING -m socket",
  ],
  srh: [
    "-m srh --srh-next-hdr 17 --srh-hdr-len-eq 8 --srh-segs-left-eq 1 --srh-last-entry-eq 4 --srh-tag 5",
    "-m srh ! --srh-next-hdr 17 ! --srh-hdr-len-eq 8 ! --srh-segs-left-eq 1 ! --srh-last-entry-eq 4 ! --srh-tag 5",
    "-m srh --srh-hdr-len-gt 8 --srh-segs-left-gt 1 --srh-last-entry-gt 4",
    "-m srh ! --srh-hdr-len-gt 8 ! --srh-segs-left-gt 1 ! --srh-last-entry-gt 4",
    "-m srh --srh-hdr-len-lt 8 --srh-segs-left-lt 1 --srh-last-entry-lt 4",
    "-m srh ! --srh-hdr-len-lt 8 ! --srh-segs-left-lt 1 ! --srh-last-entry-lt 4",
    "-m srh --srh-psid a::/64 --srh-nsid b::/128 --srh-lsid c::/0",
    "-m srh ! --srh-psid a::/64 ! --srh-nsid b::/128 ! --srh-lsid c::/16",
  ],
  state: ["-m state --state NEW,ESTABLISHED", "-m state ! --state INVALID"],
  statistic: [
    "-m statistic --mode random --probability 0.5",
    "-m statistic --mode random ! --probability 0.25",
    "-m statistic --mode nth --every 5 --packet 2",
    "-m statistic --mode nth ! --every 5 --packet 0",
  ],
  string: [
    '-m string --string "a \\"b\\" -j DROP" --algo bm --from 5 --to 60 --icase',
    '-m string ! --string "!" --algo kmp',
    "-m string --string ! --algo kmp",
    "-m string --string --icase --algo kmp",
    '-m string --hex-string "|deadbeef|" --algo bm',
    '-m string ! --hex-string "|00 01|" --algo bm',
  ],
  tcp: [
    "-p tcp --sport 1:2 ! --dport 5 --syn --tcp-option 7",
    "-p tcp -m tcp ! --sport 1 --dport 5 ! --syn ! --tcp-option 7",
    "-p tcp --tcp-flags ALL SYN,FIN",
    "-p tcp ! --tcp-flags SYN,RST NONE",
  ],
  tcpmss: ["-p tcp -m tcpmss --mss 100:200", "-p tcp -m tcpmss ! --mss 5"],
  time: [
    "-m time --datestart 2020-01-01T00:00:00 --datestop 2030-12-31T23:59:59 --timestart 20:00 --timestop 06:00 --contiguous --weekdays Mon,Fri --monthdays 1,15 --kerneltz",
    "-m time --timestart 08:00 --timestop 17:00 ! --weekdays Sat,Sun ! --monthdays 31 --utc",
    "-m time --timestart 08:00 --localtz",
  ],
  tos: ["-m tos --tos 0x10/0x3f", "-m tos ! --tos 0x08"],
  ttl: [
    "-m ttl --ttl-eq 5",
    "-m ttl ! --ttl-eq 5",
    "-m ttl --ttl 6",
    "-m ttl --ttl-lt 5",
    "-m ttl --ttl-gt 5",
  ],
  u32: ['-m u32 --u32 "0x6&0xff=0x6&&0x0>>0x16&0x3c@0x0=0x1:0x5"', '-m u32 ! --u32 "0x0=0x0"'],
  udp: ["-p udp --sport 1:2 ! --dport 5", "-p udp -m udp ! --sport 1 --dport 5"],
  udplite: ["-p udplite -m udplite --sport 1:2 ! --dport 5", "-p udplite -m udplite ! --sport 1 --dport 5"],
};

const TARGETS: Readonly<Record<string, readonly string[]>> = {
  AUDIT: ["-j AUDIT --type drop"],
  BALANCE: ["v4 nat/PREROUTING -j BALANCE --to-destination 10.0.0.1-10.0.0.5"],
  CHECKSUM: ["mangle/POSTROUTING -j CHECKSUM --checksum-fill"],
  CLASSIFY: ["mangle/POSTROUTING -j CLASSIFY --set-class 1:f"],
  CLUSTERIP: [
    "-d 10.0.0.1 -i lo -j CLUSTERIP --new --hashmode sourceip --clustermac 01:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1 --hash-init 1",
  ],
  CONNMARK: [
    "-j CONNMARK --set-xmark 0x1/0xff",
    "-j CONNMARK --set-mark 5",
    "-j CONNMARK --and-mark 5",
    "-j CONNMARK --or-mark 5",
    "-j CONNMARK --xor-mark 5",
    "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff00",
    "-j CONNMARK --restore-mark --mask 0xff",
    "-j CONNMARK --set-xmark 0x1/0xff --left-shift-mark 3",
    "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff --right-shift-mark 4",
  ],
  CONNSECMARK: ["mangle/INPUT -j CONNSECMARK --save", "mangle/OUTPUT -j CONNSECMARK --restore"],
  CT: [
    "raw/PREROUTING -j CT --notrack",
    "raw/PREROUTING -j CT --ctevents new,destroy --expevents new --zone 5",
    "raw/PREROUTING -j CT --zone-orig 7",
    "raw/PREROUTING -j CT --zone-reply mark",
    "raw/PREROUTING -p tcp -j CT --helper ftp",
    "raw/PREROUTING -p tcp -j CT --timeout slow",
  ],
  DNAT: [
    "v4 nat/PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.5:80-90 --random --persistent",
    "v6 nat/PREROUTING -p tcp -j DNAT --to-destination [2001:db8::1-2001:db8::5]:80-90 --random --persistent",
  ],
  DNPT: ["mangle/PREROUTING -j DNPT --src-pfx 2001:db8::/64 --dst-pfx 2001:db8:1::/64"],
  DSCP: ["mangle/PREROUTING -j DSCP --set-dscp 0x0a", "mangle/PREROUTING -j DSCP --set-dscp-class EF"],
  ECN: [
    "mangle/PREROUTING -p tcp -j ECN --ecn-tcp-remove",
    "mangle/PREROUTING -p tcp -j ECN --ecn-tcp-cwr 1 --ecn-tcp-ece 0",
    "mangle/PREROUTING -j ECN --ecn-ip-ect 2",
  ],
  HL: [
    "mangle/PREROUTING -j HL --hl-set 5",
    "mangle/PREROUTING -j HL --hl-dec 1",
    "mangle/PREROUTING -j HL --hl-inc 1",
  ],
  HMARK: [
    "-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 42 --hmark-offset 5 --hmark-rnd 0x00000004",
    "-j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 16 --hmark-sport 0x1 --hmark-dport 0x2 --hmark-sport-mask 0x000f --hmark-dport-mask 0x00f0 --hmark-proto-mask 0xff --hmark-mod 5 --hmark-rnd 0x7",
    "-j HMARK --hmark-spi 0x00000005 --hmark-spi-mask 0x0000000f --hmark-mod 7 --hmark-rnd 0x7",
  ],
  IDLETIMER: ["-j IDLETIMER --timeout 42 --label a", "-j IDLETIMER --timeout 42 --label b --alarm"],
  LED: ["-j LED --led-trigger-id a --led-delay 42 --led-always-blink"],
  LOG: [
    '-j LOG --log-prefix "-j DROP: " --log-level info --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --log-macdecode',
  ],
  MARK: [
    "-j MARK --set-xmark 0x1/0xff",
    "-j MARK --set-mark 5",
    "-j MARK --and-mark 5",
    "-j MARK --or-mark 5",
    "-j MARK --xor-mark 5",
  ],
  MASQUERADE: [
    "nat/POSTROUTING -p tcp -j MASQUERADE --to-ports 1024-2000 --random",
    "nat/POSTROUTING -j MASQUERADE --random-fully",
  ],
  MIRROR: ["-j MIRROR"],
  NETMAP: ["v4 nat/PREROUTING -j NETMAP --to 10.0.0.0/24", "v6 nat/PREROUTING -j NETMAP --to 2001:db8::/64"],
  NFLOG: [
    '-j NFLOG --nflog-prefix "a \\"b\\"" --nflog-group 3 --nflog-size 64 --nflog-threshold 5',
    "-j NFLOG --nflog-range 64",
  ],
  NFQUEUE: ["-j NFQUEUE --queue-num 3 --queue-bypass", "-j NFQUEUE --queue-balance 1:4 --queue-cpu-fanout"],
  NOTRACK: ["raw/PREROUTING -j NOTRACK"],
  RATEEST: ["-j RATEEST --rateest-name three --rateest-interval 250.0ms --rateest-ewmalog 500.0ms"],
  REDIRECT: ["nat/PREROUTING -p tcp -j REDIRECT --to-ports 1024-2000 --random"],
  REJECT: [
    "v4 -j REJECT",
    "v4 -j REJECT --reject-with icmp-host-prohibited",
    "v6 -j REJECT --reject-with icmp6-no-route",
    "-p tcp -j REJECT --reject-with tcp-reset",
  ],
  SAME: ["v4 nat/POSTROUTING -j SAME --to 10.0.0.1-10.0.0.5 --nodst --random"],
  SECMARK: ["security/INPUT -j SECMARK --selctx system_u:object_r:etc_t:s0"],
  SET: [
    "-j SET --add-set markify src,dst --exist --timeout 5",
    "-j SET --del-set markify src",
    "mangle/POSTROUTING -j SET --map-set markify src --map-mark --map-prio --map-queue",
  ],
  SNAT: [
    "v4 nat/POSTROUTING -p tcp -j SNAT --to-source 10.0.0.1-10.0.0.5:1024-2000 --random --persistent",
    "v6 nat/POSTROUTING -j SNAT --to-source 2001:db8::1 --random-fully",
    "v4 nat/POSTROUTING -j SNAT --to-source 10.0.0.1 --random-fully",
  ],
  SNPT: ["mangle/POSTROUTING -j SNPT --src-pfx 2001:db8::/64 --dst-pfx 2001:db8:1::/64"],
  SYNPROXY: ["-p tcp -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460 --ecn"],
  TARPIT: ["-p tcp -j TARPIT --tarpit", "-p tcp -j TARPIT --honeypot", "-p tcp -j TARPIT --reset"],
  TCPMSS: [
    "filter/FORWARD -p tcp --syn -j TCPMSS --set-mss 1400",
    "mangle/FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
  ],
  TCPOPTSTRIP: ["mangle/PREROUTING -p tcp -j TCPOPTSTRIP --strip-options 5,timestamp"],
  TEE: [
    "v4 mangle/PREROUTING -j TEE --gateway 10.0.0.1 --oif lo",
    "v6 mangle/PREROUTING -j TEE --gateway 2001:db8::1",
  ],
  TOS: [
    "mangle/PREROUTING -j TOS --set-tos 0x10/0x3f",
    "mangle/PREROUTING -j TOS --and-tos 0x10",
    "mangle/PREROUTING -j TOS --or-tos 0x10",
    "mangle/PREROUTING -j TOS --xor-tos 0x10",
  ],
  TPROXY: [
    "v4 mangle/PREROUTING -p tcp -j TPROXY --on-port 8080 --on-ip 10.0.0.1 --tproxy-mark 0x1/0xff",
    "v6 mangle/PREROUTING -p udp -j TPROXY --on-port 8080 --on-ip ::1 --tproxy-mark 0x1/0xff",
  ],
  TRACE: ["raw/PREROUTING -j TRACE"],
  TTL: [
    "mangle/PREROUTING -j TTL --ttl-set 5",
    "mangle/PREROUTING -j TTL --ttl-dec 1",
    "mangle/PREROUTING -j TTL --ttl-inc 1",
  ],
  ULOG: ['-j ULOG --ulog-nlgroup 2 --ulog-prefix "a b" --ulog-cprange 100 --ulog-qthreshold 5'],
};

/** A rule with its family and place before it, as above. */
export function parseRule(text: string): SupportRule {
  const [, family, table = "filter", chain = "INPUT", rule = ""] =
    /^(?:(v4|v6) )?(?:([a-z]+)\/([A-Z]+) )?(.*)$/u.exec(text) ?? [];
  return { family: family === "v4" || family === "v6" ? family : null, table, chain, rule };
}

/** The rules of each row under the name that docs/support.md gives it: `-m tcp`, `-j DNAT`. */
export const SUPPORT_RULES: ReadonlyMap<string, readonly SupportRule[]> = new Map([
  ...Object.entries(MATCHES).map(([name, rules]) => [`-m ${name}`, rules.map(parseRule)] as const),
  ...Object.entries(TARGETS).map(([name, rules]) => [`-j ${name}`, rules.map(parseRule)] as const),
]);

/** The rules of a row for one family. */
export function supportRulesOf(name: string, family: Family): readonly SupportRule[] {
  const only = SUPPORT_ROWS.get(name)?.family ?? null;
  if (only !== null && only !== family) return [];
  return (SUPPORT_RULES.get(name) ?? []).filter((rule) => rule.family === null || rule.family === family);
}

/** The rows of docs/support.md by name. */
export const SUPPORT_ROWS: ReadonlyMap<string, MatchRow | TargetRow> = new Map<string, MatchRow | TargetRow>([
  ...[...MATCH_ROWS.values()].map((row) => [`-m ${row.name}`, row] as const),
  ...[...TARGET_ROWS.values()].map((row) => [`-j ${row.name}`, row] as const),
]);

/** A save file with these rules. */
export function fileOf(rules: readonly SupportRule[]): string {
  const tables = new Map<string, SupportRule[]>();
  for (const rule of rules) tables.set(rule.table, [...(tables.get(rule.table) ?? []), rule]);
  const lines: string[] = [];
  for (const [table, those] of tables) {
    const chains = [...new Set(those.map(({ chain }) => chain))];
    lines.push(`*${table}`, ...chains.map((chain) => `:${chain} ACCEPT [0:0]`));
    lines.push(...those.map(({ chain, rule }) => `-A ${chain} ${rule}`), "COMMIT");
  }
  return `${lines.join("\n")}\n`;
}

/** Why a rule is not for loading; null where it is. */
export function whyNotLoaded(name: string, { rule }: SupportRule): string | null {
  const found = Object.entries(NOT_LOADED).find(([what]) => {
    const option = what.slice(name.length).trim();
    return what.startsWith(name) && (option === "" ? what === name : rule.includes(option));
  });
  return found?.[1] ?? null;
}

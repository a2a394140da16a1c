/**
 * Rules for every target of docs/support.md, so that each option stands in one; written as `support-rules.ts` says.
 */

/** Each list is about one target. */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
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

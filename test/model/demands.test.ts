/** Options that an extension needs, excludes or takes once: markify warns of what iptables refuses, and iptables refuses each of these. */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { describeKernel, loadAndSave } from "../kernel/harness.ts";
import { codesOf, importText } from "../support/models.ts";

/** `table/CHAIN rule`; filter/INPUT otherwise. */
const REFUSED: readonly string[] = [
  "-m addrtype",
  "-m addrtype --src-type LOCAL --limit-iface-in --limit-iface-out",
  "mangle/OUTPUT -m cgroup",
  "mangle/OUTPUT -m cgroup --cgroup 1 --path /",
  "-m cluster --cluster-total-nodes 2 --cluster-local-node 1",
  "-m cluster --cluster-total-nodes 2 --cluster-hash-seed 1",
  "-m cluster --cluster-local-node 1 --cluster-hash-seed 1",
  "-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-local-nodemask 1 --cluster-hash-seed 1",
  "-m connbytes --connbytes 5 --connbytes-dir both",
  "-m connbytes --connbytes 5 --connbytes-mode bytes",
  "-m connbytes --connbytes-dir both --connbytes-mode bytes",
  "-m connlabel --set",
  "-m connlimit --connlimit-saddr",
  "-m connlimit --connlimit-upto 5 --connlimit-above 6",
  "-m connlimit --connlimit-upto 5 --connlimit-saddr --connlimit-daddr",
  "-m cpu",
  "-m devgroup",
  "-m dscp",
  "-m dscp --dscp 1 --dscp-class EF",
  "-m ecn",
  "-m ecn --ecn-tcp-cwr",
  "-p udp -m ecn ! --ecn-tcp-ece",
  "v6 -m frag --fragmore --fraglast",
  "-m hashlimit --hashlimit-upto 5/sec",
  "-m hashlimit --hashlimit-name a",
  "-m hashlimit --hashlimit-upto 5/sec --hashlimit-above 6/sec --hashlimit-name a",
  "-m helper",
  "v6 -m hl",
  "v6 -m hl --hl-lt 5 --hl-gt 6",
  "-m ipcomp --ipcompspi 5",
  "v6 -m ipv6header --soft",
  "-m length",
  "-m length --length 5 --length 6",
  "-m limit --limit 5/sec --limit 6/sec",
  "-m nfacct",
  "-p tcp -m osf --ttl 1",
  "-m osf --genre Linux",
  "filter/OUTPUT -m owner",
  "filter/OUTPUT -m owner --uid-owner 5 --suppl-groups",
  "filter/OUTPUT -m owner --pid-owner 5",
  "-m physdev",
  "-m pkttype",
  "-m policy --pol none",
  "-m policy --dir in --pol ipsec --reqid 1 --next --reqid 2",
  "-m quota",
  "-m quota --quota 5 --quota 6",
  "-m realm",
  "-m recent --name x",
  "-m recent --set --update",
  "-m recent --set --rttl",
  "-m recent --update --reap",
  "-m set",
  "-m statistic --probability 0.5",
  "-m statistic --mode nth --every 5",
  "-m statistic --mode nth --packet 5",
  "-m statistic --mode random --probability 0.5 --every 5 --packet 0",
  "-m string --string a",
  "-m string --algo bm",
  '-m string --algo bm --string a --hex-string "|00|"',
  "-p tcp -m tcpmss",
  "-m tcpmss --mss 5",
  "-m time --utc --kerneltz",
  "-m tos",
  "-m ttl",
  "-m ttl --ttl-eq 5 --ttl-lt 6",
  "-m ttl --ttl-eq 5 --ttl 6",
  "-m u32",
  "-p udplite -m udplite",
  "-j AUDIT",
  "mangle/INPUT -j CHECKSUM",
  "mangle/OUTPUT -j CLASSIFY",
  "mangle/OUTPUT -j CONNSECMARK",
  "mangle/OUTPUT -j CONNSECMARK --save --restore",
  "nat/PREROUTING -j DNAT",
  "nat/PREROUTING -j DNAT --to-destination 10.0.0.1 --to-destination 10.0.0.2",
  "v6 mangle/PREROUTING -j DNPT --src-pfx ::/64",
  "mangle/OUTPUT -j DSCP",
  "mangle/OUTPUT -j DSCP --set-dscp 1 --set-dscp-class EF",
  "mangle/OUTPUT -j ECN",
  "mangle/OUTPUT -j ECN --ecn-tcp-remove",
  "mangle/OUTPUT -p tcp -j ECN --ecn-tcp-remove --ecn-tcp-cwr 1",
  "v6 mangle/OUTPUT -j HL",
  "v6 mangle/OUTPUT -j HL --hl-set 1 --hl-dec 1",
  "-j HMARK --hmark-tuple src",
  "-j IDLETIMER --timeout 5",
  "-j IDLETIMER --label a",
  "-j LED",
  "nat/PREROUTING -j NETMAP",
  "-j NFLOG --nflog-range 5 --nflog-size 6",
  "-j NFQUEUE --queue-num 1 --queue-balance 2:3",
  "-j NFQUEUE --queue-num 1 --queue-cpu-fanout",
  "-j RATEEST --rateest-name a",
  "security/INPUT -j SECMARK",
  "-j SET",
  "nat/POSTROUTING -j SNAT",
  "v6 mangle/POSTROUTING -j SNPT --dst-pfx ::/64",
  "-j SYNPROXY",
  "filter/FORWARD -p tcp --syn -j TCPMSS",
  "mangle/OUTPUT -j TCPOPTSTRIP --strip-options 5",
  "-j TEE",
  "mangle/OUTPUT -j TOS",
  "mangle/OUTPUT -j TOS --set-tos 1 --or-tos 2",
  "mangle/PREROUTING -p tcp -j TPROXY",
  "mangle/OUTPUT -j TTL",
  "mangle/OUTPUT -j TTL --ttl-set 1 --ttl-inc 2",
];

function fileOf(text: string): { readonly family: Family; readonly text: string } {
  const [, v6, table = "filter", chain = "INPUT", rule = ""] =
    /^(v6 )?(?:([a-z]+)\/([A-Z]+) )?(.*)$/u.exec(text) ?? [];
  const lines = [`*${table}`, `:${chain} ACCEPT [0:0]`, `-A ${chain} ${rule}`, "COMMIT", ""];
  return { family: v6 === undefined ? "v4" : "v6", text: lines.join("\n") };
}

describe("options that do not go together", () => {
  test.each(REFUSED)("are a warning, and the rule is kept: %s", (row) => {
    const { family, text } = fileOf(row);
    const imported = importText(text, family);
    expect(new Set(codesOf(imported))).toEqual(new Set(["REFUSED_BY_IPTABLES"]));
    expect(imported.ruleset).not.toBeNull();
  });
});

describeKernel("iptables refuses them", () => {
  test("with both backends", () => {
    for (const backend of ["legacy", "nft"] as const) {
      expect(REFUSED.filter((row) => loadAndSave({ ...fileOf(row), backend }).ok)).toEqual([]);
    }
  });
});

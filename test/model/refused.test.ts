/** Rules that iptables refuses get a warning and are kept; real iptables refuses each of them, and takes those without one. */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { codesOf, importText } from "../support/models.ts";
import { describeKernel, loadAndSave } from "../kernel/harness.ts";

type Row = readonly [table: string, chain: string, rule: string, family?: Family];

const REFUSED: readonly Row[] = [
  ["filter", "INPUT", "-j REJECT --reject-with tcp-reset"],
  ["filter", "sub", "-p udp -j REJECT --reject-with tcp-reset"],
  ["filter", "INPUT", "! -p udp -j REJECT --reject-with tcp-reset"],
  ["mangle", "sub", "-j REJECT"],
  ["filter", "OUTPUT", "! -i eth0"],
  ["nat", "POSTROUTING", "-i eth0"],
  ["filter", "INPUT", "-o +"],
  ["raw", "PREROUTING", "-o eth0"],
  ["filter", "sub", "-j CT --notrack"],
  ["mangle", "PREROUTING", "-j NOTRACK"],
  ["filter", "INPUT", "-j TRACE"],
  ["filter", "FORWARD", "-j DNAT --to-destination 1.2.3.4"],
  ["nat", "POSTROUTING", "-j DNAT --to-destination 1.2.3.4"],
  ["nat", "INPUT", "-j REDIRECT"],
  ["nat", "OUTPUT", "-j SNAT --to-source 1.2.3.4"],
  ["filter", "sub", "-j MASQUERADE"],
  ["nat", "PREROUTING", "-j MASQUERADE"],
  ["filter", "FORWARD", "-j NETMAP --to 1.2.3.0/24"],
  ["nat", "sub", "-j DROP"],
  ["nat", "PREROUTING", "-j DNAT --to-destination 1.2.3.4:80"],
  ["nat", "OUTPUT", "-j REDIRECT --to-ports 80"],
  ["filter", "INPUT", "-j TOS --set-tos 0x10"],
  ["filter", "INPUT", "-j TTL --ttl-set 1"],
  ["filter", "INPUT", "-j DSCP --set-dscp 1"],
  ["filter", "INPUT", "-j CHECKSUM --checksum-fill"],
  ["filter", "INPUT", "-p tcp -j ECN --ecn-tcp-remove"],
  ["filter", "INPUT", "-j CLASSIFY --set-class 1:2"],
  ["mangle", "OUTPUT", "-p tcp -j TPROXY --on-port 1"],
  ["mangle", "PREROUTING", "-j TPROXY --on-port 1"],
  ["filter", "OUTPUT", "-p tcp -j SYNPROXY"],
  ["mangle", "PREROUTING", "-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu"],
  ["filter", "FORWARD", "-p tcp -j TCPMSS --clamp-mss-to-pmtu"],
  ["filter", "sub", "-p tcp ! --syn -j TCPMSS --set-mss 100"],
  ["filter", "INPUT", "-m owner --uid-owner 0"],
  ["mangle", "POSTROUTING", "-m mac --mac-source 00:11:22:33:44:55"],
  ["filter", "INPUT", "-m rpfilter"],
  ["mangle", "OUTPUT", "-m socket"],
  ["filter", "INPUT", "-m recent --name x --seconds 5"],
  ["filter", "INPUT", "-j LOG --log-level 8"],
  ["filter", "INPUT", "-m limit --limit 5/fortnight"],
  ["filter", "INPUT", "-m limit --limit 5/"],
  ["filter", "INPUT", "-m limit --limit 0/sec"],
  ["filter", "INPUT", "-m limit --limit 0x5/sec"],
  ["filter", "INPUT", "-m limit --limit often"],
  ["filter", "INPUT", "-m limit --limit 10001/sec"],
  ["filter", "INPUT", "-m limit --limit 5/s/s"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-upto 5/fortnight"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-above 1000001/sec"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-above 0b/s"],
  ["filter", "INPUT", "-j LOG --log-level warn"],
  ["filter", "INPUT", "-p tcp -m multiport --dports 1:"],
  ["filter", "INPUT", "-p tcp -m multiport --ports 80,:5"],
  ["filter", "INPUT", "-p tcp -m multiport --sports 22:22"],
  ["filter", "INPUT", "-p tcp --dport ntp"],
  ["filter", "INPUT", "-p sctp --sport 1:tftp"],
  ["nat", "PREROUTING", "-j DNAT --to-destination :80"],
  ["nat", "POSTROUTING", "-j SNAT --to-source 1.2.3.4-1.2.3.5:80-90"],
  ["nat", "POSTROUTING", "-j SNAT --to-source [::1]:80", "v6"],
  ["nat", "OUTPUT", "-j MASQUERADE", "v6"],
  ["filter", "INPUT", "-j HL --hl-set 1", "v6"],
  ["filter", "INPUT", "-j REJECT --reject-with tcp-reset", "v6"],
  ["filter", "INPUT", "-m owner --uid-owner 0", "v6"],
  ["nat", "sub", "-m rpfilter", "v6"],
];

const TAKEN: readonly Row[] = [
  ["filter", "INPUT", "-p tcp -j REJECT --reject-with tcp-reset"],
  ["filter", "sub", "-i eth0 -o eth1"],
  ["filter", "FORWARD", "-i eth0 -o eth1"],
  ["raw", "OUTPUT", "-j CT --notrack"],
  ["nat", "OUTPUT", "-j DNAT --to-destination 1.2.3.4"],
  ["nat", "INPUT", "-j SNAT --to-source 1.2.3.4"],
  ["nat", "PREROUTING", "-p icmp -j REDIRECT --to-ports 80"],
  ["nat", "PREROUTING", "! -p tcp -j REDIRECT --to-ports 80"],
  ["nat", "INPUT", "-j NETMAP --to 1.2.3.0/24"],
  ["nat", "sub", "-j MASQUERADE"],
  ["filter", "FORWARD", "-j CLASSIFY --set-class 1:2"],
  ["mangle", "PREROUTING", "-p tcp -j TPROXY --on-port 1"],
  ["filter", "FORWARD", "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"],
  ["mangle", "PREROUTING", "-p tcp --syn -j TCPMSS --set-mss 1400"],
  ["filter", "sub", "-m owner --uid-owner 0"],
  ["raw", "PREROUTING", "-m rpfilter"],
  ["filter", "INPUT", "-m recent --rcheck --name x"],
  ["filter", "INPUT", "-j LOG --log-level panic"],
  ["filter", "INPUT", "-m limit --limit 5"],
  ["filter", "INPUT", "-m limit --limit 5kb/s"],
  ["filter", "INPUT", "-m limit --limit 05x/S"],
  ["filter", "INPUT", "-m limit --limit 10000/sec"],
  ["filter", "INPUT", "-m limit --limit 10001/min"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-above 1000000/second"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-above 5KB/s"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-above 5kb/seldom"],
  ["filter", "INPUT", "-m hashlimit --hashlimit-name a --hashlimit-above 5b/s"],
  ["filter", "INPUT", "-p tcp --dport :"],
  ["filter", "INPUT", "-p tcp --dport 22:22"],
  ["filter", "INPUT", "-p udp --dport ntp"],
  ["nat", "INPUT", "-j SNAT --to-source 2001:0db8::1", "v6"],
  ["nat", "OUTPUT", "-j DNAT --to-destination 1:2:3:4:5:6:7:8", "v6"],
  ["nat", "PREROUTING", "-j DNAT --to-destination [2001:db8::1]", "v6"],
];

function fileOf([table, chain, rule]: Row): string {
  const policy = chain === "sub" ? "-" : "ACCEPT";
  return `*${table}\n:${chain} ${policy} [0:0]\n-A ${chain} ${rule}\nCOMMIT\n`;
}

function named(rows: readonly Row[]): readonly (readonly [string, Row])[] {
  return rows.map((row) => [row.join(" "), row]);
}

describe("what iptables would not load", () => {
  test.each(named(REFUSED))("is a warning and kept: %s", (_, row) => {
    const imported = importText(fileOf(row), row[3] ?? "v4");
    expect(codesOf(imported)).toEqual(["REFUSED_BY_IPTABLES"]);
    expect(imported.ruleset).not.toBeNull();
  });

  test.each(named(TAKEN))("is told from what it takes: %s", (_, row) => {
    expect(codesOf(importText(fileOf(row), row[3] ?? "v4"))).toEqual([]);
  });
});

const STANDARD = "*filter\n:INPUT ACCEPT [0:0]\n:standard - [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n";

test("no chain can be called standard, since verdicts do not load beside it", () => {
  expect(codesOf(importText(STANDARD, "v4"))).toEqual(["CHAIN_NAMED_LIKE_TARGET"]);
});

describeKernel("iptables agrees", () => {
  test.each(["legacy", "nft"] as const)("that no verdict loads beside a chain standard, %s", (backend) => {
    expect(loadAndSave({ family: "v4", backend, text: STANDARD }).ok).toBe(false);
  });

  test("with both tables", () => {
    const loads = (row: Row) =>
      loadAndSave({ family: row[3] ?? "v4", backend: "legacy", text: fileOf(row) }).ok;
    expect(REFUSED.filter(loads)).toEqual([]);
    expect(TAKEN.filter((row) => !loads(row))).toEqual([]);
  });
});

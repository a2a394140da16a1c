/**
 * The model against real iptables: rules are loaded and saved, and what iptables-save prints is what the model's texts say, both for the
 * rules as written and for the saved ones read again.
 */
import { expect, test } from "vitest";
import { MATCH_ROWS } from "../../src/model/match-table.ts";
import type { OptionTable } from "../../src/model/options.ts";
import { TARGET_ROWS } from "../../src/model/target-table.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { describeKernel, loadAndSave } from "../kernel/harness.ts";
import { canonicalText, importText, tableAround } from "../support/models.ts";

/** Written in every way that a save file may hold; all of them load. */
const V4 = [
  "",
  "-s 10.1.2.3/255.0.255.0 -d 10/8 -j sub",
  "! -s 10.0.0.1 ! -i lo -j ACCEPT",
  "-s 10.1/16 -i eth+ -j DROP",
  "-p 6",
  "-p ipv6-icmp",
  "-p sctp -j RETURN",
  "-f -g sub",
  "! -f",
  "-p tcp --dport :1023 --sport 1024:",
  "-p tcp --syn --dport ssh",
  "-p tcp -m tcp ! --syn --tcp-option 7",
  "-p tcp --tcp-flags ALL NONE",
  "-p tcp --tcp-flags syn,fin SYN,FIN",
  "-p tcp --tcp-flags NONE NONE",
  "-p tcp -m tcp",
  "-p tcp -mtcp --dport=22",
  "-4 -j ACCEPT",
  "-j ACCEPT --ipv4 -c 5,6",
  "-m state --state EST,rel",
  "-m conntrack ! --ctstate i,d",
  "-p tcp --tcp-flags SYN, ,SYN",
  "-j REJECT --reject-with icmp-net",
  "-j REJECT --reject-with icmp-p",
  "-j REJECT --reject-with icmp",
  "-p esp --espspi 5:7",
  "-p ah --ahspi 5",
  "-gsub",
  "--goto=sub",
  "-p tcp --dport 0:65535",
  "-p tcp -m state --state NEW --dport 22",
  "-p tcp -m tcp --dport 1 -m tcp --dport 2:3",
  "-p udp ! --sport 53",
  "-p udp -m multiport --ports domain,80:90",
  "-p tcp -m multiport ! --sports 1",
  "-p icmp --icmp-type any",
  "-p icmp ! --icmp-type echo-request",
  "-p icmp --icmp-type network-unreachable",
  "-p icmp --icmp-type 8/0",
  "-m state --state NEW,ESTABLISHED,INVALID",
  "-m conntrack --ctstate ESTABLISHED,RELATED,SNAT,UNTRACKED",
  "-m conntrack ! --ctstate NEW --ctorigdst 10.0.0.1 --ctdir ORIGINAL",
  "-m mark --mark 16",
  "-m mark ! --mark 0x10/255",
  "-m connmark --mark 0x8/0xff",
  "-m mac --mac-source AA:BB:CC:DD:E:FF",
  "-m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.0.0.3",
  "-m iprange --src-range 10.0.0.9-10.0.0.1",
  '-m comment --comment "a \\"b\\" \\\\ c$`"',
  "-m comment --comment o'neil",
  "-m comment --comment simple -m comment --comment -j",
  '-m comment --comment ""',
  "-m addrtype ! --src-type UNICAST --dst-type LOCAL,BROADCAST",
  "-m limit --limit 3/min --limit-burst 7",
  "-m pkttype --pkt-type broadcast",
  "-m ttl --ttl 3",
  "-m length ! --length 10:20",
  '-j LOG --log-prefix "x y "',
  "-j LOG --log-prefix a.b",
  '-j LOG --log-prefix "a-b"',
  "-j LOG --log-prefix 12345678901234567890123456789",
  '-j LOG --log-prefix "a prefix with more than thirty letters"',
  "-j LOG --log-level warning",
  "-j LOG --log-level 4",
  "-j LOG --log-level debug --log-prefix x",
  "-j LOG --log-level panic",
  "-j LOG --log-level 0x7",
  "-j LOG --log-uid --log-macdecode --log-ip-options --log-level error --log-tcp-options --log-tcp-sequence",
  "-j LOG -s 10.0.0.1",
  "-j REJECT",
  "-j REJECT --reject-with host-prohib",
  "-p tcp -j REJECT --reject-with tcp-rst",
  '-j NFLOG --nflog-prefix "a b" --nflog-group 3',
  "-j NFQUEUE --queue-num 3",
  "-j MARK --set-mark 16",
  "-j MARK --set-mark 16/0x3",
  "-j MARK --or-mark 16",
  "-j MARK --and-mark 16",
  "-j MARK --xor-mark 16",
  "-j CONNMARK --set-mark 16/3",
  "-j CONNMARK --save-mark",
  "-j CONNMARK --restore-mark --mask 0xff",
  "-j CONNMARK --restore-mark --nfmask 0xff",
];

const V6 = [
  "-s 2001:DB8::0:1/64 -d ::1",
  "-s ::ffff:1.2.3.4",
  "-s fe80::1/ffff::ff",
  "-p icmpv6 --icmpv6-type router-advertisement",
  "-p ipv6-icmp -m icmp6 ! --icmpv6-type 1/3",
  "-m hl --hl-eq 255",
  "-m iprange --dst-range 2001:db8::1-2001:db8::ff",
  "-j REJECT",
  "-j REJECT --reject-with adm-prohibited",
  "-j REJECT --reject-with icmp6-a",
  "-p esp --espspi 5",
  "-m ah --ahspi 5",
  "-6 -s ::1/0x40",
];

function texts(ruleset: Ruleset | null): readonly string[] {
  return (
    ruleset?.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules.map(canonicalText))) ?? []
  );
}

/** Rules without their `-A CHAIN`, as saved. */
function savedRules(saved: string): readonly string[] {
  const lines = saved.split("\n").filter((line) => line.startsWith("-A "));
  return lines.map((line) => line.split(" ").slice(2).join(" "));
}

describeKernel("texts of the model are what iptables-save prints", () => {
  test.each<[Family, readonly string[]]>([
    ["v4", V4],
    ["v6", V6],
  ])("%s", (family, rules) => {
    const text = tableAround(...rules);
    const { saved, errors } = loadAndSave({ family, backend: "legacy", text });
    expect(errors.replace(/^xt_iprange: .*\n/m, "")).toBe("");
    expect(texts(importText(text, family).ruleset)).toEqual(savedRules(saved));
    expect(texts(importText(saved, family).ruleset)).toEqual(savedRules(saved));
  });
});

/** Not in iptables 1.8.9: of older versions, of its own add-ons, or told apart only in manuals. */
const NOT_SHIPPED: ReadonlySet<string> = new Set([
  "-m udplite",
  "-m condition",
  "-m owner --pid-owner",
  "-m owner --sid-owner",
  "-m owner --cmd-owner",
  "-m dst --dst-not-strict",
  "-m hbh --hbh-not-strict",
  "-j BALANCE",
  "-j MIRROR",
  "-j SAME",
  "-j TARPIT",
]);

interface ExtensionRow {
  readonly name: string;
  readonly options: OptionTable | null;
  readonly family: Family | null;
}

/** What iptables says to an option that is the last word of a rule: that it does not know it, that a value is missing, or neither. */
function askFor(option: string, row: ExtensionRow): "unknown" | "value" | "flag" {
  const families: readonly Family[] = row.family === null ? ["v4", "v6"] : [row.family];
  const answers = families.map((family) => {
    const { errors } = loadAndSave({ family, backend: "legacy", text: tableAround(option) });
    if (/unknown option|Couldn't load|No such file/i.test(errors)) return "unknown";
    return /requires an argument/.test(errors) ? "value" : "flag";
  });
  return answers.find((answer) => answer !== "unknown") ?? "unknown";
}

describeKernel("the tables of options", () => {
  test.each<[string, Iterable<ExtensionRow>]>([
    ["-m", MATCH_ROWS.values()],
    ["-j", TARGET_ROWS.values()],
  ])("iptables knows every option of %s, and agrees whether it has a value", (kind, rows) => {
    const differences: string[] = [];
    for (const row of rows) {
      const load = `${kind} ${row.name}`;
      if (NOT_SHIPPED.has(load)) continue;
      for (const [name, option] of row.options ?? []) {
        const text = `${load} --${name}`;
        const expected = NOT_SHIPPED.has(text) ? "unknown" : option.values > 0 ? "value" : "flag";
        const answer = askFor(text, row);
        if (answer !== expected) differences.push(`${text}: ${answer}, not ${expected}`);
      }
    }
    expect(differences).toEqual([]);
  });
});

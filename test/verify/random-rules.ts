/**
 * Small random rulesets as text, for comparing interpreters: a few chains that jump, go and return, few values, so that rules overlap.
 */
import type { Family } from "../../src/model/types.ts";
import { Random } from "../../src/verify/sample/random.ts";

function choose<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

const ADDRESSES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.1/32", "10.0.0.0/24", "10.0.0.128/25", "10.0.0.0/8", "192.168.1.7/32", "0.0.0.1/0.0.0.255"],
  v6: ["2001:db8::1/128", "2001:db8::/64", "2001:db8::/32", "fe80::/10", "2001:db8:0:1::/64"],
};

const RANGES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.1-10.0.0.200", "9.255.255.250-10.0.0.1"],
  v6: ["2001:db8::1-2001:db8::ff", "2001:db8::1-2001:db8:0:1::7"],
};

const STATES = [
  "NEW",
  "RELATED,ESTABLISHED",
  "INVALID",
  "UNTRACKED",
  "DNAT",
  "NEW,UNTRACKED",
  "RELATED,SNAT",
  "SNAT,DNAT",
];

function negation(random: Random): string {
  return random.percent(25) ? "! " : "";
}

function transport(random: Random, family: Family): string {
  const port = choose(random, ["22", "80", "1:1023", "1024:65535", "79:81"]);
  const not = negation(random);
  const icmp = family === "v4" ? "-p icmp -m icmp --icmp-type" : "-p ipv6-icmp -m icmp6 --icmpv6-type";
  return choose(random, [
    `-p tcp -m tcp ${not}--dport ${port}`,
    `-p udp -m udp ${not}--sport ${port}`,
    `-p tcp -m tcp --sport ${port} ${not}--dport 22`,
    `-p tcp -m tcp ${not}--tcp-flags FIN,SYN,RST,ACK SYN`,
    `-p tcp -m tcp ${not}--tcp-option ${choose(random, ["5", "8", "200"])}`,
    `-p tcp -m multiport ${not}--dports 22,80:90`,
    `-p udp -m multiport ${not}--ports 53,80`,
    `-p sctp -m sctp ${not}--dport ${port}`,
    `${icmp} 3`,
    `${not}-p tcp`,
    "-p 47",
  ]);
}

function matches(random: Random, family: Family, canSeeIn: boolean): string {
  const not = () => negation(random);
  const parts: string[] = [];
  if (random.percent(40)) parts.push(`${not()}-s ${choose(random, ADDRESSES[family])}`);
  if (random.percent(30)) parts.push(`${not()}-d ${choose(random, ADDRESSES[family])}`);
  if (canSeeIn && random.percent(20)) parts.push(`${not()}-i ${choose(random, ["eth0", "eth+", "lo"])}`);
  if (random.percent(50)) parts.push(transport(random, family));
  else if (family === "v4" && random.percent(10)) parts.push(`${not()}-f`);
  if (random.percent(20)) parts.push(`-m conntrack ${not()}--ctstate ${choose(random, STATES)}`);
  if (random.percent(20))
    parts.push(
      `-m mark ${not()}--mark ${choose(random, ["0x1/0x1", "0x3/0x3", "0x80000000/0x80000000", "0x0"])}`,
    );
  if (random.percent(8)) parts.push(`-m connmark ${not()}--mark 0x1/0x1`);
  if (canSeeIn && random.percent(8)) parts.push(`-m mac ${not()}--mac-source 00:11:22:33:44:55`);
  if (random.percent(10)) parts.push(`-m iprange ${not()}--src-range ${choose(random, RANGES[family])}`);
  if (random.percent(10))
    parts.push(
      choose(random, ["-m limit --limit 5/sec", "-m pkttype --pkt-type unicast", "-m strange --thing 1"]),
    );
  return parts.join(" ");
}

/** A target; chains may only call later ones, so that there is no loop. `protocol` says what the rule's matches allow. */
function target(random: Random, later: readonly string[], family: Family): string {
  const reject = family === "v4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
  const calls =
    later.length > 0
      ? [`-j ${choose(random, later)}`, `-j ${choose(random, later)}`, `-g ${choose(random, later)}`]
      : [];
  return choose(random, [
    "-j ACCEPT",
    "-j ACCEPT",
    "-j DROP",
    "-j RETURN",
    "-j RETURN",
    `-j REJECT --reject-with ${reject}`,
    `-j LOG --log-prefix "${choose(random, ["a", "b"])}"`,
    "-j MARK --set-xmark 0x1/0x1",
    "-j MARK --set-mark 0x2/0x3",
    "-j MARK --or-mark 0x80000000",
    "-j MARK --and-mark 0xfffffffe",
    "-j MARK --xor-mark 0x3",
    "-j MARK --set-mark 0x2",
    "-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x3",
    "-j CONNMARK --restore-mark",
    "-j CONNMARK --set-xmark 0x1/0x1",
    "-j STRANGE --option 1",
    "",
    ...calls,
    ...calls,
  ]);
}

/** A filter table of up to 16 rules. The same seed gives the same text. */
export function randomTable(seed: number, family: Family): string {
  const random = new Random(seed);
  const own = ["c1", "c2", "c3"];
  const chains = ["INPUT", "OUTPUT", ...own];
  const rules: string[] = [];
  for (const [index, chain] of chains.entries()) {
    const later = own.slice(Math.max(0, index - 1));
    for (let count = random.below(5); count > 0; count--) {
      const canSeeIn = chain === "INPUT";
      rules.push(`-A ${chain} ${matches(random, family, canSeeIn)} ${target(random, later, family)}`.trim());
    }
  }
  return [
    "*filter",
    `:INPUT ${choose(random, ["ACCEPT", "DROP"])} [0:0]`,
    ":OUTPUT ACCEPT [0:0]",
    ...own.map((name) => `:${name} - [0:0]`),
    ...rules,
    "COMMIT",
    "",
  ].join("\n");
}

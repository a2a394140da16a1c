/**
 * Single rules that read much at once: several header tests, ranges of addresses on both sides, states with address translation, negations, modules in any order.
 */
import type { Family } from "../../src/model/types.ts";
import type { Random } from "../../src/verify/sample/random.ts";

const ADDRESSES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.0/30", "10.0.0.1/32", "10.0.0.2/32", "10.0.0.0/8", "0.0.0.1/0.0.0.255", "10.0.1.0/24"],
  v6: ["2001:db8::/126", "2001:db8::1/128", "2001:db8::2/128", "2001:db8::/32", "2001:db8:0:1::/64"],
};

const RANGES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.1-10.0.0.2", "10.0.0.4-10.0.0.200", "9.255.255.250-10.0.0.1", "10.0.1.0-10.0.1.255"],
  v6: ["2001:db8::1-2001:db8::2", "2001:db8::4-2001:db8:0:1::7", "2001:db8:0:1::-2001:db8:0:1::ff"],
};

const STATES = ["NEW", "RELATED,ESTABLISHED", "INVALID", "UNTRACKED", "DNAT", "RELATED,SNAT", "SNAT,DNAT"];

const PORTS = ["22", "80", "20:30", "79:81", "1024:65535"];

const OTHERS = [
  "-m mac --mac-source 00:11:22:33:44:55",
  "-m pkttype --pkt-type unicast",
  "-m mark --mark 0x1/0x1",
  "-m mark ! --mark 0x0",
];

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

/** What stands behind `-A FORWARD`. */
export function randomMovable(random: Random, family: Family): string {
  const not = (): string => (random.percent(25) ? "! " : "");
  const address = (): string => pick(random, ADDRESSES[family]);
  const range = (): string => pick(random, RANGES[family]);
  const words: string[] = [];
  if (random.percent(35)) words.push(`${not()}-s ${address()}`);
  if (random.percent(25)) words.push(`${not()}-d ${address()}`);
  if (random.percent(25)) words.push(`${not()}-i ${pick(random, ["eth0", "eth1", "eth+", "e+", "lo"])}`);
  if (random.percent(10)) words.push(`${not()}-o ${pick(random, ["eth0", "eth+"])}`);
  const modules = [];
  if (random.percent(75)) {
    const [protocol, tests] = service(random, family);
    words.push(protocol);
    modules.push(...tests);
  } else if (family === "v4" && random.percent(20)) words.push(`${not()}-f`);
  for (const share of [35, 12])
    if (random.percent(share)) modules.push(`-m conntrack ${not()}--ctstate ${pick(random, STATES)}`);
  if (random.percent(20)) modules.push(`-m iprange ${not()}--src-range ${range()}`);
  if (random.percent(15))
    modules.push(`-m iprange ${not()}--src-range ${range()} ${not()}--dst-range ${range()}`);
  if (random.percent(15)) modules.push(pick(random, OTHERS));
  const reject = `-j REJECT --reject-with ${family === "v4" ? "icmp" : "icmp6"}-port-unreachable`;
  const target = pick(random, ["-j ACCEPT", "-j ACCEPT", "-j DROP", "-j DROP", "-j RETURN", reject]);
  return [...words, ...shuffle(modules, random), target].join(" ");
}

/** A protocol, and up to two tests of its header. */
function service(random: Random, family: Family): readonly [string, readonly string[]] {
  const not = (): string => (random.percent(25) ? "! " : "");
  const port = (): string => pick(random, PORTS);
  const icmp =
    family === "v4"
      ? { protocol: "-p icmp", test: "-m icmp", option: "--icmp-type", types: ["3", "8", "3/1"] }
      : { protocol: "-p ipv6-icmp", test: "-m icmp6", option: "--icmpv6-type", types: ["1", "128", "1/3"] };
  const name = pick(random, ["tcp", "tcp", "tcp", "udp", "sctp", "icmp", "47", "! tcp", "! udp"]);
  if (name.startsWith("!")) return [`! -p ${name.slice(2)}`, []];
  if (name === "47") return ["-p 47", []];
  const tests = Array.from({ length: random.below(3) }, () => {
    if (name === "icmp") return `${icmp.test} ${not()}${icmp.option} ${pick(random, icmp.types)}`;
    const flags = [
      `${not()}--tcp-flags SYN,ACK SYN`,
      `${not()}--tcp-option 8`,
      "--dport 22 --tcp-flags SYN SYN",
    ];
    return pick(random, [
      `-m ${name} ${not()}--dport ${port()}`,
      `-m ${name} ${not()}--sport ${port()}`,
      `-m ${name} --sport ${port()} ${not()}--dport ${port()}`,
      `-m multiport ${not()}--dports 22,80:90`,
      `-m multiport ${not()}--sports 22`,
      `-m multiport ${not()}--ports 22,53`,
      ...(name === "sctp" ? [] : [`-m ${name}`]),
      ...(name === "tcp" ? flags.map((flag) => `-m tcp ${flag}`) : []),
    ]);
  });
  return [name === "icmp" ? icmp.protocol : `-p ${name}`, tests];
}

function shuffle(list: readonly string[], random: Random): readonly string[] {
  const shuffled = [...list];
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
  }
  return shuffled;
}

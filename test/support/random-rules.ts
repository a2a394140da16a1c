/**
 * Random filter tables that have products in them: a few policies (sets × sets × services, one target), their lines partly shuffled, single rules
 * that overlap them strewn in between. Small address and port ranges, so that everything overlaps with everything.
 */
import fc from "fast-check";
import type { Family } from "../../src/model/types.ts";
import { filterTable, product } from "./small-tables.ts";

const V4_ADDRESSES = [
  "10.0.0.0/8",
  "10.0.0.0/30",
  "10.0.0.1/32",
  "10.0.0.2/32",
  "10.0.0.3/32",
  "10.0.0.128/25",
  "10.0.1.0/24",
  "192.0.2.1/32",
];
const V6_ADDRESSES = [
  "2001:db8::/32",
  "2001:db8::/126",
  "2001:db8::1/128",
  "2001:db8::2/128",
  "2001:db8::3/128",
  "2001:db8:1::/48",
];
const INTERFACES = ["eth0", "eth1", "eth+", "ppp0"];

const services = (family: Family): readonly string[] => [
  "-p tcp -m tcp --dport 22",
  "-p tcp -m tcp --dport 80",
  "-p tcp -m tcp --dport 20:100",
  "-p udp -m udp --dport 53",
  "-p tcp",
  "-p udp",
  "-p tcp -m multiport --dports 80,443",
  "-p tcp -m tcp --sport 80",
  "-p tcp -m tcp ! --dport 22",
  "-p tcp -m tcp",
  "-p udp -m udp",
  "-p tcp -m tcp --tcp-flags SYN,ACK SYN",
  "-p tcp -m tcp --tcp-flags SYN,ACK SYN -m multiport --dports 80,443",
  "-p tcp -m tcp --tcp-option 2",
  "-p udp -m multiport ! --ports 53,80",
  family === "v4" ? "-p icmp -m icmp --icmp-type 8" : "-p ipv6-icmp -m icmp6 --icmpv6-type 128",
];

const targets = (family: Family): readonly string[] => [
  "-j ACCEPT",
  "-j DROP",
  "-j RETURN",
  family === "v4"
    ? "-j REJECT --reject-with icmp-port-unreachable"
    : "-j REJECT --reject-with icmp6-port-unreachable",
];

/** What a table is for. `stateless`: nothing whose answer depends on earlier packets, so that packets can be sent through it one after the other. */
export type TableUse = "any" | "stateless";

const STATELESS_RESTS = ["", "", "-m mark --mark 0x100/0x100", "-m length --length 0:41"];
const RESTS = [
  "",
  "",
  "-m conntrack --ctstate NEW",
  "-m conntrack --ctstate RELATED,ESTABLISHED",
  "-m mark --mark 0x100/0x100",
];

/** One option of each list, or nothing. */
const maybe = (option: string, values: readonly string[]) =>
  fc
    .option(fc.constantFrom(...values), { nil: "" })
    .map((value) => (value === "" ? "" : `${option} ${value}`));

const subset = (option: string, values: readonly string[], most: number) =>
  fc
    .subarray([...values], { minLength: 1, maxLength: most })
    .map((list) => list.map((value) => `${option} ${value}`));

/** `-p tcp`, then pre, then its matches; as a user may write it. */
function insertBefore(service: string, pre: string): string {
  if (pre === "") return service;
  const at = service.indexOf(" -m ");
  return at === -1 ? `${service} ${pre}` : `${service.slice(0, at)} ${pre}${service.slice(at)}`;
}

function policy(family: Family, use: TableUse): fc.Arbitrary<string[]> {
  const rests = use === "any" ? RESTS : STATELESS_RESTS;
  const addresses = family === "v4" ? V4_ADDRESSES : V6_ADDRESSES;
  return fc
    .record({
      chain: fc.constantFrom("FORWARD", "FORWARD", "INPUT", "sub"),
      sources: fc.option(subset("-s", addresses, 5), { nil: [""] }),
      destinations: fc.option(subset("-d", addresses, 4), { nil: [""] }),
      services: fc.option(fc.subarray([...services(family)], { minLength: 1, maxLength: 4 }), { nil: [""] }),
      ins: fc.oneof(
        { weight: 3, arbitrary: fc.constant([""]) },
        { weight: 1, arbitrary: subset("-i", INTERFACES, 3) },
      ),
      negated: fc.oneof(
        { weight: 4, arbitrary: fc.constant("") },
        { weight: 1, arbitrary: fc.constantFrom("! -i eth1", "! -i ppp+") },
      ),
      pre: fc.oneof(
        { weight: 3, arbitrary: fc.constant("") },
        { weight: 1, arbitrary: fc.constantFrom(...rests) },
      ),
      post: fc.constantFrom(...rests),
      target: fc.constantFrom(...targets(family)),
    })
    .map(({ chain, sources, destinations, services: list, ins, negated, pre, post, target }) => {
      const withPre = list.map((service) => (service === "" ? pre : insertBefore(service, pre)));
      const guard = ins.length === 1 && ins[0] === "" ? negated : "";
      return product(`-A ${chain}`, sources, destinations, ins, guard, withPre, post, target).map((line) =>
        line.replace(/ +/g, " "),
      );
    });
}

function single(family: Family, use: TableUse): fc.Arbitrary<string[]> {
  const rests = use === "any" ? RESTS : STATELESS_RESTS;
  const addresses = family === "v4" ? V4_ADDRESSES : V6_ADDRESSES;
  return fc
    .tuple(
      fc.constantFrom("FORWARD", "FORWARD", "INPUT", "sub"),
      maybe("-s", addresses),
      maybe("-d", addresses),
      fc.option(fc.constantFrom(...services(family)), { nil: "" }),
      fc.constantFrom(...rests),
      fc.constantFrom(
        ...targets(family),
        "-j sub",
        "-g sub",
        "-j LOG",
        "-j MARK --set-xmark 0x100/0x100",
        use === "any" ? "-m limit --limit 5/min -j ACCEPT" : "-j ACCEPT",
      ),
    )
    .map((words) => {
      const [chain, ...rest] = words;
      const text = rest.filter((word) => word !== "").join(" ");
      return [chain === "sub" ? `-A sub ${text.replace(/-[jg] sub/, "-j ACCEPT")}` : `-A ${chain} ${text}`];
    });
}

/** A whole table as text. */
export function randomFilter(family: Family, use: TableUse = "any"): fc.Arbitrary<string> {
  return fc
    .record({
      blocks: fc.array(
        fc.oneof(
          { weight: 2, arbitrary: policy(family, use) },
          { weight: 3, arbitrary: single(family, use) },
        ),
        { minLength: 2, maxLength: 9 },
      ),
      shuffle: fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
      forward: fc.constantFrom("ACCEPT", "DROP"),
    })
    .map(({ blocks, shuffle, forward }) => {
      const rules = blocks.flat().slice(0, 120);
      shuffle.forEach((step, at) => {
        const from = at % Math.max(1, rules.length);
        const to = (from + step) % Math.max(1, rules.length);
        const [rule] = rules.splice(from, 1);
        if (rule !== undefined) rules.splice(to, 0, rule);
      });
      return filterTable([...rules, "-A FORWARD -j sub", "-A sub -j RETURN"], { FORWARD: forward });
    });
}

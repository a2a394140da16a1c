/** Random tables of calls and private chains, most of them trees (`cluster/trees.ts`), some with a flaw that makes them none; and every tree of a ruleset as a product. */
import fc from "fast-check";
import { findTrees, type Tree } from "../../src/cluster/trees.ts";
import type { Clustering } from "../../src/cluster/types.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { filterTable, NO_OPTIONS } from "./small-tables.ts";

const ADDRESSES: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.0/30", "10.0.0.1/32", "10.0.0.2/32", "10.0.0.4/31", "10.0.0.5/32"],
  v6: ["2001:db8::/126", "2001:db8::1/128", "2001:db8::2/128", "2001:db8::4/127", "2001:db8::5/128"],
};

const SERVICES = [
  "-p tcp -m tcp --dport 22",
  "-p tcp -m tcp --dport 80",
  "-p tcp -m tcp -m multiport --dports 80,443",
  "-p tcp -m tcp -m multiport --dports 22,8000:8080",
  "-p udp -m udp --dport 53",
  "-p udp -m multiport --dports 53,123",
  "-p tcp",
];

/** Chains that leaves may lead to; only the last does something to packets that it sends back. */
const LEAF_CHAINS = [
  "-A LOGDROP -j LOG",
  "-A LOGDROP -j DROP",
  "-A MOST -i eth1 -j RETURN",
  "-A MOST -j LOGDROP",
  "-A NONE -j RETURN",
  "-A COUNT -j LOG",
];

const LEAVES = ["-j ACCEPT", "-j DROP", "-j REJECT", "-j LOGDROP", "-j MOST", "-j NONE", "-j COUNT"];

/** One place in FORWARD: calls, chains that they lead to, the end. */
interface Spec {
  readonly calls: readonly string[];
  readonly levels: readonly (readonly string[])[];
  readonly leaf: string;
  /** A rule elsewhere that also calls the first chain. */
  readonly stranger: boolean;
}

function specOf(family: Family): fc.Arbitrary<Spec> {
  const addresses = fc.subarray([...ADDRESSES[family]], { minLength: 1, maxLength: 4 });
  const level = (option: string) => addresses.map((all) => all.map((address) => `${option} ${address}`));
  const out = fc.subarray(["-o eth0", "-o eth1", "-o ppp+"], { minLength: 1 });
  const levels = fc
    .tuple(fc.shuffledSubarray([level("-s"), level("-d"), out], { maxLength: 3 }))
    .chain(([chosen]) => fc.tuple(...chosen));
  const common = fc.constantFrom("", "-m conntrack --ctstate NEW", "! -i eth0", "-s 10.0.0.0/8");
  const usual = family === "v4" ? common : common.map((text) => text.replace("10.0.0.0/8", "2001:db8::/32"));
  const calls = fc.oneof(
    fc.tuple(usual, fc.constantFrom("", ...SERVICES)).map(([rest, service]) => [join(rest, service)]),
    fc
      .tuple(usual, fc.shuffledSubarray(SERVICES, { minLength: 2, maxLength: 3 }))
      .map(([rest, services]) => services.map((service) => join(rest, service))),
    fc.tuple(usual, level("-d")).map(([rest, members]) => members.map((member) => `${member} ${rest}`)),
  );
  return fc.record({
    calls,
    levels,
    leaf: fc.constantFrom(...LEAVES),
    stranger: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  });
}

/** States stand behind the ports in what tools write, and interfaces before them. */
function join(rest: string, service: string): string {
  const words = rest.startsWith("-m") ? [service, rest] : [rest, service];
  return words.filter((text) => text !== "").join(" ");
}

/** A filter table, as text. */
export function randomTrees(family: Family): fc.Arbitrary<string> {
  const others = fc.constantFrom("-j LOG", "-i eth1 -j DROP", "-p tcp -m tcp --dport 22 -j ACCEPT");
  return fc
    .array(fc.tuple(specOf(family), fc.option(others)), { minLength: 1, maxLength: 4 })
    .map((specs) => {
      const rules: string[] = [];
      for (const [at, [spec, other]] of specs.entries()) {
        const leadsTo = (level: number) => (level < spec.levels.length ? `-j T${at}.${level}` : spec.leaf);
        for (const call of spec.calls) rules.push(`-A FORWARD ${call} ${leadsTo(0)}`);
        spec.levels.forEach((members, level) => {
          for (const member of members) rules.push(`-A T${at}.${level} ${member} ${leadsTo(level + 1)}`);
        });
        if (spec.stranger) rules.push(`-A INPUT -i eth0 ${leadsTo(0)}`);
        if (other !== null) rules.push(`-A FORWARD ${other}`);
      }
      return filterTable([...rules, ...LEAF_CHAINS].map((rule) => rule.replace(/ {2,}/g, " ")));
    });
}

/** Every tree that is in no other, whether it pays or not, read in one of its ways. */
export function everyTree(ruleset: Ruleset, choice: number): Clustering {
  const trees = ruleset.tables.flatMap((table) => findTrees(table, ruleset.family, NO_OPTIONS));
  const inner = new Set(trees.flatMap(({ chains }) => chains));
  const outer = trees.filter(({ chain }) => !inner.has(chain));
  const pick = ({ variants }: Tree) => variants[choice % variants.length]!;
  return { ruleset, products: outer.map(pick), flat: [] };
}

/**
 * Random filter tables in which the same services are said by lists of ports, by single ports and by ranges: products that are found only where lists are split. Some rules are asked
 * of packets of a connection only, some behind `-i lo`, in a chain that only such packets get to, or of anything.
 */
import fc from "fast-check";
import type { Family } from "../../src/model/types.ts";

/** Where the packets that a rule sees are told to have a connection. */
const GUARDS = ["none", "before", "behind", "call"] as const;

const PORT_SETS: readonly (readonly string[])[] = [
  ["80", "443"],
  ["80", "443", "8080"],
  ["8000:8049", "8050:8100"],
  ["22", "80", "8000:8100"],
];

const hostOf = (family: Family, net: number, host: number): string =>
  family === "v4" ? `10.${net}.0.${host}/32` : `2001:db8:${net}::${host}/128`;

/** A few policies, each pair of hosts with its ports in one of the ways in which they can be said. */
export function randomLists(family: Family): fc.Arbitrary<string> {
  const policy = fc.record({
    sources: fc.subarray([1, 2, 3, 4, 5], { minLength: 2 }),
    targets: fc.subarray([1, 2, 3], { minLength: 1 }),
    ports: fc.constantFrom(...PORT_SETS),
    spellings: fc.array(fc.constantFrom("list", "single", "both", "multi"), { minLength: 4, maxLength: 9 }),
    protocol: fc.constantFrom("tcp", "tcp", "tcp", "udp", "sctp"),
    side: fc.constantFrom("d", "d", "s"),
    target: fc.constantFrom("ACCEPT", "ACCEPT", "DROP", "RETURN", "REJECT"),
  });
  return fc
    .record({
      chain: fc.constantFrom("FORWARD", "FORWARD", "INPUT", "OUTPUT"),
      guard: fc.constantFrom(...GUARDS),
      loopback: fc.boolean(),
      policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
      strays: fc.array(fc.constantFrom(...STRAYS), { maxLength: 2 }),
      order: fc.infiniteStream(fc.nat({ max: 99 })),
    })
    .map(({ chain, guard, loopback, policies, strays, order }) => {
      const own = guard === "call" ? "NEWONES" : chain;
      const rules = policies.flatMap((each) => sayPolicy(own, guard, family, each));
      for (const stray of strays) {
        const [at] = order.take(1);
        rules.splice(at! % (rules.length + 1), 0, `-A ${own} ${stray}`);
      }
      const call = guard === "call" ? [`-A ${chain} -m conntrack --ctstate NEW -j NEWONES`] : [];
      const first = loopback ? ["-A INPUT -i lo -j ACCEPT"] : [];
      return [
        ...["*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT DROP [0:0]"],
        ...(guard === "call" ? [":NEWONES - [0:0]"] : []),
        ...first,
        ...call,
        ...rules,
        "COMMIT",
        "",
      ].join("\n");
    });
}

/** Rules that may stand between, and that keep others from moving. */
const STRAYS: readonly string[] = [
  "-p tcp -m tcp --dport 443 -j DROP",
  "-i eth0 -p tcp -m multiport --dports 80,443 -j ACCEPT",
  "-j LOG",
  "-p udp -j ACCEPT",
];

interface Policy {
  readonly sources: readonly number[];
  readonly targets: readonly number[];
  readonly ports: readonly string[];
  readonly spellings: readonly string[];
  readonly protocol: string;
  readonly side: string;
  readonly target: string;
}

function sayPolicy(
  chain: string,
  guard: (typeof GUARDS)[number],
  family: Family,
  { sources, targets, ports, spellings, protocol, side, target }: Policy,
): string[] {
  const state = "-m conntrack --ctstate NEW,ESTABLISHED ";
  const say = (module: string, value: string): string => {
    const test = `-m ${module} --${side}port${module === "multiport" ? "s" : ""} ${value} `;
    return `${guard === "before" ? state : ""}${test}${guard === "behind" ? state : ""}`;
  };
  const spell: Readonly<Record<string, readonly string[]>> = {
    list: [say("multiport", ports.join(","))],
    single: ports.map((port) => say(protocol, port)),
    multi: ports.map((port) => say("multiport", port)),
    both: [say("multiport", ports.slice(1).join(",")), say(protocol, ports[0]!)],
  };
  let at = 0;
  return sources.flatMap((source) =>
    targets.flatMap((destination) => {
      const head = `-A ${chain} -s ${hostOf(family, 0, source)} -d ${hostOf(family, 9, destination)} -p ${protocol}`;
      return spell[spellings[at++ % spellings.length]!]!.map((test) => `${head} ${test}-j ${target}`);
    }),
  );
}

/** Random sets of networks, near each other and inside each other, with some that are no prefix; and tables of policy rules that share a few such sets. */
import fc from "fast-check";
import { parseAddress, printAddress } from "../../src/model/address.ts";
import type { AddressMask, Family } from "../../src/model/types.ts";
import { filterTable, product } from "./small-tables.ts";

const LENGTHS: Readonly<Record<Family, readonly number[]>> = {
  v4: [8, 16, 20, 24, 27, 30, 31, 32, 32, 32],
  v6: [16, 32, 48, 56, 64, 120, 127, 128, 128],
};

/** A network as iptables-save prints it. */
export function randomNetwork(family: Family): fc.Arbitrary<string> {
  // Few values for each part, so that many lie inside each other.
  const part = fc.nat(5);
  const length = fc.constantFrom(...LENGTHS[family]);
  return fc.tuple(part, part, part, fc.nat(40), length).map(([first, second, third, last, bits]) => {
    const host =
      family === "v4"
        ? `10.${first}.${second * 16 + third}.${last}`
        : `2001:db8:${first}:${second}:${third}::${last}`;
    return printAddress(parseAddress(`${host}/${bits}`, family) as AddressMask);
  });
}

/** What tests an address on one side: mostly networks, some ranges, some masks with holes. */
export function randomTests(
  family: Family,
  side: "-s" | "-d",
  sizes: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<readonly string[]> {
  const range = side === "-s" ? "--src-range" : "--dst-range";
  const odd =
    family === "v4"
      ? [
          `-m iprange ${range} 10.1.0.3-10.1.0.9`,
          `-m iprange ${range} 10.0.0.0-10.4.0.0`,
          `${side} 10.0.0.5/255.0.0.255`,
        ]
      : [
          `-m iprange ${range} 2001:db8::1-2001:db8::9`,
          `-m iprange ${range} 2001:db8:1::-2001:db8:2::`,
          `${side} 2001:db8::5/ffff:ffff::ffff`,
        ];
  const test = fc.oneof(
    { weight: 30, arbitrary: randomNetwork(family).map((network) => `${side} ${network}`) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
  return fc.uniqueArray(test, sizes);
}

const RESTS = ["", "", "-m conntrack --ctstate NEW "];

/** A FORWARD chain of policy rules over shared sets of 16 and more, with flat rules strewn in between. */
export function randomPolicies(
  family: Family,
  sizes = { minLength: 16, maxLength: 60 },
): fc.Arbitrary<string> {
  const sets = fc.tuple(
    fc.array(randomTests(family, "-s", sizes), { minLength: 1, maxLength: 3 }),
    fc.array(randomTests(family, "-d", { minLength: 2, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
  );
  const services = fc.constantFrom<readonly string[]>(
    ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"],
    ["-p tcp -m tcp --dport 443"],
    ["-p tcp -m tcp --dport 25", "-p tcp -m tcp --dport 465"],
    [""],
  );
  const policy = fc.record({
    source: fc.nat(3),
    destination: fc.nat(3),
    services,
    rest: fc.constantFrom(...RESTS),
    target: fc.constantFrom("-j ACCEPT", "-j ACCEPT", "-j DROP", "-j RETURN"),
  });
  const flat = fc.tuple(randomNetwork(family), fc.constantFrom("-j ACCEPT", "-j DROP", "-j LOG"));
  return fc
    .tuple(sets, fc.array(policy, { minLength: 2, maxLength: 5 }), fc.array(flat, { maxLength: 3 }))
    .map(([[sources, destinations], policies, singles]) => {
      const lines = policies.flatMap(({ source, destination, services: all, rest, target }, at) => [
        ...(singles[at] === undefined ? [] : [`-A FORWARD -s ${singles[at][0]} ${singles[at][1]}`]),
        // One more than there are: no group on that side.
        ...product(
          "-A FORWARD",
          sources[source % (sources.length + 1)] ?? [""],
          destinations[destination % (destinations.length + 1)] ?? [""],
          all,
          `${rest}${target}`,
        ).map((line) => line.replace(/ +/g, " ")),
      ]);
      return filterTable(lines);
    });
}

/** All marks but a few bits are somebody else's: a plan needs one for each axis. */
const TAKEN = ["0xfffffff8", "0xfffffff8", "0xfffffff0", "0xff000000"];

/** A FORWARD chain of policy rules over a few small sets and unions of these, with verdicts of all kinds, where few mark bits are free. */
export function randomUnions(family: Family): fc.Arbitrary<string> {
  const parts = (side: "-s" | "-d") =>
    fc.array(randomTests(family, side, { minLength: 3, maxLength: 6 }), { minLength: 3, maxLength: 4 });
  const icmp = family === "v4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
  const services = fc.constantFrom<readonly string[]>(
    ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80"],
    ["-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"],
    [""],
  );
  const target = fc.constantFrom("ACCEPT", "ACCEPT", "ACCEPT", "DROP", `REJECT --reject-with ${icmp}`);
  // Which of the parts are joined, as bits.
  const policy = fc.record({
    source: fc.nat(15),
    destination: fc.nat(15),
    services,
    rest: fc.constantFrom(...RESTS),
    target,
    place: fc.constantFrom("", "", "", "-i eth0 ", "! -o eth1 "),
  });
  const policies = fc.array(policy, { minLength: 4, maxLength: 8 });
  return fc
    .tuple(parts("-s"), parts("-d"), policies, fc.constantFrom(...TAKEN))
    .map(([sources, destinations, all, taken]) => {
      const join = (lists: readonly (readonly string[])[], chosen: number): readonly string[] => {
        const joined = [...new Set(lists.flatMap((list, at) => ((chosen >> at) & 1 ? list : [])))];
        return joined.length === 0 ? [""] : joined;
      };
      const lines = all.flatMap((each) =>
        product(
          "-A FORWARD",
          join(sources, each.source),
          join(destinations, each.destination),
          each.place,
          each.services,
          `${each.rest}-j ${each.target}`,
        ).map((line) => line.replace(/ +/g, " ")),
      );
      return filterTable([`-A INPUT -m mark --mark 0x0/${taken} -j ACCEPT`, ...lines]);
    });
}

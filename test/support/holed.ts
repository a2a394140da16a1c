/** Grids of rules with holes in them: what `--tolerance` is for. */
import fc from "fast-check";
import type { Family } from "../../src/model/types.ts";
import { filterTable, product } from "./small-tables.ts";

export const HOLED_SOURCES = [
  "-s 10.0.0.1/32",
  "-s 10.0.0.2/32",
  "-s 10.0.0.3/32",
  "-s 10.0.0.4/32",
  "-s 10.0.0.5/32",
];

export const HOLED_DESTINATIONS = ["-d 10.1.0.1/32", "-d 10.1.0.2/32", "-d 10.1.0.3/32", "-d 10.1.0.4/32"];

export const HOLED_SERVICES = [
  "-p tcp -m tcp --dport 22",
  "-p tcp -m tcp --dport 80",
  "-p udp -m udp --dport 53",
];

const V6 = (line: string): string =>
  line
    .replace(/10\.(\d+)\.0\.(\d+)\/32/g, "2001:db8:$1::$2/128")
    .replace(/10\.(\d+)\.0\.0\/24/g, "2001:db8:$1::/64");

/** Grids with holes, other rules strewn in between: some overlap the grid, some read headers otherwise. */
export const holed = (family: Family): fc.Arbitrary<string> => {
  const others = fc.constantFrom(
    "-s 10.0.0.0/24 -j DROP",
    "-s 10.0.0.2/32 -p tcp -m tcp --dport 80 -j DROP",
    "-d 10.1.0.0/24 -p tcp -j ACCEPT",
    "-p udp -m multiport --dports 53,80 -j ACCEPT",
    "-s 10.0.0.9/32 -j ACCEPT",
    "-j LOG",
  );
  return fc
    .record({
      sources: fc.constantFrom(HOLED_SOURCES, HOLED_SOURCES, HOLED_SOURCES.slice(1), [
        ...HOLED_SOURCES,
        "-s 10.0.0.0/24",
      ]),
      destinations: fc.constantFrom(HOLED_DESTINATIONS, HOLED_DESTINATIONS.slice(1)),
      services: fc.subarray(
        [
          ...HOLED_SERVICES,
          "-p tcp -m tcp --dport 20:100",
          "-p tcp -m multiport --dports 22,80",
          "-p udp -m multiport --dports 500,4500",
        ],
        {
          minLength: 2,
        },
      ),
      rest: fc.constantFrom("", "-m conntrack --ctstate NEW"),
      target: fc.constantFrom("-j ACCEPT", "-j ACCEPT", "-j DROP", "-j RETURN"),
      holes: fc.uniqueArray(fc.nat({ max: 99 }), { minLength: 1, maxLength: 6 }),
      strewn: fc.array(fc.tuple(fc.nat({ max: 99 }), others), { maxLength: 4 }),
    })
    .map(({ sources, destinations, services, rest, target, holes, strewn }) => {
      const rules = product("-A FORWARD", sources, destinations, services, rest, target)
        .map((line) => line.replace(/ +/g, " "))
        .filter((_, at) => !holes.includes(at));
      for (const [at, text] of strewn) rules.splice(at % (rules.length + 1), 0, `-A FORWARD ${text}`);
      return filterTable(family === "v6" ? rules.map(V6) : rules, { FORWARD: "DROP" });
    });
};

/**
 * Rulesets as they grow over years: several grids of sources, destinations and services in a few chains and tables, some with holes, some shuffled, some said twice, other rules between them.
 */
import type { Family } from "../../src/model/types.ts";
import { Random } from "../../src/verify/sample/random.ts";

/** What a grid is made of. */
const SERVICES = [
  "-p tcp -m tcp --dport 22",
  "-p tcp -m tcp --dport 80",
  "-p tcp -m tcp --dport 443",
  "-p udp -m udp --dport 53",
  "-p tcp -m tcp --dport 8000:8100",
  "-p udp -m udp --dport 123",
  "-p tcp -m multiport --dports 80,443",
  "-p tcp -m multiport --dports 22,80,443",
];
const TARGETS = ["ACCEPT", "ACCEPT", "ACCEPT", "DROP", "RETURN"];

/** The text of a ruleset; the same seed gives the same one. */
export function randomGrids(seed: number, family: Family): string {
  const random = new Random(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[random.below(items.length)]!;
  const address = (net: number, host: number, length: number): string => {
    const short = family === "v4" ? length : length + 96;
    return family === "v4" ? `10.${net}.0.${host}/${short}` : `2001:db8:${net}::${host || ""}/${short}`;
  };
  const addresses = (option: string, base: number): readonly string[] => {
    const net = base + pick([0, 0, 1, 2]);
    const some = Array.from({ length: 3 + random.below(6) }, () =>
      random.percent(12) ? address(net, 0, pick([24, 30])) : address(net, 1 + random.below(8), 32),
    );
    return [...new Set(some)].map((text) => `${option} ${text}`);
  };
  const sources = [1, 2, 3].map(() => addresses("-s", 0));
  const destinations = [1, 2, 3].map(() => addresses("-d", 10));
  const services = [1, 2, 3].map(() => [
    ...new Set(Array.from({ length: 1 + random.below(5) }, () => pick(SERVICES))),
  ]);
  const state = random.percent(40) ? " -m conntrack --ctstate NEW" : "";
  const chains = random.percent(30) ? ["FORWARD", "USER"] : ["FORWARD"];
  const rules = new Map<string, string[]>(chains.map((chain) => [chain, []]));
  for (let left = 1 + random.below(5); left > 0; left--) {
    const chain = pick(chains);
    const own = pick(services);
    const target = pick(TARGETS);
    const hole = pick([0, 0, 4, 8, 15]);
    const from = random.percent(20) ? [`! ${pick(pick(sources))}`] : pick(sources);
    const grid = from.flatMap((source) =>
      pick(destinations).flatMap((destination) =>
        own.map((service) => `-A ${chain} ${source} ${destination} ${service}${state} -j ${target}`),
      ),
    );
    const kept = grid.filter(() => !random.percent(hole));
    rules.get(chain)!.push(...(random.percent(25) ? shuffle(kept, random) : kept));
    if (random.percent(25))
      rules.get(chain)!.push(`-A ${chain} ${pick(["-j LOG", `${pick(pick(sources))} -j DROP`])}`);
  }
  const mangled = random.percent(30)
    ? pick(sources).flatMap((source) =>
        pick(destinations).map((destination) => `-A FORWARD ${source} ${destination} -p tcp -j DROP`),
      )
    : [];
  return [
    ...["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]"],
    ...chains.slice(1).flatMap((chain) => [`:${chain} - [0:0]`, `-A FORWARD -j ${chain}`]),
    ...[...rules.values()].flat(),
    ...["COMMIT", "*mangle", ":FORWARD ACCEPT [0:0]", ...mangled, "COMMIT", ""],
  ].join("\n");
}

function shuffle(lines: readonly string[], random: Random): readonly string[] {
  return lines
    .map((line) => ({ line, at: random.bits() }))
    .sort((one, other) => one.at - other.at)
    .map(({ line }) => line);
}

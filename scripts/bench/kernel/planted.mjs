/**
 * Policies made for the kernel benchmark, and the forms in which people write them: flat, with multiport, on ipsets, on nft's own sets.
 *
 * Groups share members, as those of real networks do; some members are networks, and no member lies inside another, so that one concatenated nft set can hold a policy.
 */
import { makeRandom } from "../../generate/random.mjs";

/** @typedef {{ protocol: "tcp" | "udp", port: number }} Service */
/** @typedef {{ name: string, members: readonly string[] }} AddressGroup */
/** @typedef {{ name: string, members: readonly Service[] }} ServiceGroup */
/** @typedef {{ source: AddressGroup, destination: AddressGroup, service: ServiceGroup }} Policy */
/** @typedef {{ name: string, policies: readonly Policy[], lines: number }} Planted */
/** @typedef {{ policies: number, lines: number, sources: number, destinations: number, services: number }} Size */

/** The second is the policy of the published table: 100 rules over 12 source, 12 destination and 8 service groups, about 59,000 lines. */
export const SIZES = /** @type {readonly Size[]} */ ([
  { policies: 20, lines: 15_000, sources: 6, destinations: 6, services: 5 },
  { policies: 100, lines: 59_348, sources: 12, destinations: 12, services: 8 },
  { policies: 500, lines: 100_000, sources: 24, destinations: 24, services: 10 },
]);

/** One protocol a group, so that multiport makes one line of it. */
const SERVICE_GROUPS = [
  ["tcp", 80, 443, 8080],
  ["tcp", 25, 465, 587, 993],
  ["udp", 53, 123, 514],
  ["tcp", 88, 389, 636, 3268],
  ["tcp", 139, 445, 2049],
  ["tcp", 22, 3389, 5900, 5986],
  ["tcp", 1433, 3306, 5432, 27017],
  ["udp", 161, 162, 5060, 5061],
  ["tcp", 515, 631, 9100],
  ["tcp", 1883, 4222, 5672, 6379, 9092],
].map(([protocol, ...ports], at) => ({
  name: `SRV${at + 1}`,
  members: ports.map((port) => ({ protocol, port })),
}));

const MEAN_SERVICES = 3.6;

/** One member in ten is a network. */
function makePool(random, side, count) {
  const from = random.shuffle(Array.from({ length: 250 * 16 }, (_, at) => at)).slice(0, count);
  return from.map((at, place) =>
    place % 10 === 0
      ? `10.${side + 100}.${place / 10}.0/24`
      : `10.${side}.${Math.floor(at / 250)}.${(at % 250) + 1}/32`,
  );
}

function drawGroups(random, side, count, mean) {
  const pool = makePool(random, side, Math.round(1.6 * count * mean));
  const letter = side === 1 ? "S" : "D";
  return Array.from({ length: count }, (_, at) => {
    const size = random.between(Math.round(mean * 0.5), Math.round(mean * 1.5));
    return { name: `${letter}${at + 1}`, members: random.sample(pool, size) };
  });
}

const sizeOf = ({ source, destination, service }) =>
  source.members.length * destination.members.length * service.members.length;

/**
 * Draws a policy of that size; its flat lines come within one in a hundred of what is asked for.
 * @param {Size} size
 * @returns {Planted}
 */
export function plantPolicies(size) {
  const name = `planted, ${size.policies} policy rules`;
  const mean = Math.sqrt(size.lines / size.policies / MEAN_SERVICES);
  for (let seed = 0; ; seed++) {
    const random = makeRandom(`${name} ${seed}`);
    const sources = drawGroups(random, 1, size.sources, mean);
    const destinations = drawGroups(random, 2, size.destinations, mean);
    const services = SERVICE_GROUPS.slice(0, size.services);
    const triples = sources.flatMap((source) =>
      destinations.flatMap((destination) => services.map((service) => ({ source, destination, service }))),
    );
    const policies = random.shuffle(triples).slice(0, size.policies);
    const lines = policies.reduce((sum, policy) => sum + sizeOf(policy), 0);
    if (Math.abs(lines / size.lines - 1) < 0.01) return { name, policies, lines };
  }
}

const restore = (lines) =>
  [
    "*filter",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ...lines,
    "COMMIT",
    "",
  ].join("\n");

function perAddress({ policies }, services) {
  return policies.flatMap(({ source, destination, service }) =>
    source.members.flatMap((from) =>
      destination.members.flatMap((to) =>
        services(service).map((words) => `-A FORWARD -s ${from} -d ${to} ${words} -j ACCEPT`),
      ),
    ),
  );
}

/** One line for every combination. @param {Planted} planted */
export function flatText(planted) {
  return restore(
    perAddress(planted, ({ members }) =>
      members.map(({ protocol, port }) => `-p ${protocol} -m ${protocol} --dport ${port}`),
    ),
  );
}

/** The ports of a group as few matches. */
function multiports({ members }) {
  return ["tcp", "udp"].flatMap((protocol) => {
    const ports = members.filter((service) => service.protocol === protocol).map(({ port }) => port);
    return ports.length === 0 ? [] : [`-p ${protocol} -m multiport --dports ${ports.join(",")}`];
  });
}

/** One line for every pair of addresses and protocol. @param {Planted} planted */
export function multiportText(planted) {
  return restore(perAddress(planted, multiports));
}

const byName = (groups) => [...new Map(groups.map((group) => [group.name, group])).values()];
const addressGroups = ({ policies }) =>
  byName(policies.flatMap(({ source, destination }) => [source, destination]));

/** A set for every address group, one line or two for every policy rule. @param {Planted} planted */
export function ipsetForm(planted) {
  const sets = addressGroups(planted).flatMap(({ name, members }) => [
    `create ${name} hash:net family inet`,
    ...members.map((member) => `add ${name} ${member}`),
  ]);
  const lines = planted.policies.flatMap(({ source, destination, service }) =>
    multiports(service).map(
      (words) =>
        `-A FORWARD -m set --match-set ${source.name} src -m set --match-set ${destination.name} dst ${words} -j ACCEPT`,
    ),
  );
  return { sets: `${sets.join("\n")}\n`, rules: restore(lines) };
}

const nftTable = (sets, rules) =>
  `table ip filter {\n${sets.join("\n")}\nchain FORWARD { type filter hook forward priority 0; policy drop;\n${rules.join("\n")}\n}\n}\n`;

/** nft by hand: a set for every group, a line for every policy rule. @param {Planted} planted */
export function nftSetsText(planted) {
  const sets = [
    ...addressGroups(planted).map(
      ({ name, members }) =>
        `set ${name} { type ipv4_addr; flags interval; elements = { ${members.join(", ")} } }`,
    ),
    ...byName(planted.policies.map(({ service }) => service)).map(
      ({ name, members }) =>
        `set ${name} { type inet_proto . inet_service; elements = { ${members.map(({ protocol, port }) => `${protocol} . ${port}`).join(", ")} } }`,
    ),
  ];
  const rules = planted.policies.map(
    ({ source, destination, service }) =>
      `ip saddr @${source.name} ip daddr @${destination.name} meta l4proto . th dport @${service.name} accept`,
  );
  return nftTable(sets, rules);
}

/** What `nft -o` makes of the flat lines: all of them in one set of concatenations. @param {Planted} planted */
export function nftConcatText(planted) {
  const elements = new Set(
    planted.policies.flatMap(({ source, destination, service }) =>
      source.members.flatMap((from) =>
        destination.members.flatMap((to) =>
          service.members.map(({ protocol, port }) => `${from} . ${to} . ${protocol} . ${port}`),
        ),
      ),
    ),
  );
  const set = `set cells { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags interval; elements = { ${[...elements].join(", ")} } }`;
  return nftTable([set], ["ip saddr . ip daddr . meta l4proto . th dport @cells accept"]);
}

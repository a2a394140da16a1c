/**
 * Puts a generated ruleset together: the text as iptables-save prints it, and the truth about what was planted in it.
 */
import { addNoise, drawPolicies, spellOut } from "./policies.mjs";
import { makeRandom } from "./random.mjs";
import { makeServiceGroups } from "./services.mjs";
import { makeDispatch, makeHead, makeLoners, makeMangle, makeNat, makeTail } from "./surroundings.mjs";
import { makeZones, plantAddressGroups } from "./zones.mjs";

/**
 * @typedef {object} Recipe
 * @property {string} name Name of the ruleset, and its seed.
 * @property {"v4" | "v6"} family
 * @property {number} rules Rules in the filter table, about.
 * @property {number} addressGroups
 * @property {readonly [number, number]} sizes Least and most members of an address group.
 * @property {number} serviceGroups
 * @property {readonly string[]} userChains `FROM_to_TO`, zones by name.
 * @property {number} noise Share of the policies that have some.
 * @property {boolean} mangle
 * @property {boolean} nat IPv4 only.
 * @property {boolean} counters Rule counters, as `iptables-save -c` prints them.
 */

/**
 * @param {Recipe} recipe
 * @returns {{ rules: string, truth: object }}
 */
export function generateRuleset(recipe) {
  const random = makeRandom(recipe.name);
  const zones = makeZones(recipe.family);
  const parts = {
    addressGroups: plantAddressGroups(random, zones, { groups: recipe.addressGroups, sizes: recipe.sizes }),
    serviceGroups: makeServiceGroups(recipe.family).slice(0, recipe.serviceGroups),
    userChains: recipe.userChains,
  };
  const loners = makeLoners(random, zones, recipe.family, Math.ceil(recipe.rules / 50));
  const frame = makeHead(recipe.family).length + makeTail(recipe.family).length + loners.length;
  const policies = drawPolicies(random, parts, recipe.rules - frame);
  const spelled = policies.map((policy) => ({
    policy,
    ...addNoise(random, policy, spellOut(policy, recipe.family), recipe.noise),
  }));
  const body = placeLoners(random, joinLines(random, spelled, recipe.noise), loners);
  const filter = makeFilter(recipe, zones, body);
  const tables = [
    recipe.mangle ? makeMangle(zones) : [],
    filter,
    recipe.nat ? makeNat(random, zones) : [],
  ].flat();
  const counted = recipe.counters ? tables.map((line) => addCounters(random, line)) : tables;
  const header = `# ${recipe.name}: made by scripts/generate-ruleset.mjs; what was planted is in ${recipe.name}.truth.json`;
  return { rules: `${[header, ...counted].join("\n")}\n`, truth: describeTruth(recipe, parts, spelled) };
}

function makeFilter(recipe, zones, body) {
  return [
    "*filter",
    ":INPUT DROP [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ...recipe.userChains.map((name) => `:${name} - [0:0]`),
    ...groupByChain([
      ...makeHead(recipe.family),
      ...makeDispatch(recipe.userChains, zones),
      ...body,
      ...makeTail(recipe.family),
    ]),
    "COMMIT",
  ];
}

/** iptables-save prints chain after chain; the order inside a chain stays. */
function groupByChain(lines) {
  const byChain = new Map([
    ["INPUT", []],
    ["FORWARD", []],
    ["OUTPUT", []],
  ]);
  for (const line of lines) {
    const chain = line.split(" ", 2)[1];
    if (!byChain.has(chain)) byChain.set(chain, []);
    byChain.get(chain).push(line);
  }
  return [...byChain.values()].flat();
}

/** The policies' lines one after the other; now and then two neighbours with the same verdict are mixed, as years of edits do it. */
function joinLines(random, spelled, share) {
  const blocks = [];
  for (const { policy, lines, noise } of spelled) {
    const before = blocks.at(-1);
    const isMixed = before?.verdict === policy.verdict && noise.every((item) => item.kind !== "exception");
    if (isMixed && random.chance(share)) before.lines = random.shuffle([...before.lines, ...lines]);
    else blocks.push({ verdict: policy.verdict, lines });
  }
  return blocks.flatMap((block) => block.lines);
}

/** Between the other lines, anywhere. */
function placeLoners(random, lines, loners) {
  const gaps = loners
    .map((line) => ({ line, at: random.between(0, lines.length) }))
    .sort((a, b) => a.at - b.at);
  const placed = [];
  let next = 0;
  for (let at = 0; at <= lines.length; at++) {
    while (gaps[next]?.at === at) placed.push(gaps[next++].line);
    if (at < lines.length) placed.push(lines[at]);
  }
  return placed;
}

function addCounters(random, line) {
  if (!line.startsWith("-A ")) return line;
  const packets = random.chance(0.3) ? 0 : random.between(1, 900_000);
  return `[${packets}:${packets * random.between(40, 900)}] ${line}`;
}

/** What was planted: groups with their members and the policies that use them, the policies, and the noise. */
function describeTruth(recipe, parts, spelled) {
  const usedBy = (axis, group) =>
    spelled.filter((item) => item.policy[axis] === group).map((item) => item.policy.id);
  const addresses = parts.addressGroups.flatMap((group) =>
    ["source", "destination"].map((axis) => ({
      name: group.name,
      axis,
      members: group.members,
      usedBy: usedBy(axis, group),
    })),
  );
  const services = parts.serviceGroups.map((group) => ({
    name: group.name,
    axis: "service",
    members: group.members.map((service) => service.name),
    usedBy: usedBy("service", group),
  }));
  return {
    version: 1,
    name: recipe.name,
    family: recipe.family,
    groups: [...addresses, ...services].filter((group) => group.usedBy.length > 0),
    policies: spelled.map(({ policy, lines }) => ({
      id: policy.id,
      chain: policy.chain,
      source: policy.source?.name ?? null,
      destination: policy.destination?.name ?? null,
      service: policy.service?.name ?? null,
      inInterfaces: policy.inInterfaces,
      outInterfaces: policy.outInterfaces,
      verdict: policy.verdict,
      multiport: policy.multiport,
      lines: lines.length,
    })),
    noise: spelled.flatMap((item) => item.noise),
  };
}

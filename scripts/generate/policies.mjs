/**
 * Policy rules: who may talk to whom about what, and the flat lines that spell them out. The noise that real rulesets collect over the years
 * (a line forgotten, a line twice, an exception in front) is put on here and noted in the truth.
 */
import { asMultiport } from "./services.mjs";

/** @typedef {import("./random.mjs").Random} Random */
/** @typedef {import("./zones.mjs").AddressGroup} AddressGroup */
/** @typedef {import("./services.mjs").ServiceGroup} ServiceGroup */

/**
 * @typedef {object} Policy
 * @property {string} id
 * @property {string} chain
 * @property {AddressGroup | null} source Null: any.
 * @property {AddressGroup | null} destination
 * @property {ServiceGroup | null} service Null: every protocol.
 * @property {readonly string[]} inInterfaces Empty: any.
 * @property {readonly string[]} outInterfaces
 * @property {string} state What stands for "new connections", or an empty text.
 * @property {string} comment
 * @property {"ACCEPT" | "DROP" | "REJECT"} verdict
 * @property {boolean} multiport The services as one match instead of one line each.
 */

/** @typedef {{ kind: string, policy: string, detail: string }} Noise */

const NEW_STATES = ["-m conntrack --ctstate NEW", "-m state --state NEW", ""];

/** Cells of S x D x SRV x I x O. */
function countLines(policy) {
  const services = policy.service === null || policy.multiport ? 1 : policy.service.members.length;
  const addresses = (policy.source?.members.length ?? 1) * (policy.destination?.members.length ?? 1);
  return (
    addresses * services * Math.max(1, policy.inInterfaces.length) * Math.max(1, policy.outInterfaces.length)
  );
}

/** Draws one policy; groups are drawn from a few favourites more often, so that groups are used again. */
function drawPolicy(random, id, parts) {
  const favourite = (groups) =>
    random.pick(random.chance(0.6) ? groups.slice(0, Math.ceil(groups.length / 3)) : groups);
  const source = favourite(parts.addressGroups);
  const others = parts.addressGroups.filter((group) => group.zone !== source.zone);
  const towardsHost = random.chance(0.15);
  const destination = towardsHost ? null : favourite(others);
  const service = random.chance(0.92) ? favourite(parts.serviceGroups) : null;
  const chain = towardsHost ? "INPUT" : pickChain(parts, source, destination);
  const verdict = random.chance(0.9) ? "ACCEPT" : "REJECT";
  return {
    id,
    chain,
    source,
    destination,
    service,
    inInterfaces: random.chance(0.7) ? source.zone.interfaces : [],
    outInterfaces: destination !== null && random.chance(0.4) ? destination.zone.interfaces : [],
    state: verdict === "ACCEPT" ? random.pick(NEW_STATES) : "",
    comment: random.chance(0.06) ? `${id}: ${source.name} to ${destination?.name ?? "this host"}` : "",
    verdict,
    multiport: service !== null && asMultiport(service) !== null && random.chance(0.2),
  };
}

function pickChain(parts, source, destination) {
  const name = `${source.zone.name}_to_${destination.zone.name}`;
  return parts.userChains.includes(name) ? name : "FORWARD";
}

/**
 * Draws policies until their lines come to about `lines`; none alone takes more than a fifth of a large ruleset.
 * @param {Random} random
 * @param {{ addressGroups: readonly AddressGroup[], serviceGroups: readonly ServiceGroup[], userChains: readonly string[] }} parts
 * @param {number} lines
 * @returns {readonly Policy[]}
 */
export function drawPolicies(random, parts, lines) {
  const policies = [];
  const seen = new Set();
  let total = 0;
  for (let tries = 0; total < lines * 0.97 && tries < 20_000; tries++) {
    const policy = drawPolicy(random, `P${String(policies.length + 1).padStart(3, "0")}`, parts);
    const key = [policy.source?.name, policy.destination?.name, policy.service?.name].join("|");
    const size = countLines(policy);
    if (seen.has(key) || size < 2 || size > Math.max(36, lines / 5) || total + size > lines) continue;
    seen.add(key);
    policies.push(policy);
    total += size;
  }
  return policies;
}

/** `-j` part of a verdict. */
function targetOf(policy, family) {
  if (policy.verdict !== "REJECT") return `-j ${policy.verdict}`;
  return `-j REJECT --reject-with ${family === "v6" ? "icmp6-port-unreachable" : "icmp-port-unreachable"}`;
}

/**
 * One line, its parts in the order in which iptables-save prints them.
 * @param {Record<"chain" | "source" | "destination" | "in" | "out" | "service" | "state" | "comment" | "target", string>} parts
 */
export function renderLine(parts) {
  const words = [
    `-A ${parts.chain}`,
    parts.source && `-s ${parts.source}`,
    parts.destination && `-d ${parts.destination}`,
    parts.in && `-i ${parts.in}`,
    parts.out && `-o ${parts.out}`,
    parts.service,
    parts.state,
    parts.comment && `-m comment --comment "${parts.comment}"`,
    parts.target,
  ];
  return words.filter(Boolean).join(" ");
}

/**
 * The flat lines of a policy, without noise.
 * @param {Policy} policy
 * @param {"v4" | "v6"} family
 * @returns {string[]}
 */
export function spellOut(policy, family) {
  const services = listServices(policy);
  const orAny = (items) => (items.length === 0 ? [""] : items);
  const lines = [];
  for (const source of orAny(policy.source?.members ?? []))
    for (const destination of orAny(policy.destination?.members ?? []))
      for (const inInterface of orAny(policy.inInterfaces))
        for (const outInterface of orAny(policy.outInterfaces))
          for (const service of services) {
            const { chain, state, comment } = policy;
            const target = targetOf(policy, family);
            lines.push(
              renderLine({
                chain,
                source,
                destination,
                in: inInterface,
                out: outInterface,
                service,
                state,
                comment,
                target,
              }),
            );
          }
  return lines;
}

function listServices(policy) {
  if (policy.service === null) return [""];
  if (policy.multiport) return [asMultiport(policy.service)];
  return policy.service.members.map((service) => service.words);
}

/**
 * Puts noise on the lines of a policy, most policies getting none.
 * @param {Random} random
 * @param {Policy} policy
 * @param {string[]} lines
 * @param {number} share Of the policies.
 * @returns {{ lines: string[], noise: Noise[] }}
 */
export function addNoise(random, policy, lines, share) {
  if (!random.chance(share)) return { lines, noise: [] };
  const kind = random.pick(["missing-line", "duplicate", "shadowed", "exception", "shuffled", "shuffled"]);
  const at = random.below(lines.length);
  const note = (detail) => [{ kind, policy: policy.id, detail }];
  switch (kind) {
    case "missing-line":
      return lines.length < 6
        ? { lines, noise: [] }
        : { lines: lines.toSpliced(at, 1), noise: note(lines[at]) };
    case "duplicate":
      return { lines: [...lines, lines[at]], noise: note(lines[at]) };
    case "shadowed": {
      if (policy.state !== "") return { lines, noise: [] };
      const narrower = lines[at].replace(/ -j .*/, " -m conntrack --ctstate NEW$&");
      return { lines: [...lines, narrower], noise: note(narrower) };
    }
    case "exception": {
      const drop = lines[at].replace(/ -j .*/, " -j DROP");
      return { lines: [drop, ...lines], noise: note(drop) };
    }
    default:
      return { lines: random.shuffle(lines), noise: note(`${lines.length} lines in random order`) };
  }
}

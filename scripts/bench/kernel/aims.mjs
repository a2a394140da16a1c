/**
 * Chooses the packets of each class from the flat ruleset's own rules, and makes frames of them.
 *
 * A packet is aimed at a rule: it has the values that the rule, and the jumps on the way to it, ask for by name, and no earlier rule of the chain is known to match it. What a ruleset
 * does with it, the kernel says.
 */

/** @typedef {readonly number[]} Words An address: one or four 32-bit words. */
/** @typedef {{ class: string, hook: string, in: string, out: string | null, source: Words, destination: Words, protocol: number, sport: number, dport: number, icmpType: number, flags: number }} Aim */

/** In the order of the published table. */
export const CLASSES = ["none", "first", "middle", "last", "source", "both"];

/** How many packets a class has, where there is a choice. */
const SEVERAL = [0, 1, 2];
const MIDDLES = [0.48, 0.5, 0.52];
const NEW = 8;
/** Rules that are looked at to find one that decides. */
const MOST_TRIES = 1000;

/** Addresses that nobody has (RFC 5737, RFC 3849). */
function* outsiders(family) {
  for (let at = 0; at < 700; at++)
    yield family === "v4"
      ? [([0xcb007100, 0xc6336400, 0xc0000200][at % 3] + Math.floor(at / 3) + 1) >>> 0]
      : [0x20010db8, 0xbe4c0000, 0, at + 1];
}

const inside = (words, { address, mask }) =>
  words.every((word, at) => (word & mask[at]) >>> 0 === address[at]);

/** @returns {Words[]} Addresses that no rule names. */
function findOutsiders(chains, family, count) {
  const named = chains.flatMap((chain) =>
    chain.rules.flatMap((rule) =>
      rule.matches.flatMap((match) =>
        (match.kind === "source" || match.kind === "destination") && match.address?.prefix > 0
          ? [match.address]
          : [],
      ),
    ),
  );
  const found = [];
  for (const words of outsiders(family)) {
    if (!named.some((address) => inside(words, address))) found.push(words);
    if (found.length === count) return found;
  }
  throw new Error("every address that documentation may use stands in a rule");
}

/** The second address of a network, an address itself. */
function hostOf({ address, prefix }) {
  const hasRoom = prefix === null || prefix < 32 * address.length - 1;
  return hasRoom ? address.with(-1, (address.at(-1) + 1) >>> 0) : address;
}

const READ = {
  source: (match) => (match.address === null ? {} : { source: hostOf(match.address) }),
  destination: (match) => (match.address === null ? {} : { destination: hostOf(match.address) }),
  in: (match) => ({ in: match.name.replace(/\+$/, "0") }),
  out: (match) => ({ out: match.name.replace(/\+$/, "0") }),
  protocol: (match) => ({ protocol: match.number }),
  icmp: (match) => (match.type === null ? {} : { icmpType: match.type }),
  transport: (match) => ({
    ...(match.source === null || match.source.negated ? {} : { sport: match.source.range.first }),
    ...(match.destination === null || match.destination.negated
      ? {}
      : { dport: match.destination.range.first }),
    ...(match.flags === null || match.flags.negated ? {} : { flags: match.flags.set }),
  }),
  multiport: (match) => ({ [match.side === "source" ? "sport" : "dport"]: match.ranges[0].first }),
  iprange: (match) => ({
    ...(match.source === null || match.source.negated ? {} : { source: match.source.range.first }),
    ...(match.destination === null || match.destination.negated
      ? {}
      : { destination: match.destination.range.first }),
  }),
};

/** What rules ask for by name; later ones win. */
function fieldsOf(rules) {
  const parts = rules.flatMap((rule) =>
    rule.matches.map((match) => (match.negated || !(match.kind in READ) ? {} : READ[match.kind](match))),
  );
  return Object.assign({}, ...parts);
}

/** Every chain that a base chain comes to by jumps, with the jumps. */
function findWays(chains, base) {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const ways = new Map([[base, []]]);
  for (const [name, way] of ways)
    for (const rule of byName.get(name)?.rules ?? [])
      if ((rule.target.kind === "jump" || rule.target.kind === "goto") && !ways.has(rule.target.chain))
        ways.set(rule.target.chain, [...way, rule]);
  return [...ways].flatMap(([name, way]) => {
    const chain = byName.get(name);
    return chain === undefined ? [] : [{ hook: base, chain, way }];
  });
}

/** A rule that decides, for new connections too, and knows an address. */
function isAim({ matches, target }) {
  const decides =
    target.kind === "verdict"
      ? target.verdict !== "RETURN"
      : target.kind === "extension" && target.ends === "always";
  const isNew = matches.every(
    (match) => match.kind !== "ctstate" || match.negated || (match.states & NEW) !== 0,
  );
  return (
    decides &&
    isNew &&
    matches.some(({ kind, address }) => (kind === "source" || kind === "destination") && address !== null)
  );
}

const between = (value, { first, last }) => first <= value && value <= last;
const compare = (one, other) => one.reduce((sign, word, at) => sign || Math.sign(word - other[at]), 0);
const isBetween = (words, { first, last }) => compare(first, words) <= 0 && compare(words, last) <= 0;
const isNamed = (name, asked) => (asked.endsWith("+") ? name.startsWith(asked.slice(0, -1)) : name === asked);

/** True where a match is known to be true of a packet that belongs to a new connection. */
function isTrueOf(match, aim) {
  const test = {
    source: () => match.address !== null && inside(aim.source, match.address),
    destination: () => match.address !== null && inside(aim.destination, match.address),
    in: () => isNamed(aim.in, match.name),
    out: () => isNamed(aim.out ?? "", match.name),
    protocol: () => match.number === aim.protocol,
    ctstate: () => (match.states & NEW) !== 0,
    icmp: () => match.type === null || match.type === aim.icmpType,
    multiport: () =>
      match.ranges.some((range) => between(match.side === "source" ? aim.sport : aim.dport, range)),
    comment: () => true,
  }[match.kind];
  if (match.kind === "transport")
    return (
      [
        [match.source, aim.sport],
        [match.destination, aim.dport],
      ].every(([port, value]) => port === null || between(value, port.range) !== port.negated) &&
      match.flags === null &&
      match.option === null
    );
  if (match.kind === "iprange")
    return [
      [match.source, aim.source],
      [match.destination, aim.destination],
    ].every(([side, words]) => side === null || isBetween(words, side.range) !== side.negated);
  return test !== undefined && test() !== (match.negated ?? false);
}

/**
 * The rule at that share of a list, or the next one behind it that is the first to match its own packet; nothing where there is none.
 */
function findDeciding(rules, share, makeAim) {
  const from = Math.min(rules.length - 1, Math.floor(rules.length * share));
  const tries = [...rules.keys()].slice(from, from + MOST_TRIES);
  // The last rules of a list are looked for backwards.
  if (share === 1) tries.splice(0, tries.length, ...[...rules.keys()].reverse().slice(0, MOST_TRIES));
  for (const at of tries) {
    const aim = makeAim(rules[at]);
    if (rules.findIndex((rule) => rule.matches.every((match) => isTrueOf(match, aim))) === at) return [aim];
  }
  return [];
}

/** The values that most rules ask for, most frequent first. */
function mostFrequent(rules, kind) {
  const counts = new Map();
  for (const rule of rules)
    for (const match of rule.matches)
      if (match.kind === kind && !match.negated && match.address?.prefix > 0)
        counts.set(match.text, { match, count: (counts.get(match.text)?.count ?? 0) + 1 });
  return [...counts.values()]
    .sort((one, other) => other.count - one.count)
    .map(({ match }) => hostOf(match.address));
}

/** A port that stands in no rule: neither by itself nor in a range that is not most of them. */
function findFreePort(rules) {
  const ranges = rules.flatMap(({ matches }) =>
    matches.flatMap((match) =>
      match.kind === "transport"
        ? [match.destination?.range]
        : match.kind === "multiport"
          ? match.ranges
          : [],
    ),
  );
  const isUsed = (port) => ranges.some((range) => range && range.first <= port && port <= range.last);
  for (let port = 9; port < 65536; port++) if (!isUsed(port)) return port;
  return 9;
}

/**
 * The packets of all classes, for one chain or the longest that FORWARD or INPUT come to; null where no rule can be aimed at.
 * @param {string} [only] The chain.
 * @returns {{ chain: string, aims: readonly Aim[] } | null}
 */
export function chooseAims(chains, family, only) {
  const ways = ["FORWARD", "INPUT"]
    .flatMap((base) => findWays(chains, base))
    .filter(({ chain }) => only === undefined || chain.name === only);
  const longest = ways.reduce(
    (best, way) => (way.chain.rules.length > (best?.chain.rules.length ?? 0) ? way : best),
    null,
  );
  const rules = longest?.chain.rules.filter(isAim) ?? [];
  if (rules.length === 0) return null;
  const { chain, hook, way } = longest;
  const nobody = findOutsiders(chains, family, 2 * SEVERAL.length);
  const dport = findFreePort(chain.rules);
  const make = (name, at, fields) => ({
    class: name,
    hook,
    in: "bench0",
    ...(hook === "FORWARD" ? { out: "bench1" } : {}),
    source: nobody[2 * at],
    destination: nobody[2 * at + 1],
    protocol: 6,
    sport: 40000,
    dport,
    icmpType: 8,
    flags: 2,
    ...fieldsOf(way),
    ...fields,
    ...(hook === "INPUT" ? { out: null } : {}),
  });
  const atRule = (name) => (rule) => make(name, 0, fieldsOf([rule]));
  const devices = fieldsOf([rules[Math.floor(rules.length / 2)]]);
  const place = { ...(devices.in && { in: devices.in }), ...(devices.out && { out: devices.out }) };
  const sources = mostFrequent(rules, "source").slice(0, SEVERAL.length);
  const destinations = mostFrequent(rules, "destination").slice(0, SEVERAL.length);
  const aims = [
    ...SEVERAL.map((at) => make("none", at, place)),
    ...findDeciding(rules, 0, atRule("first")),
    ...MIDDLES.flatMap((share) => findDeciding(rules, share, atRule("middle"))),
    ...findDeciding(rules, 1, atRule("last")),
    ...sources.map((source, at) => make("source", at, { ...place, source })),
    ...destinations
      .slice(0, sources.length)
      .map((destination, at) => make("both", at, { ...place, source: sources[at], destination })),
  ];
  return { chain: chain.name, aims };
}

const big = (value, bytes) =>
  Array.from({ length: bytes }, (_, at) => (value / 2 ** (8 * (bytes - 1 - at))) & 255);
const bytesOf = (words) => words.flatMap((word) => big(word, 4));

function checksum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at] * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function transportOf({ protocol, sport, dport, icmpType, flags }) {
  const ports = [...big(sport, 2), ...big(dport, 2)];
  if (protocol === 6) return [...ports, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 16, 0, 0, 0, 0, 0];
  if (protocol === 1 || protocol === 58) return [icmpType, 0, 0, 0, 0x6d, 0x6b, 0, 1];
  return [...ports, 0, 12, 0, 0, 0, 0, 0, 0];
}

/** Where a transport header has its checksum; udp of IPv4 needs none. */
const SUM_AT = { 1: 2, 6: 16, 58: 2 };

/**
 * The Ethernet frame of a packet, as hexadecimal digits.
 * @param {Aim} aim
 */
export function frameOf(aim) {
  const { source, destination, protocol } = aim;
  const body = transportOf(aim);
  const ends = [...bytesOf(source), ...bytesOf(destination)];
  const at = SUM_AT[protocol] ?? (protocol === 17 && source.length === 4 ? 6 : null);
  const pseudo = protocol === 1 ? [] : [...ends, ...big(protocol, 2), ...big(body.length, 2)];
  if (at !== null) body.splice(at, 2, ...big(checksum([...pseudo, ...body]), 2));
  const v4 = [0x45, 0, ...big(20 + body.length, 2), 0x6d, 0x6b, 0, 0, 255, protocol, 0, 0, ...ends];
  if (source.length === 1) v4.splice(10, 2, ...big(checksum(v4), 2));
  const head = source.length === 1 ? v4 : [0x60, 0, 0, 0, ...big(body.length, 2), protocol, 255, ...ends];
  const ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ...(source.length === 1 ? [8, 0] : [0x86, 0xdd])];
  return Buffer.from([...ethernet, ...head, ...body]).toString("hex");
}

/** An address as `ip` reads it. @param {Words} words */
export function addressText(words) {
  const bytes = bytesOf(words);
  if (words.length === 1) return bytes.join(".");
  return Array.from({ length: 8 }, (_, at) => (bytes[2 * at] * 256 + bytes[2 * at + 1]).toString(16)).join(
    ":",
  );
}

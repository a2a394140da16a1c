/**
 * The made-up networks behind a generated ruleset: zones with interfaces and address space (RFC 1918 and documentation ranges only), and
 * groups of hosts and subnets in them.
 */

/**
 * @typedef {object} Zone
 * @property {string} name
 * @property {readonly string[]} interfaces More than one: rules for the zone come once for each.
 * @property {(random: import("./random.mjs").Random, index: number) => string} member Draws an address of the zone, as iptables-save prints it.
 */

/**
 * @typedef {object} AddressGroup
 * @property {string} name
 * @property {Zone} zone
 * @property {readonly string[]} members
 */

/** IPv4: hosts mostly, now and then a small subnet. `base` holds the first two octets. */
function v4Zone(name, interfaces, base, subnetShare) {
  return {
    name,
    interfaces,
    member: (random) => {
      const third = random.below(256);
      if (!random.chance(subnetShare)) return `${base}.${third}.${random.between(1, 254)}/32`;
      const length = random.between(24, 29);
      const step = 2 ** (32 - length);
      return `${base}.${third}.${random.below(256 / step) * step}/${length}`;
    },
  };
}

/** Documentation networks: what the outside world looks like. */
function v4Outside(name, interfaces) {
  const nets = ["192.0.2", "198.51.100", "203.0.113"];
  return {
    name,
    interfaces,
    member: (random) => {
      const net = random.pick(nets);
      return random.chance(0.2)
        ? `${net}.${random.below(16) * 16}/28`
        : `${net}.${random.between(1, 254)}/32`;
    },
  };
}

/** IPv6 in 2001:db8::/32: hosts and /64 networks. */
function v6Zone(name, interfaces, site, subnetShare) {
  return {
    name,
    interfaces,
    member: (random) => {
      const net = random.between(1, 0xfff).toString(16);
      if (random.chance(subnetShare)) return `2001:db8:${site}:${net}::/64`;
      return `2001:db8:${site}:${net}::${random.between(1, 0xffff).toString(16)}/128`;
    },
  };
}

/**
 * The zones of a family.
 * @param {"v4" | "v6"} family
 * @returns {readonly Zone[]}
 */
export function makeZones(family) {
  if (family === "v6") {
    return [
      v6Zone("clients", ["lan0"], "10", 0.3),
      v6Zone("servers", ["srv0"], "20", 0.1),
      v6Zone("dmz", ["dmz0"], "30", 0.1),
      v6Zone("remote", ["tun0", "tun1"], "40", 0.4),
      v6Zone("outside", ["wan0"], "f0", 0.2),
    ];
  }
  return [
    v4Zone("clients", ["lan0"], "10.20", 0.3),
    v4Zone("servers", ["srv0"], "10.30", 0.1),
    v4Zone("dmz", ["dmz0"], "172.20", 0.1),
    v4Zone("remote", ["tun0", "tun1"], "192.168", 0.4),
    v4Outside("outside", ["wan0"]),
  ];
}

/**
 * Plants groups of different sizes, no two with the same members.
 * @param {import("./random.mjs").Random} random
 * @param {readonly Zone[]} zones
 * @param {{ groups: number, sizes: readonly [number, number] }} wanted
 * @returns {readonly AddressGroup[]}
 */
export function plantAddressGroups(random, zones, wanted) {
  const groups = [];
  const seen = new Set();
  for (let index = 0; groups.length < wanted.groups; index++) {
    const zone = zones[index % zones.length];
    const size = random.between(...wanted.sizes);
    const members = new Set();
    while (members.size < size) members.add(zone.member(random, members.size));
    const key = [...members].sort().join(" ");
    if (seen.has(key)) continue;
    seen.add(key);
    groups.push({
      name: `${zone.name}-${Math.floor(index / zones.length) + 1}`,
      zone,
      members: [...members],
    });
  }
  return groups;
}

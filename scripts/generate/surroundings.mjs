/**
 * What stands around the policies in a real ruleset: the lines at the top and the end of each chain, single rules that belong to no group, user
 * chains with their dispatch, and the tables mangle and nat.
 */
import { renderLine } from "./policies.mjs";

/** @typedef {import("./random.mjs").Random} Random */
/** @typedef {import("./zones.mjs").Zone} Zone */
/** @typedef {"v4" | "v6"} Family */

/** First lines of the filter table. */
export function makeHead(family) {
  const loopback = family === "v6" ? "::1/128" : "127.0.0.0/8";
  const ping = family === "v6" ? "-p ipv6-icmp -m icmp6 --icmpv6-type" : "-p icmp -m icmp --icmp-type";
  const control = family === "v6" ? [1, 2, 3, 4, 133, 134, 135, 136] : [3, 8, 11, 12];
  return [
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A INPUT -m conntrack --ctstate INVALID -j DROP",
    `-A INPUT -s ${loopback} ! -i lo -j DROP`,
    ...control.map((type) => `-A INPUT ${ping} ${type} -j ACCEPT`),
    "-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
    "-A FORWARD -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP",
    "-A OUTPUT -m conntrack --ctstate INVALID -j DROP",
  ];
}

/** Last lines of the filter table. */
export function makeTail(family) {
  const prohibited = family === "v6" ? "icmp6-adm-prohibited" : "icmp-host-prohibited";
  return [
    '-A INPUT -m limit --limit 10/min -j LOG --log-prefix "input dropped: "',
    '-A FORWARD -m limit --limit 10/min -j LOG --log-prefix "forward refused: "',
    "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset",
    `-A FORWARD -j REJECT --reject-with ${prohibited}`,
  ];
}

/** Dispatch lines in FORWARD for the user chains, each on the pair of zones that it is for. */
export function makeDispatch(userChains, zones) {
  return userChains.flatMap((name) => {
    const [from, to] = name.split("_to_").map((zone) => zones.find((candidate) => candidate.name === zone));
    return from.interfaces.flatMap((inside) =>
      to.interfaces.map((outside) => `-A FORWARD -i ${inside} -o ${outside} -j ${name}`),
    );
  });
}

/** Rules that stand alone: negations, ranges, odd ports, marks. Their texts differ in everything, so that no group is hidden in them. */
export function makeLoners(random, zones, family, count) {
  const draw = [
    (at) => ({
      source: `${zones[at % zones.length].member(random)}`,
      service: `-p tcp -m tcp --dport ${20_000 + at}`,
      target: "-j ACCEPT",
    }),
    (at) => ({
      source: `${zones[0].member(random)}`,
      in: `${zones[0].interfaces[0]}`,
      service: `-p udp -m udp --sport ${1024 + at} --dport ${30_000 + at}`,
      target: "-j DROP",
    }),
    (at) => ({
      destination: `${zones[1].member(random)}`,
      service: `-p tcp -m multiport --dports ${7000 + at},${40_000 + at}:${40_001 + at}`,
      target: "-j ACCEPT",
    }),
    (at) => ({
      service: `-p udp -m iprange --src-range ${drawRange(random, family)} -m udp --dport ${15_000 + at}`,
      target: "-j ACCEPT",
    }),
    (at) => ({
      destination: `${zones[2].member(random)}`,
      state: `-m mark --mark ${at + 1}`.replace(/\d+$/, (digits) => `0x${Number(digits).toString(16)}/0xff`),
      target: "-j ACCEPT",
    }),
  ];
  const empty = { source: "", destination: "", in: "", out: "", service: "", state: "", comment: "" };
  return Array.from({ length: count }, (_, at) =>
    renderLine({ ...empty, ...draw[at % draw.length](at), chain: "FORWARD" }),
  );
}

function drawRange(random, family) {
  const net = random.between(1, 200);
  const first = random.between(10, 99);
  return family === "v6"
    ? `2001:db8:50:${net}::${first}-2001:db8:50:${net}::${first + 50}`
    : `10.50.${net}.${first}-10.50.${net}.${first + 50}`;
}

/** The mangle table: traffic classes in the low byte of the mark, a routing bit, and the connection's mark kept across packets. */
export function makeMangle(zones) {
  const outside = zones.at(-1).interfaces[0];
  const classes = [
    ["tcp", "22", "0x10"],
    ["udp", "5060:5061", "0x20"],
    ["udp", "10000:20000", "0x20"],
    ["tcp", "443", "0x30"],
  ];
  return [
    "*mangle",
    ":PREROUTING ACCEPT [0:0]",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":POSTROUTING ACCEPT [0:0]",
    ":traffic_class - [0:0]",
    "-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff00",
    `-A PREROUTING -i ${outside} -m mark --mark 0x0/0x100 -m conntrack --ctstate NEW -j MARK --set-xmark 0x100/0x100`,
    "-A PREROUTING -m mark ! --mark 0x0/0xff00 -j CONNMARK --save-mark --nfmask 0xff00 --ctmask 0xff00",
    `-A FORWARD -o ${outside} -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`,
    `-A POSTROUTING -o ${outside} -j traffic_class`,
    ...classes.map(
      ([protocol, ports, mark]) =>
        `-A traffic_class -p ${protocol} -m ${protocol} --dport ${ports} -j MARK --set-xmark ${mark}/0xff`,
    ),
    "-A traffic_class -m mark --mark 0x0/0xff -j MARK --set-xmark 0xf0/0xff",
    "COMMIT",
  ];
}

/** The nat table (IPv4): published servers, and masquerading for what is inside. */
export function makeNat(random, zones) {
  const outside = zones.at(-1).interfaces[0];
  const published = [25, 80, 443, 8443].map((port) => {
    const server = zones[2]
      .member(random)
      .replace(/\.(\d+)\/\d+$/, (_, last) => `.${Math.max(1, Number(last))}`);
    return `-A PREROUTING -d 203.0.113.10/32 -i ${outside} -p tcp -m tcp --dport ${port} -j DNAT --to-destination ${server}:${port}`;
  });
  return [
    "*nat",
    ":PREROUTING ACCEPT [0:0]",
    ":INPUT ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":POSTROUTING ACCEPT [0:0]",
    ...published,
    `-A POSTROUTING -s 172.20.0.0/16 -o ${outside} -j SNAT --to-source 203.0.113.10`,
    `-A POSTROUTING -s 10.0.0.0/8 -o ${outside} -j MASQUERADE`,
    "COMMIT",
  ];
}

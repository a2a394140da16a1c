/**
 * How iptables-save spells the options of match modules that are no typed matches. A module without a row stays as it was written.
 *
 * Source: iptables 1.8.9, the `save` functions of `extensions/libxt_*.c`, `libipt_*.c` and `libip6t_*.c`; each row is loaded and saved in `test/kernel/spelling.test.ts`.
 */
import { parseUint } from "../numbers.ts";
import { parseProtocol } from "../protocols.ts";
import {
  bang,
  either,
  flag,
  flagIfNegated,
  type Given,
  inOrder,
  type Part,
  readValue,
  type Speller,
  type Value,
  value,
} from "./parts.ts";
import { spellPolicy } from "./policy.ts";
import { spellRateest } from "./rateest.ts";
import { spellHashlimit, spellLimit } from "./rates.ts";
import { spellString } from "./string.ts";
import { spellTime } from "./time.ts";
import { dscpClass, tos } from "./traffic-class.ts";
import {
  bare,
  hex,
  host,
  listOf,
  MOST,
  maskedHost,
  oneOf,
  prefixLength,
  printHexDigits,
  range,
  string,
  uint,
  uintOrName,
  valueMask,
} from "./values.ts";

const ADDRESS_TYPES = listOf([
  "UNSPEC",
  "UNICAST",
  "LOCAL",
  "BROADCAST",
  "ANYCAST",
  "MULTICAST",
  "BLACKHOLE",
  "UNREACHABLE",
  "PROHIBIT",
  "THROW",
  "NAT",
  "XRESOLVE",
]);

const EVERY_SPI = { hidden: `0:${MOST[32]}` };

/** The node's number, or the mask with its bit. */
const clusterNode: Value = (text) => {
  const node = parseUint(text, 32);
  return node === null || node === 0 ? null : printHexDigits(2 ** (node - 1), 8);
};

const COUNT = /^\d{1,18}$/u;
const isCount = (text: string): boolean => COUNT.test(text) && (text === "0" || !text.startsWith("0"));

/** From and to; an open end is not printed. */
const byteRange: Value = (text) => {
  const [first = "", last = "", third] = text.split(":");
  if (third !== undefined) return null;
  const from = first === "" && last !== "" ? "0" : first;
  if (last === "") return isCount(from) ? from : null;
  // The kernel keeps negation as an order, which equal ends don't have, and 0 as an open end.
  if (!isCount(from) || !isCount(last) || BigInt(from) >= BigInt(last)) return null;
  return `${from}:${last}`;
};

const quota: Value = (text, family) => (isCount(text) ? text : uint()(text, family));

const LIMITS = ["connlimit-upto", "connlimit-above"] as const;

/** `! --connlimit-upto` is --connlimit-above, and the other way round. */
const connections: Part = {
  options: LIMITS,
  print: ({ options, family }: Given) => {
    const [use, second] = LIMITS.flatMap((name) => options.get(name) ?? []);
    const count = second === undefined ? readValue(use, uint(), family) : null;
    if (use === undefined || count === null) return null;
    const isAbove = (use.row.name === "connlimit-above") !== use.negated;
    return `--connlimit-${isAbove ? "above" : "upto"} ${count}`;
  },
};

/** One of several flags, the first one where none is given; null where more than one is. */
function oneFlag(...names: readonly string[]): Part {
  return {
    options: names,
    print: ({ options }) => {
      const given = names.flatMap((name) => options.get(name) ?? []);
      if (given.length > 1) return null;
      return given[0] === undefined ? `--${names[0]}` : `${bang(given[0])}--${given[0].row.name}`;
    },
  };
}

const protocolNumber: Value = (text) => {
  const number = parseProtocol(text);
  return number === null || number === 0 ? null : String(number);
};

const PORTS = range(MOST[16]);

const spellConntrack = inOrder(
  value("ctstate", listOf(["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT"])),
  value("ctproto", protocolNumber),
  ...["ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst"].map((name) => value(name, maskedHost)),
  ...["ctorigsrcport", "ctorigdstport", "ctreplsrcport", "ctrepldstport"].map((name) => value(name, PORTS)),
  value("ctstatus", listOf(["EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"])),
  value("ctexpire", range(MOST[32])),
  value("ctdir", oneOf(["ORIGINAL", "REPLY"])),
);

/** `--packets-eq`, `-lt` and `-gt`, or of bytes. */
const setCounter = (what: string): readonly Part[] =>
  ["eq", "lt", "gt"].map((test) => value(`${what}-${test}`, uint()));

/** NAME and `src,dst`. */
export function setPart(name: string): Part {
  return {
    options: [name],
    print: ({ options }) => {
      const use = options.get(name);
      if (use === undefined) return "";
      const [set, sides] = use.values.map(({ text }) => text);
      if (set === undefined || sides === undefined || !/^(?:src|dst)(?:,(?:src|dst))*$/u.test(sides))
        return null;
      return `${bang(use)}--${name} ${bare(set, "v4")} ${sides}`;
    },
  };
}

/** Kept as a part of 2^31. */
const probability: Value = (text) => {
  if (!/^(?:0?\.\d+|[01](?:\.\d*)?)$/u.test(text)) return null;
  const part = Number(text);
  return part > 1 ? null : (Math.round(part * 0x80000000) / 0x80000000).toFixed(11);
};

const spellStatistic: Speller = (options, family) => {
  const isNth = options.some(({ row, values }) => row.name === "mode" && values[0]!.text === "nth");
  const mode = value("mode", oneOf(["random", "nth"]));
  if (!isNth) return inOrder(mode, value("probability", probability))(options, family);
  return inOrder(mode, value("every", uint()), value("packet", uint(), { shown: "0" }))(options, family);
};

/** Chunks by their numbers, each with its flags. */
const CHUNKS =
  `DATA INIT INIT_ACK SACK HEARTBEAT HEARTBEAT_ACK ABORT SHUTDOWN SHUTDOWN_ACK ERROR COOKIE_ECHO COOKIE_ACK ECN_ECNE ECN_CWR
SHUTDOWN_COMPLETE ASCONF_ACK FORWARD_TSN ASCONF`.split(/\s+/u);

const chunkTypes: Part = {
  options: ["chunk-types"],
  print: ({ options }) => {
    const use = options.get("chunk-types");
    if (use === undefined) return "";
    const [how, list = ""] = use.values.map(({ text }) => text);
    const chunks = list.split(",");
    const numbers = chunks.map((chunk) => CHUNKS.indexOf(chunk.replace(/:.*$/u, "")));
    if (how === undefined || !["all", "any", "only"].includes(how) || numbers.includes(-1)) return null;
    if (new Set(numbers).size < numbers.length) return null;
    const sorted = chunks.toSorted(
      (one, other) => numbers[chunks.indexOf(one)]! - numbers[chunks.indexOf(other)]!,
    );
    return `${bang(use)}--chunk-types ${how} ${sorted.join(",")}`;
  },
};

/** Numbers and what joins them, without blanks. */
const u32: Value = (text) => {
  if (!/^[\da-fx&=:,<>@\s]+$/iu.test(text) || text.length > 200) return null;
  const numbers = text.replace(/\s+/gu, "").split(/([&=:,<>@]+)/u);
  const printed = numbers.map((part, at) => {
    if (at % 2 === 1) return part;
    const number = parseUint(part, MOST[32]);
    return number === null ? null : `0x${number.toString(16)}`;
  });
  if (printed.includes(null)) return null;
  return `"${printed.join("").replace(/(0x[\da-f]+):\1(?![\da-f])/gu, "$1")}"`;
};

/** In the order and under the names of /etc/protocols. */
const HEADERS = listOf(
  ["hop-by-hop", "ipv6-opts", "ipv6-route", "ipv6-frag", "ah", "esp", "ipv6-nonxt", "protocol"],
  {
    hop: "hop-by-hop",
    dst: "ipv6-opts",
    route: "ipv6-route",
    frag: "ipv6-frag",
    auth: "ah",
    none: "ipv6-nonxt",
  },
);

const addressList: Value = (text, family) => {
  const hosts = text.split(",").map((part) => host(part, family));
  return hosts.includes(null) ? null : hosts.join(",");
};

/** Ranges of users and groups; names only the host can read. */
const IDS = range(MOST[32] - 1, "-");

const HOP_LIMIT = (name: string): Speller =>
  inOrder(...["eq", "lt", "gt"].map((test) => value(`${name}-${test}`, uint(MOST[8]))));

const SRH = ["hdr-len", "segs-left", "last-entry"].flatMap((what) =>
  ["eq", "gt", "lt"].map((test) => value(`srh-${what}-${test}`, uint(MOST[8]))),
);

const RECENT_MASK = { v4: "255.255.255.255", v6: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" } as const;

/** The spellers by module. */
export const MATCH_SPELLERS: ReadonlyMap<string, Speller> = new Map([
  [
    "addrtype",
    inOrder(
      value("src-type", ADDRESS_TYPES),
      value("dst-type", ADDRESS_TYPES),
      flag("limit-iface-in"),
      flag("limit-iface-out"),
    ),
  ],
  ["ah", inOrder(value("ahspi", range(MOST[32]), EVERY_SPI), value("ahlen", uint()), flag("ahres"))],
  ["cgroup", inOrder(value("path", string), value("cgroup", uint()))],
  [
    "cluster",
    inOrder(
      either("cluster-local-nodemask", hex(8), "cluster-local-node", clusterNode),
      value("cluster-total-nodes", uint()),
      value("cluster-hash-seed", hex(8)),
    ),
  ],
  [
    "connbytes",
    inOrder(
      value("connbytes", byteRange),
      value("connbytes-mode", oneOf(["packets", "bytes", "avgpkt"])),
      value("connbytes-dir", oneOf(["original", "reply", "both"])),
    ),
  ],
  ["connlabel", inOrder(value("label", uintOrName(127)), flag("set"))],
  [
    "connlimit",
    inOrder(
      connections,
      value("connlimit-mask", prefixLength, { shown: { v4: "32", v6: "128" } }),
      oneFlag("connlimit-saddr", "connlimit-daddr"),
    ),
  ],
  ["conntrack", spellConntrack],
  ["cpu", inOrder(value("cpu", uint()))],
  ["devgroup", inOrder(value("src-group", valueMask), value("dst-group", valueMask))],
  ["dscp", inOrder(either("dscp", hex(2, 63), "dscp-class", dscpClass))],
  ["ecn", inOrder(flag("ecn-tcp-ece"), flag("ecn-tcp-cwr"), value("ecn-ip-ect", uint(3)))],
  ["esp", inOrder(value("espspi", range(MOST[32]), EVERY_SPI))],
  ["eui64", inOrder()],
  [
    "frag",
    inOrder(
      value("fragid", range(MOST[32]), EVERY_SPI),
      value("fraglen", uint()),
      flag("fragres"),
      flag("fragfirst"),
      flag("fragmore"),
      flag("fraglast"),
    ),
  ],
  ["hashlimit", spellHashlimit],
  ["helper", inOrder(value("helper", string))],
  ["hl", HOP_LIMIT("hl")],
  // Without a number iptables takes 0; that every number will do is in its list like no number at all, so it has a text of its own here.
  ["ipcomp", inOrder(value("ipcompspi", range(MOST[32]), { shown: "0" }), flag("compres"))],
  ["ipv6header", inOrder(value("header", HEADERS), flag("soft"))],
  ["length", inOrder(value("length", range(MOST[16])))],
  ["limit", spellLimit],
  ["mh", inOrder(value("mh-type", range(MOST[8]), { hidden: `0:${MOST[8]}` }))],
  ["osf", inOrder(value("genre", bare), value("ttl", uint(2)), value("log", uint(2)))],
  [
    "owner",
    inOrder(flag("socket-exists"), value("uid-owner", IDS), value("gid-owner", IDS), flag("suppl-groups")),
  ],
  [
    "physdev",
    inOrder(
      flag("physdev-is-in"),
      value("physdev-in", bare),
      flag("physdev-is-out"),
      value("physdev-out", bare),
      flag("physdev-is-bridged"),
    ),
  ],
  [
    "pkttype",
    inOrder(
      value(
        "pkt-type",
        oneOf(["unicast", "broadcast", "multicast"], {
          bcast: "broadcast",
          mcast: "multicast",
          host: "unicast",
        }),
      ),
    ),
  ],
  ["policy", spellPolicy],
  ["quota", inOrder(value("quota", quota))],
  ["rateest", spellRateest],
  ["realm", inOrder(value("realm", valueMask))],
  [
    "recent",
    inOrder(
      oneFlag("set", "rcheck", "update", "remove"),
      value("seconds", uint()),
      flag("reap"),
      value("hitcount", uint()),
      flag("rttl"),
      value("name", bare, { shown: "DEFAULT" }),
      value("mask", host, { shown: RECENT_MASK }),
      oneFlag("rsource", "rdest"),
    ),
  ],
  ["rpfilter", inOrder(flag("loose"), flag("validmark"), flag("accept-local"), flag("invert"))],
  [
    "rt",
    inOrder(
      value("rt-type", uint()),
      value("rt-segsleft", range(MOST[32]), EVERY_SPI),
      value("rt-len", uint()),
      flag("rt-0-res"),
      value("rt-0-addrs", addressList),
      flag("rt-0-not-strict"),
    ),
  ],
  ["sctp", inOrder(value("sport", PORTS), value("dport", PORTS), chunkTypes)],
  [
    "set",
    inOrder(
      setPart("match-set"),
      flag("return-nomatch"),
      flagIfNegated("update-counters"),
      flagIfNegated("update-subcounters"),
      ...setCounter("packets"),
      ...setCounter("bytes"),
    ),
  ],
  ["socket", inOrder(flag("transparent"), flag("nowildcard"), flag("restore-skmark"))],
  [
    "srh",
    inOrder(
      value("srh-next-hdr", uint(MOST[8])),
      ...SRH,
      value("srh-tag", uint(MOST[16])),
      ...["psid", "nsid", "lsid"].map((name) => value(`srh-${name}`, maskedHost)),
    ),
  ],
  ["statistic", spellStatistic],
  ["string", spellString],
  ["tcpmss", inOrder(value("mss", range(MOST[16])))],
  ["time", spellTime],
  ["tos", inOrder(value("tos", tos))],
  ["ttl", HOP_LIMIT("ttl")],
  ["u32", inOrder(value("u32", u32))],
]);

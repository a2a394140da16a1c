/**
 * How iptables-save spells the options of targets that are no typed targets. A target without a row stays as it was written.
 *
 * Source: iptables 1.8.9, the `save` functions of `extensions/`; each row is loaded and saved in `test/kernel/spelling.test.ts`.
 */
import { parseUint } from "../numbers.ts";
import { spellHmark } from "./hmark.ts";
import { setPart } from "./matches.ts";
import {
  either,
  flag,
  type Given,
  inOrder,
  type Part,
  readValue,
  type Speller,
  type Value,
  value,
} from "./parts.ts";
import { spellRateestTarget } from "./rateest.ts";
import { dscpClass, printTos, tos } from "./traffic-class.ts";
import {
  bare,
  hex,
  host,
  listOf,
  MOST,
  network,
  oneOf,
  prefixed,
  printHexDigits,
  range,
  string,
  uint,
  uintOrName,
} from "./values.ts";

const PORTS = range(MOST[16], "-");

/** `1:f` as `0001:000f`. */
const trafficClass: Value = (text) => {
  const [, major, minor] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/iu.exec(text) ?? [];
  if (major === undefined || minor === undefined) return null;
  return [major, minor].map((part) => part.toLowerCase().padStart(4, "0")).join(":");
};

const V4_PLACE = /^([\d.]+)?(?:-([\d.]+))?(?::(\d+)(?:-(\d+))?)?$/u;
const V6_PLACE = /^\[([0-9a-f:.]+)(?:-([0-9a-f:.]+))?\](?::(\d+)(?:-(\d+))?)?$/iu;

/** One address or a range of them, with ports or without: where DNAT and SNAT send to. */
const place: Value = (text, family) => {
  const alone = family === "v6" ? host(text, family) : null;
  if (alone !== null) return alone;
  const parts = (family === "v4" ? V4_PLACE : V6_PLACE).exec(text);
  if (parts === null) return null;
  const [, first, last, low, high] = parts;
  const ends = [first, last].map((end) => (end === undefined ? "" : host(end, family)));
  if (ends.includes(null) || (ends[1] !== "" && ends[0] === ends[1])) return null;
  const ports = low === undefined ? "" : PORTS(high === undefined ? low : `${low}-${high}`, family);
  if (ports === null || ports === "0") return null;
  const addresses = ends.filter((end) => end !== "").join("-");
  const isBracketed = family === "v6" && ports !== "";
  return `${isBracketed ? `[${addresses}]` : addresses}${ports === "" ? "" : `:${ports}`}`;
};

/** Exactly one of these options. */
function onlyOne(...options: readonly (readonly [name: string, read: Value])[]): Part {
  const names = options.map(([name]) => name);
  return {
    options: names,
    print: ({ options: given, family }: Given) => {
      const [found, second] = options.filter(([name]) => given.has(name));
      if (found === undefined || second !== undefined) return null;
      const text = readValue(given.get(found[0]), found[1], family);
      return text === null ? null : `--${found[0]} ${text}`;
    },
  };
}

/** What packets of `-j TOS` become: (tos & ~mask) ^ bits. */
const TOS_FORMS: Readonly<Record<string, (bits: number) => string>> = {
  "and-tos": (bits) => printTos(0, ~bits & 0xff),
  "or-tos": (bits) => printTos(bits, bits),
  "xor-tos": (bits) => printTos(bits, 0),
};

const setTos: Part = {
  options: ["set-tos", ...Object.keys(TOS_FORMS)],
  print: ({ options, family }) => {
    const [use, second] = options.values();
    const text = use?.values[0]?.text;
    if (use === undefined || text === undefined || second !== undefined) return null;
    const bits = parseUint(text, MOST[8]);
    const form = TOS_FORMS[use.row.name];
    const printed = form === undefined ? tos(text, family) : bits === null ? null : form(bits);
    return printed === null ? null : `--set-tos ${printed}`;
  },
};

const TCP_OPTIONS: Readonly<Record<string, string>> = {
  mss: "2",
  wscale: "3",
  "sack-permitted": "4",
  sack: "5",
  timestamp: "8",
  md5: "19",
};

const OPTION_NUMBERS = Array.from({ length: 253 }, (_, index) => String(index + 2));

/** VALUE or VALUE/MASK; the mask is always printed. */
const maskedMark: Value = (text) => {
  const [first = "", second = "0xffffffff", third] = text.split("/");
  const [bits, mask] = [parseUint(first, MOST[32]), parseUint(second, MOST[32])];
  if (bits === null || mask === null || third !== undefined) return null;
  return `${printHexDigits(bits, 1)}/${printHexDigits(mask, 1)}`;
};

/** At most 63 bytes; how many a character beyond ASCII has depends on the file's encoding. */
const logPrefix: Value = (text, family) => (/^[\0-\x7f]{1,63}$/u.test(text) ? string(text, family) : null);

const ZONES: Value = (text, family) => (text === "mark" ? text : uint(MOST[16])(text, family));

const HOP_LIMIT = (name: string): Speller =>
  inOrder(onlyOne(...["set", "dec", "inc"].map((how) => [`${name}-${how}`, uint(MOST[8])] as const)));

const PREFIXES = inOrder(value("src-pfx", prefixed), value("dst-pfx", prefixed));

const queues: Part = {
  options: ["queue-num", "queue-balance"],
  print: ({ options, family }) => {
    const [number, balance] = [options.get("queue-num"), options.get("queue-balance")];
    if (balance === undefined) {
      const text = number === undefined ? "0" : readValue(number, uint(MOST[16]), family);
      return text === null ? null : `--queue-num ${text}`;
    }
    const text = number === undefined ? readValue(balance, range(MOST[16]), family) : null;
    return text?.includes(":") ? `--queue-balance ${text}` : null;
  },
};

const ECN_BITS = ["ecn-tcp-ece", "ecn-tcp-cwr"] as const;

/** Both bits set to 0 is what --ecn-tcp-remove does. */
const ecnBits: Part = {
  options: ["ecn-tcp-remove", ...ECN_BITS],
  print: ({ options, family }) => {
    const given = ECN_BITS.flatMap((name) => options.get(name) ?? []);
    const values = given.map((use) => readValue(use, uint(1), family));
    const isRemoving = values.join() === "0,0";
    if (options.has("ecn-tcp-remove")) return given.length === 0 ? "--ecn-tcp-remove" : null;
    if (values.includes(null)) return null;
    if (isRemoving) return "--ecn-tcp-remove";
    return given.map(({ row }, at) => `--${row.name} ${values[at]}`).join(" ");
  },
};

/** The spellers by target. */
export const TARGET_SPELLERS: ReadonlyMap<string, Speller> = new Map([
  ["AUDIT", inOrder(value("type", oneOf(["accept", "drop", "reject"])))],
  ["CHECKSUM", inOrder(flag("checksum-fill"))],
  ["CLASSIFY", inOrder(value("set-class", trafficClass))],
  ["CONNSECMARK", inOrder(flag("save"), flag("restore"))],
  [
    "CT",
    inOrder(
      flag("notrack"),
      value("helper", bare),
      value("timeout", bare),
      value(
        "ctevents",
        listOf([
          "new",
          "related",
          "destroy",
          "reply",
          "assured",
          "protoinfo",
          "helper",
          "mark",
          "natseqinfo",
          "secmark",
        ]),
      ),
      value("expevents", oneOf(["new"])),
      value("zone-orig", ZONES),
      value("zone-reply", ZONES),
      value("zone", ZONES),
    ),
  ],
  ["DNAT", inOrder(value("to-destination", place), flag("random"), flag("persistent"))],
  ["DNPT", PREFIXES],
  ["DSCP", inOrder(either("set-dscp", hex(2, 63), "set-dscp-class", dscpClass))],
  ["ECN", inOrder(ecnBits, value("ecn-ip-ect", uint(3)))],
  ["HL", HOP_LIMIT("hl")],
  ["HMARK", spellHmark],
  ["IDLETIMER", inOrder(value("timeout", uint()), value("label", bare), flag("alarm"))],
  ["MASQUERADE", inOrder(value("to-ports", PORTS), flag("random"), flag("random-fully"))],
  ["NETMAP", inOrder(value("to", network))],
  [
    "NFLOG",
    inOrder(
      value("nflog-prefix", logPrefix),
      value("nflog-group", uint(MOST[16]), { hidden: "0" }),
      value("nflog-size", uint()),
      value("nflog-threshold", uint(MOST[16]), { hidden: "0" }),
    ),
  ],
  ["NFQUEUE", inOrder(queues, flag("queue-bypass"), flag("queue-cpu-fanout"))],
  ["NOTRACK", inOrder()],
  ["RATEEST", spellRateestTarget],
  ["REDIRECT", inOrder(value("to-ports", PORTS), flag("random"))],
  ["SECMARK", inOrder(value("selctx", bare))],
  [
    "SET",
    inOrder(
      setPart("add-set"),
      flag("exist"),
      value("timeout", uint()),
      setPart("del-set"),
      setPart("map-set"),
      flag("map-mark"),
      flag("map-prio"),
      flag("map-queue"),
    ),
  ],
  ["SNAT", inOrder(value("to-source", place), flag("random"), flag("random-fully"), flag("persistent"))],
  ["SNPT", PREFIXES],
  [
    "SYNPROXY",
    inOrder(
      flag("sack-perm"),
      flag("timestamp"),
      value("wscale", uint(14)),
      value("mss", uint(MOST[16])),
      flag("ecn"),
    ),
  ],
  ["TCPMSS", inOrder(value("set-mss", uint(MOST[16])), flag("clamp-mss-to-pmtu"))],
  ["TCPOPTSTRIP", inOrder(value("strip-options", listOf(OPTION_NUMBERS, TCP_OPTIONS)))],
  ["TEE", inOrder(value("gateway", host), value("oif", bare))],
  ["TOS", inOrder(setTos)],
  [
    "TPROXY",
    inOrder(
      value("on-port", uintOrName(MOST[16])),
      value("on-ip", host, { shown: { v4: "0.0.0.0", v6: "::" } }),
      value("tproxy-mark", maskedMark, { shown: "0x0/0x0" }),
    ),
  ],
  ["TRACE", inOrder()],
  ["TTL", HOP_LIMIT("ttl")],
]);

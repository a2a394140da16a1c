/**
 * Members that a person adds to a group: what they say as a match of a rule, and how iptables-save spells it. Whatever could mean something else is
 * refused, with what it might have meant.
 */
import { findFeatures, type Token } from "../cluster/features.ts";
import { importRuleset } from "../import/import.ts";
import { parseAddress, parseHost, printAddress, printHost } from "../model/address.ts";
import { AXES, type Axis, type Family } from "../model/types.ts";
import { makeSourceFile } from "../text/source.ts";
import type { Plan, PlanGroup } from "./types.ts";

/** A member as a match, or why there is none: a clause behind "10.1.2.3/8 …". */
export type MemberReading =
  | { readonly token: Token; readonly problem?: undefined }
  | { readonly token?: undefined; readonly problem: string };

/** Reads a member in any spelling that means one thing; the token's key is the spelling that plans have. */
export function readMember(axis: Axis, family: Family, text: string): MemberReading {
  const draft = draftMatch(axis, family, text);
  if (draft.problem !== undefined) return draft;
  const rules = `*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${draft.match} -j ACCEPT\nCOMMIT\n`;
  const { ruleset } = importRuleset(makeSourceFile("member", rules), { family });
  const rule = ruleset?.tables[0]?.chains[0]?.rules[0];
  const features = rule === undefined ? null : findFeatures(rule, family);
  const token = features?.kind === "movable" ? features.tokens[AXES.indexOf(axis)] : null;
  return token === null || token === undefined ? { problem: EXPECTED[axis] } : { token };
}

/**
 * Reads a member for the rules of one family. A service that reads the header otherwise than those of its protocol in the group is refused: in the group's chain all of
 * them are tested, and packets that are too short for one of them are dropped there.
 */
function readLike(group: PlanGroup, family: Family, text: string): MemberReading {
  const reading = readMember(group.axis, family, text);
  if (group.axis !== "service" || reading.problem !== undefined) return reading;
  const protocol = reading.token.key.split(" ")[0]!;
  const kin = group.members.filter((member) => member.split(" ")[0] === protocol);
  const [example] = kin;
  const profile = profileOf(reading.token.key);
  if (example === undefined || kin.some((member) => profileOf(member) === profile)) return reading;
  return {
    problem: `reads the packet's header otherwise than ${example}, which would matter for packets that are cut short; write it in the same way`,
  };
}

/** Which matches of a service read the header, in order: the options of a plan's spelling, put together as `headerProfile` does it. */
function profileOf(member: string): string {
  const kinds = member
    .split(" ")
    .slice(1)
    .flatMap((word) => HEADER_WORDS[word] ?? []);
  return [...new Set(kinds)].join("+");
}

const HEADER_WORDS: Readonly<Record<string, string>> = {
  ...{ header: "bare", option: "option", type: "plain" },
  ...{ sport: "plain", dport: "plain", flags: "plain" },
  ...{ sports: "multiport", dports: "multiport", ports: "multiport" },
};

/** Reads a member for all rules that a group stands in: those of both families, where it is used by both. */
export function readMemberOf(plan: Plan, group: PlanGroup, text: string): MemberReading {
  const users = plan.policyRules.filter(({ groups }) => groups[group.axis] === group.id);
  const inputs = users.length === 0 ? plan.inputs : users.map(({ input }) => plan.inputs[input]!);
  const families = [...new Set(inputs.map(({ family }) => family))];
  const readings = families.map((family) => readLike(group, family, text));
  const bad = readings.find(({ problem }) => problem !== undefined);
  if (bad !== undefined) return bad;
  const [first] = readings;
  const isSame = readings.every(({ token }) => token?.key === first?.token?.key);
  return first !== undefined && isSame
    ? first
    : { problem: "is spelled differently for IPv4 and IPv6, and the group is used by both" };
}

type Draft =
  | { readonly match: string; readonly problem?: undefined }
  | { readonly match?: undefined; readonly problem: string };

const ADDRESS = "is no address; expected one such as 10.1.2.3, 10.1.0.0/16 or 10.1.2.3-10.1.2.9";
const INTERFACE = "is no interface; expected a name of at most 15 characters, such as eth0 or ppp+";

const EXPECTED: Readonly<Record<Axis, string>> = {
  source: ADDRESS,
  destination: ADDRESS,
  service:
    'is no service; expected one such as tcp/443, udp/5000-5010, "tcp dport 443", "udp sport 53 dport 1024:65535", "tcp dports 80,443", "icmp type 8" or gre',
  in: INTERFACE,
  out: INTERFACE,
};

function draftMatch(axis: Axis, family: Family, text: string): Draft {
  switch (axis) {
    case "source":
    case "destination":
      return draftAddress(axis, family, text);
    case "service":
      return draftService(family, text);
    case "in":
    case "out":
      // A name with quotes or a shell's signs is no name that anybody gave on purpose.
      if (!/^[A-Za-z0-9_.:@+-]{1,15}$/.test(text) || text.startsWith("-")) return { problem: INTERFACE };
      return { match: `-${axis === "in" ? "i" : "o"} ${text}` };
  }
}

function draftAddress(axis: "source" | "destination", family: Family, text: string): Draft {
  if (!/^[0-9A-Fa-f.:/-]+$/.test(text)) return { problem: ADDRESS };
  if (text.includes("-")) {
    // In ip6tables the rules test the protocol before a range, and a chain of ranges after it: not the same for broken packets.
    if (family === "v6") return { problem: "is a range; write networks" };
    const side = axis === "source" ? "src" : "dst";
    return { match: `-m iprange --${side}-range ${text}` };
  }
  const address = parseAddress(text, family);
  if (address === "foreign")
    return { problem: `is no IP${family} address, and the rules of the group are for IP${family}` };
  if (typeof address === "string") return { problem: ADDRESS };
  const host = parseHost(text.replace(/\/.*$/, ""), family);
  if (typeof host === "string") return { problem: ADDRESS };
  if (printHost(host) !== printHost(address.address)) {
    const whole = printHost(host);
    return {
      problem: `has bits behind its mask: the network is ${printAddress(address)}, the host is ${whole}/${family === "v4" ? 32 : 128}`,
    };
  }
  const printed = printAddress(address);
  // iptables takes it for no test at all, and a member is a test.
  if (printed.endsWith("/0")) {
    const halves = family === "v4" ? "0.0.0.0/1 and 128.0.0.0/1" : "::/1 and 8000::/1";
    return { problem: `is every address, and no member can be: for all of them write ${halves}` };
  }
  return { match: `-${axis === "source" ? "s" : "d"} ${printed}` };
}

/** `tcp/443`, or the words of a plan: `udp sport 53 dport 1024:65535`. */
function draftService(family: Family, text: string): Draft {
  const slashed = /^([a-z0-9-]+)\/(\d+)(?:[-:](\d+))?$/.exec(text);
  if (slashed !== null) {
    const [, protocol, first, last] = slashed;
    return draftService(family, `${protocol} dport ${first}${last === undefined ? "" : `:${last}`}`);
  }
  const problem = EXPECTED.service;
  const [protocol = "", ...words] = text.split(" ");
  if (!/^[a-z0-9.-]+$/.test(protocol) || protocol.startsWith("-") || words.length % 2 !== 0)
    return { problem };
  const options: string[] = [];
  let isList = false;
  for (let at = 0; at < words.length; at += 2) {
    const [name = "", value = ""] = words.slice(at, at + 2);
    if (!/^[0-9][0-9:,/]*$/.test(value) || !["sport", "dport", "sports", "dports", "type"].includes(name))
      return { problem };
    isList ||= name.endsWith("s");
    options.push(`--${name === "type" ? typeOption(family) : name} ${value}`);
  }
  if (options.length === 0) return { match: `-p ${protocol}` };
  const isType = words.includes("type");
  const module = isList ? "multiport" : isType ? icmpModule(family) : protocol;
  return { match: `-p ${protocol} -m ${module} ${options.join(" ")}` };
}

function icmpModule(family: Family): string {
  return family === "v4" ? "icmp" : "icmp6";
}

function typeOption(family: Family): string {
  return family === "v4" ? "icmp-type" : "icmpv6-type";
}

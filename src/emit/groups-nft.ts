/**
 * Groups of a plan as named sets of nft, in a table of their own: `nft -f` loads them, and rules say `ip saddr @S_LAN accept`.
 */
import { parseProtocol } from "../model/protocols.ts";
import type { PortRange } from "../model/types.ts";
import { chainMembers } from "../plan/policy-change.ts";
import type { PlanGroup } from "../plan/types.ts";
import { type Exported, takeNames } from "./exported.ts";
import { readServiceMember } from "./service-member.ts";

/** A set of nft: its type and its elements. */
interface NftSet {
  readonly name: string;
  readonly type: string;
  readonly elements: readonly string[];
}

/** Groups of services become several sets, since a set of nft has elements of one type. */
export function exportNft(groups: readonly PlanGroup[]): Exported {
  const problems: string[] = [];
  const names = takeNames(groups, nftName);
  const sets = groups.map((group) => {
    const own =
      group.axis === "service"
        ? serviceSets(group, names.get(group)!, problems)
        : plainSets(group, names.get(group)!, problems);
    return { group, own };
  });
  const lines = sets.flatMap(({ group, own }) => [
    `  # ${group.name}: ${group.axis}`,
    ...own.flatMap(({ name, type, elements }) => [
      `  set ${name} {`,
      `    type ${type}`,
      "    flags interval",
      // What overlaps in a group is one interval in a set; in joined fields nothing overlaps.
      ...(type.includes(" . ") ? [] : ["    auto-merge"]),
      `    elements = { ${elements.join(", ")} }`,
      "  }",
    ]),
  ]);
  return { text: ["table inet markify {", ...lines, "}", ""].join("\n"), problems };
}

/** Without a capital letter it could be a word of nft's language. */
function nftName({ name }: PlanGroup): string {
  const word = name.replace(/[^A-Za-z0-9_]/g, "_");
  return /^[A-Za-z]/.test(word) && /[A-Z]/.test(word) ? word : `G_${word}`;
}

function plainSets(group: PlanGroup, name: string, problems: string[]): readonly NftSet[] {
  const members = chainMembers(group);
  if (group.axis === "in" || group.axis === "out") {
    const elements = members.map((member) =>
      JSON.stringify(member.endsWith("+") ? `${member.slice(0, -1)}*` : member),
    );
    return [{ name, type: "ifname", elements: [...new Set(elements)] }];
  }
  const odd = members.find((member) => !/^[0-9a-f.:]+(?:\/\d+)?$|^[0-9.]+-[0-9.]+$/.test(member));
  if (odd !== undefined) problems.push(`${group.name}: ${odd} has no form in a set of nft`);
  const type = members.some((member) => member.includes(":")) ? "ipv6_addr" : "ipv4_addr";
  return [
    {
      name,
      type,
      elements: members.map((member) => member.replace(type === "ipv4_addr" ? /\/32$/ : /\/128$/, "")),
    },
  ];
}

/** `tcp . 8000-8100` and its like: joined fields, of which the last one is an interval. */
interface Element {
  readonly head: string;
  readonly range: PortRange;
}

const ANY: PortRange = { first: 0, last: 65535 };

function serviceSets(group: PlanGroup, name: string, problems: string[]): readonly NftSet[] {
  const lists: Record<"ports" | "sources" | "icmp" | "icmpv6", Element[]> = {
    ports: [],
    sources: [],
    icmp: [],
    icmpv6: [],
  };
  const protocols = new Set<string>();
  for (const member of chainMembers(group)) {
    const service = readServiceMember(member);
    if (service === null) {
      problems.push(`${group.name}: "${member}" has no form in a set of nft`);
      continue;
    }
    const protocol = protocolName(service.protocol);
    const destinations = service.destination.length === 0 ? [ANY] : service.destination.map(readRange);
    if (service.icmp !== null) {
      const [type = "", code] = service.icmp.split("/");
      const range = code === undefined ? { first: 0, last: 255 } : readRange(code);
      lists[protocol === "icmp" ? "icmp" : "icmpv6"].push({ head: type, range });
    } else if (service.source.length > 0) {
      const source = printRange(readRange(service.source[0]!));
      for (const range of destinations) lists.sources.push({ head: `${protocol} . ${source}`, range });
    } else if (service.destination.length === 0) protocols.add(protocol);
    else for (const range of destinations) lists.ports.push({ head: protocol, range });
  }
  const heads = new Set(lists.sources.map(({ head }) => head.split(" . ")[0]!));
  // Two intervals of source ports could overlap, and nft takes such elements in some orders only.
  if (heads.size < new Set(lists.sources.map(({ head }) => head)).size)
    problems.push(`${group.name}: several source ports of one protocol have no form in a set of nft`);
  return [
    { name, type: "inet_proto . inet_service", elements: joinRanges(lists.ports) },
    {
      name: `${name}_sources`,
      type: "inet_proto . inet_service . inet_service",
      elements: joinRanges(lists.sources),
    },
    { name: `${name}_protocols`, type: "inet_proto", elements: [...protocols] },
    { name: `${name}_icmp`, type: "icmp_type . icmp_code", elements: joinRanges(lists.icmp) },
    { name: `${name}_icmpv6`, type: "icmpv6_type . icmpv6_code", elements: joinRanges(lists.icmpv6) },
  ].filter((set) => set.elements.length > 0);
}

/** Names that every host knows; a number for all others. */
function protocolName(name: string): string {
  return ["tcp", "udp", "icmp", "sctp"].includes(name) ? name : String(parseProtocol(name) ?? name);
}

/** `80`, `8000:8100`. */
function readRange(text: string): PortRange {
  const [first = "", last = first] = text.split(":");
  return { first: Number(first), last: Number(last) };
}

function printRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** Elements in which no interval overlaps another of the same head: nft does not take those. */
function joinRanges(elements: readonly Element[]): readonly string[] {
  const heads = [...new Set(elements.map(({ head }) => head))];
  return heads.flatMap((head) => {
    const ranges = elements.filter((element) => element.head === head).map(({ range }) => range);
    const joined: PortRange[] = [];
    for (const range of ranges.sort((one, other) => one.first - other.first)) {
      const last = joined.at(-1);
      if (last !== undefined && range.first <= last.last)
        joined[joined.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
      else joined.push(range);
    }
    return joined.map((range) => `${head} . ${printRange(range)}`);
  });
}

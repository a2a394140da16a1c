/**
 * Groups of a plan as named sets of nft, in a table of their own: `nft -f` loads them, and rules say `ip saddr @S_LAN accept`.
 */
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

/** Groups of services become up to three sets, since a set of nft has elements of one type. */
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
      // What overlaps in a group is one interval in a set; sets of joined fields can't be merged, and need not be.
      ...(type.includes(" . ") || type === "ifname" ? [] : ["    auto-merge"]),
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
  return [{ name, type, elements: members.map((member) => member.replace(/\/(?:32|128)$/, "")) }];
}

function serviceSets(group: PlanGroup, name: string, problems: string[]): readonly NftSet[] {
  const ports: string[] = [];
  const protocols: string[] = [];
  const types: string[] = [];
  const types6: string[] = [];
  const any = "0-65535";
  for (const member of chainMembers(group)) {
    const service = readServiceMember(member);
    if (service === null) problems.push(`${group.name}: "${member}" has no form in a set of nft`);
    else if (service.icmp !== null)
      (service.protocol === "icmp" ? types : types6).push(icmpElement(service.icmp));
    else if (service.source.length + service.destination.length === 0) protocols.push(service.protocol);
    else {
      const source = (service.source[0] ?? any).replace(":", "-");
      const destinations = service.destination.length === 0 ? [any] : service.destination;
      for (const range of destinations)
        ports.push(`${service.protocol} . ${source} . ${range.replace(":", "-")}`);
    }
  }
  // Most services say nothing of source ports.
  const isPlain = ports.every((element) => element.includes(` . ${any} . `));
  const elements = isPlain ? ports.map((element) => element.replace(` . ${any} . `, " . ")) : ports;
  const type = `inet_proto . inet_service${isPlain ? "" : " . inet_service"}`;
  return [
    { name, type, elements },
    { name: `${name}_protocols`, type: "inet_proto", elements: protocols },
    { name: `${name}_icmp`, type: "icmp_type . icmp_code", elements: types },
    { name: `${name}_icmpv6`, type: "icmpv6_type . icmpv6_code", elements: types6 },
  ].filter((set) => set.elements.length > 0);
}

function icmpElement(kind: string): string {
  const [type, code] = kind.split("/");
  return `${type} . ${code ?? "0-255"}`;
}

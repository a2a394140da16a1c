/**
 * Groups of a plan as plain YAML, and as variables for Ansible.
 */
import { chainMembers } from "../plan/policy-change.ts";
import { readServiceMember, type ServiceMember } from "./service-member.ts";
import type { PlanGroup } from "../plan/types.ts";
import { yamlScalar } from "../plan/yaml-text.ts";
import { type Exported, takeNames } from "./exported.ts";

/** Names, axes and members, as the plan has them. */
export function exportYaml(groups: readonly PlanGroup[]): Exported {
  const lines = groups.flatMap((group) => [
    `  ${yamlScalar(group.name)}:`,
    `    axis: ${group.axis}`,
    "    members:",
    ...chainMembers(group).map((member) => `      - ${yamlScalar(member)}`),
  ]);
  const text = groups.length === 0 ? "groups: {}\n" : `groups:\n${lines.join("\n")}\n`;
  return { text, problems: [] };
}

/** One variable a group: a list of texts, or for services a list of what the module ansible.builtin.iptables takes. */
export function exportAnsible(groups: readonly PlanGroup[]): Exported {
  const problems: string[] = [];
  const names = takeNames(groups, ({ name }) => {
    const word = name.toLowerCase().replace(/[^a-z0-9_]/g, "_");
    return /^[a-z]/.test(word) ? word : `group_${word}`;
  });
  const lines = groups.flatMap((group) => {
    const items = chainMembers(group).flatMap((member) => {
      if (group.axis !== "service") return [`  - ${yamlScalar(member)}`];
      const service = readServiceMember(member);
      if (service === null)
        problems.push(`${group.name}: "${member}" has no form in ansible.builtin.iptables`);
      return service === null ? [] : ansibleItem(service);
    });
    return [`# ${group.name}: ${group.axis}`, `${names.get(group)}:`, ...items];
  });
  return { text: `---\n${lines.map((line) => `${line}\n`).join("")}`, problems };
}

function ansibleItem({ protocol, source, destination, icmp, isList }: ServiceMember): readonly string[] {
  const fields = [`protocol: ${yamlScalar(protocol)}`];
  const text = (ranges: readonly string[]) => JSON.stringify(ranges.join(","));
  if (isList) {
    // The module has lists for destinations only; a service with a list of sources is none of `readServiceMember`'s.
    fields.push(
      "match: [multiport]",
      `destination_ports: [${destination.map((range) => JSON.stringify(range)).join(", ")}]`,
    );
  } else {
    if (source.length > 0) fields.push(`source_port: ${text(source)}`);
    if (destination.length > 0) fields.push(`destination_port: ${text(destination)}`);
  }
  if (icmp !== null) fields.push(`icmp_type: ${JSON.stringify(icmp)}`);
  return fields.map((field, at) => `${at === 0 ? "  - " : "    "}${field}`);
}

/**
 * The words of rules that all layouts need: what stands before a rule chain, before its services, and on its verdict line.
 */
import { headTexts } from "../../cluster/rest-form.ts";
import type { Axis } from "../../model/types.ts";
import { chainMembers } from "../../plan/policy-change.ts";
import type { MergedRule } from "../product.ts";
import type { RewrittenLine } from "../types.ts";

/** Order in which axes are tested: the service last, since its test may drop short packets. */
export const TEST_ORDER: readonly Axis[] = ["source", "destination", "in", "out", "service"];

/** The same where the old rules have tested the service first: then it drops those packets, too. */
const SERVICES_FIRST: readonly Axis[] = ["service", "source", "destination", "in", "out"];

/**
 * The axes of a rule's groups, in the order in which they are tested: those that its rests have before the others, so that packets have their bits where they leave; negated ones behind the others, since few
 * packets leave there. Only the service has a place of its own.
 */
export function testedAxes(
  { groups, negated, servicesFirst }: MergedRule,
  rests: readonly MergedRule[] = [],
): readonly Axis[] {
  const order = servicesFirst ? SERVICES_FIRST : TEST_ORDER;
  const axes = order.filter((axis) => groups.some((group) => group.axis === axis));
  const asking = (axis: Axis): number =>
    rests.filter((rest) => rest.groups.some((group) => group.axis === axis)).length;
  const rank = (axis: Axis): number => {
    if (axis === "service") return servicesFirst ? 0 : Number.POSITIVE_INFINITY;
    return 2 * (rests.length - asking(axis)) + (negated.includes(axis) ? 2 : 1);
  };
  return axes.sort((one, other) => rank(one) - rank(other));
}

/**
 * What stands before the jump to a service group. Matches that the flat rules evaluate between `-p` and the header test have to stay there, so
 * each protocol of the group gets a jump of its own.
 */
export function serviceGuards(merged: MergedRule): string[] {
  const { pre } = merged.template;
  if (pre === "") return [""];
  return groupProtocols(merged).map((protocol) => `-p ${protocol} ${pre}`);
}

function groupProtocols(merged: MergedRule): string[] {
  const group = merged.groups.find(({ axis }) => axis === "service");
  return [
    ...new Set((group === undefined ? [] : chainMembers(group)).map((member) => member.split(" ")[0]!)),
  ];
}

/** Header matches that no group of the rule covers, in iptables-save's order: addresses, interfaces, fragment, then modules. */
export function headMatches({ template, groups }: MergedRule): string[] {
  return sortHeader(headTexts({ axes: groups.map(({ axis }) => axis), template }));
}

/** In the order in which iptables-save prints them. */
export function sortHeader(texts: readonly string[]): string[] {
  return [...texts].sort((left, right) => headRank(left) - headRank(right));
}

/** The protocol of a service, and the matches of its header. */
export function splitService(text: string): readonly [protocol: string, header: string] {
  const [protocol = "", header = ""] = text.split(/ (?=-m )(.*)/s);
  return [protocol, header];
}

function headRank(text: string): number {
  const options = ["-s", "-d", "-i", "-o", "-f"];
  const at = options.indexOf(text.replace(/^! /, "").slice(0, 2));
  return at === -1 ? options.length : at;
}

/** What is left for the verdict line. */
export function verdictWords(merged: MergedRule): {
  readonly protocol: string;
  readonly rest: string;
  readonly target: string;
} {
  const { template } = merged;
  const target = template.rule.target.text;
  if (!merged.groups.some(({ axis }) => axis === "service"))
    return { protocol: "", rest: template.tail, target };
  // Who is in none of the services may have any protocol.
  const protocols = merged.negated.includes("service") ? [] : groupProtocols(merged);
  // tcp-reset and others demand their protocol in the same rule; it has been tested already, so it changes nothing.
  const needed = template.rule.target.kind === "extension" || template.post !== "";
  const protocol = needed && protocols.length === 1 ? `-p ${protocols[0]}` : "";
  return { protocol, rest: template.post, target };
}

/** A line; empty words are left out. */
export function line(origins: readonly number[], ...words: readonly string[]): RewrittenLine {
  return { text: words.filter((word) => word !== "").join(" "), origins };
}

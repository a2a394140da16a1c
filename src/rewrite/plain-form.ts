/**
 * A policy rule in which a person has turned a group round, as rules that anybody can read, without marks: a chain that sends exceptions back, and every combination of the other members behind it.
 */
import type { Axis } from "../model/types.ts";
import { chainMembers } from "../plan/policy-change.ts";
import { headMatches, sortHeader, splitService } from "./layouts/words.ts";
import type { MergedRule } from "./product.ts";

/** A line; `chain` is empty for the declaration. */
export interface PlainLine {
  readonly chain: string;
  readonly text: string;
}

/** The lines: the declaration where `isDeclared` is not set, the calls, the chain. */
export function makePlainForm(merged: MergedRule, owner: string, isDeclared: boolean): readonly PlainLine[] {
  const { policy, groups, negated, template, servicesFirst } = merged;
  const { name } = policy;
  const own = groups.filter(({ axis }) => !negated.includes(axis));
  const service = own.find(({ axis }) => axis === "service");
  const texts = (axis: Axis, members: readonly string[]) =>
    members.map((member) => merged.memberTexts[axis]!.get(member)!);
  const services =
    service === undefined
      ? []
      : texts("service", chainMembers(service)).map((text) => serviceWords(text, template.pre));
  const rest = service === undefined ? template.tail : template.post;
  const head = headMatches(merged).join(" ");
  const line = (chain: string, ...words: readonly string[]): PlainLine => ({
    chain,
    text: ["-A", chain, ...words].filter((word) => word !== "").join(" "),
  });
  const before = servicesFirst && services.length > 0 ? services : [""];
  const behind = servicesFirst || services.length === 0 ? [""] : services;
  const others = own
    .filter(({ axis }) => axis !== "service")
    .map((group) => texts(group.axis, chainMembers(group)));
  const combinations = others.reduce<readonly (readonly string[])[]>(
    (all, list) => all.flatMap((texts) => list.map((text) => [...texts, text])),
    [[]],
  );
  return [
    ...(isDeclared ? [] : [{ chain: "", text: `:${name} - [0:0]` }]),
    ...before.map((words) => line(owner, head, words, "-j", name)),
    ...groups
      .filter(({ axis }) => negated.includes(axis))
      .flatMap((group) =>
        texts(group.axis, chainMembers(group)).map((text) => line(name, text, "-j RETURN")),
      ),
    ...combinations.flatMap((texts) =>
      behind.map((words) => line(name, ...sortHeader(texts), words, rest, template.rule.target.text)),
    ),
  ];
}

/** What stands between the protocol and the ports of a flat rule. */
function serviceWords(text: string, pre: string): string {
  const [protocol, header] = splitService(text);
  return [protocol, pre, header].filter((word) => word !== "").join(" ");
}

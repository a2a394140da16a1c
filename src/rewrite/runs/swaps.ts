/**
 * Which policy rules may swap, answered on the safe side: those whose flat rules all may (`cluster/conflicts.ts`). Addresses are compared group by group, so that not every flat rule is
 * compared with every other.
 */
import { type Traits, traitsConflict, traitsOf } from "../../cluster/conflicts.ts";
import { findFeatures } from "../../cluster/features.ts";
import { addressesOverlap } from "../../cluster/regions.ts";
import { parseAddress } from "../../model/address.ts";
import { ruleOfText } from "../../model/rule-of-text.ts";
import { AXES, type AddressMask, type Axis, type Family } from "../../model/types.ts";
import type { MergedRule } from "../product.ts";
import type { MaySwap } from "./arrange.ts";

/** What is compared of a policy rule. */
interface Profile {
  /** Of its flat rules; null where they differ, or can't be read. */
  readonly classKey: string | null;
  /** Addresses aside, by service. */
  readonly traits: readonly Traits[] | null;
  readonly sources: readonly (AddressMask | null)[];
  readonly destinations: readonly (AddressMask | null)[];
}

/** Makes the question; it remembers what it found out. */
export function makeSwaps(family: Family): MaySwap {
  const profiles = new Map<MergedRule, Profile>();
  const lists = new Map<string, readonly (AddressMask | null)[]>();
  const overlaps = new Map<readonly (AddressMask | null)[], Map<readonly (AddressMask | null)[], boolean>>();
  const profileOf = (rule: MergedRule): Profile => {
    const known = profiles.get(rule);
    if (known !== undefined) return known;
    const profile = describe(rule, family, lists);
    profiles.set(rule, profile);
    return profile;
  };
  const overlap = (
    one: readonly (AddressMask | null)[],
    other: readonly (AddressMask | null)[],
  ): boolean => {
    const known = overlaps.get(one) ?? new Map<readonly (AddressMask | null)[], boolean>();
    overlaps.set(one, known);
    const found = known.get(other) ?? one.some((left) => other.some((right) => addressesOverlap(left, right)));
    known.set(other, found);
    return found;
  };
  return (one, other) => {
    const [left, right] = [profileOf(one), profileOf(other)];
    if (left.classKey !== null && left.classKey === right.classKey) return true;
    if (!overlap(left.sources, right.sources) || !overlap(left.destinations, right.destinations))
      return true;
    if (left.traits === null || right.traits === null) return false;
    const theirs = right.traits;
    return !left.traits.some((mine) => theirs.some((each) => traitsConflict(mine, each)));
  };
}

function describe(
  rule: MergedRule,
  family: Family,
  lists: Map<string, readonly (AddressMask | null)[]>,
): Profile {
  const members = [...(rule.memberTexts.service?.values() ?? [""])];
  const flat = members.map((service) => {
    const read = ruleOfText(sampleText(rule, service), family);
    const features = read === null ? null : findFeatures(read, family);
    return features?.kind === "movable" ? features : null;
  });
  const known = flat.flatMap((each) => each ?? []);
  const isKnown = known.length === flat.length;
  const keys = new Set(known.map(({ classKey }) => classKey));
  const addresses = (axis: "source" | "destination"): readonly (AddressMask | null)[] => {
    const texts = [...(rule.memberTexts[axis]?.keys() ?? tokenKeys(rule, axis))];
    const key = texts.join(" ");
    const list = lists.get(key) ?? texts.map((text) => readAddress(text, family));
    lists.set(key, list);
    return list;
  };
  return {
    classKey: isKnown && keys.size === 1 ? [...keys][0]! : null,
    // Which interfaces it is about is in no sample of a group.
    traits: isKnown ? known.map((each) => withoutInterfaces(traitsOf(each), rule)) : null,
    sources: addresses("source"),
    destinations: addresses("destination"),
  };
}

/** One of its flat rules, with this service, without addresses. */
function sampleText({ memberTexts, template, groups }: MergedRule, service: string): string {
  const grouped = groups.some(({ axis }) => axis === "service");
  const interfaces = (["in", "out"] as const).flatMap(
    (axis) => [...(memberTexts[axis]?.values() ?? [])][0] ?? template.tokens[AXES.indexOf(axis)]?.text ?? [],
  );
  const rest = grouped ? withPre(service, template.pre, template.post) : template.tail;
  return [...interfaces, ...template.guard, rest, template.rule.target.text]
    .filter((word) => word !== "")
    .join(" ");
}

/** What stands between the protocol and the ports goes there. */
function withPre(service: string, pre: string, post: string): string {
  const [, protocol = "", ports = ""] = /^(-p \S+)(.*)$/.exec(service) ?? [];
  return `${protocol} ${pre}${ports} ${post}`.replace(/ +/g, " ").trim();
}

function withoutInterfaces(traits: Traits, { groups }: MergedRule): Traits {
  const grouped = (axis: Axis): boolean => groups.some((group) => group.axis === axis);
  const { region } = traits;
  return {
    ...traits,
    region: {
      ...region,
      in: grouped("in") ? null : region.in,
      out: grouped("out") ? null : region.out,
    },
  };
}

/** The one member that all its flat rules have on an axis, or any. */
function tokenKeys({ template }: MergedRule, axis: Axis): readonly string[] {
  return [template.tokens[AXES.indexOf(axis)]?.key ?? ""];
}

/** Null: any, or not known. */
function readAddress(text: string, family: Family): AddressMask | null {
  const read = parseAddress(text, family);
  return typeof read === "string" ? null : read;
}

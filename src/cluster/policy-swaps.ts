/**
 * Which policy rules may swap with each other, or with a flat rule, answered on the safe side: where all their flat rules may (`conflicts.ts`). Addresses are compared group by group, so
 * that not every flat rule is compared with every other.
 */
import { parseAddress } from "../model/address.ts";
import { ruleOfText } from "../model/rule-of-text.ts";
import { AXES, type AddressMask, type Axis, type Family } from "../model/types.ts";
import { addressesOf, type Traits, traitsConflict, traitsOf } from "./conflicts.ts";
import { findFeatures, type Movable } from "./features.ts";
import { addressesOverlap } from "./regions.ts";

/** A policy rule as far as it counts here. */
export interface PolicyShape {
  readonly template: Movable;
  /** For each of its groups the text that tests a member, by member. */
  readonly memberTexts: Readonly<Partial<Record<Axis, ReadonlyMap<string, string>>>>;
}

/** Null: any, or not known. */
type AddressList = readonly (AddressMask | null)[];

/** What is compared. */
interface Profile {
  /** Of the flat rules; null where they differ, or can't be read. */
  readonly classKey: string | null;
  /** Addresses aside, by service; null: not known. */
  readonly traits: readonly Traits[] | null;
  readonly sources: AddressList;
  readonly destinations: AddressList;
}

/** Answers, and remembers what it found out. */
export class PolicySwaps {
  readonly #family: Family;
  readonly #profiles = new Map<PolicyShape | Movable, Profile>();
  readonly #lists = new Map<string, AddressList>();
  readonly #overlaps = new Map<AddressList, Map<AddressList, boolean>>();

  constructor(family: Family) {
    this.#family = family;
  }

  /** The class of all its flat rules (`Movable.classKey`); null where they have none in common. */
  classKeyOf(policy: PolicyShape): string | null {
    return this.#profileOf(policy).classKey;
  }

  /** Whether every packet fares the same with both in either order. */
  maySwap(one: PolicyShape | Movable, other: PolicyShape | Movable): boolean {
    const [left, right] = [this.#profileOf(one), this.#profileOf(other)];
    if (left.classKey !== null && left.classKey === right.classKey) return true;
    const isApart =
      !this.#overlap(left.sources, right.sources) || !this.#overlap(left.destinations, right.destinations);
    if (isApart) return true;
    if (left.traits === null || right.traits === null) return false;
    const theirs = right.traits;
    return !left.traits.some((mine) => theirs.some((each) => traitsConflict(mine, each)));
  }

  #overlap(one: AddressList, other: AddressList): boolean {
    const known = this.#overlaps.get(one) ?? new Map<AddressList, boolean>();
    this.#overlaps.set(one, known);
    const found =
      known.get(other) ?? one.some((left) => other.some((right) => addressesOverlap(left, right)));
    known.set(other, found);
    return found;
  }

  #profileOf(rule: PolicyShape | Movable): Profile {
    const known = this.#profiles.get(rule);
    if (known !== undefined) return known;
    const profile = "template" in rule ? this.#describe(rule) : describeFlat(rule);
    this.#profiles.set(rule, profile);
    return profile;
  }

  #describe(rule: PolicyShape): Profile {
    const services = [...(rule.memberTexts.service?.values() ?? [""])];
    const flat = services.map((service) => {
      const read = ruleOfText(sampleText(rule, service), this.#family);
      const features = read === null ? null : findFeatures(read, this.#family);
      return features?.kind === "movable" ? features : null;
    });
    const known = flat.flatMap((each) => each ?? []);
    const isKnown = known.length === flat.length;
    const keys = new Set(known.map(({ classKey }) => classKey));
    return {
      classKey: isKnown && keys.size === 1 ? [...keys][0]! : null,
      traits: isKnown ? known.map((each) => withoutInterfaces(traitsOf(each), rule)) : null,
      sources: this.#addresses(rule, "source"),
      destinations: this.#addresses(rule, "destination"),
    };
  }

  /** One list for each set, so that answers about it are found again. */
  #addresses({ memberTexts, template }: PolicyShape, axis: "source" | "destination"): AddressList {
    const single = template.tokens[AXES.indexOf(axis)]?.key ?? "";
    const keys = [...(memberTexts[axis]?.keys() ?? [single])];
    const name = keys.join(" ");
    const known = this.#lists.get(name);
    if (known !== undefined) return known;
    const list = keys.map((text) => {
      const read = parseAddress(text, this.#family);
      return typeof read === "string" ? null : read;
    });
    this.#lists.set(name, list);
    return list;
  }
}

function describeFlat(rule: Movable): Profile {
  const { source, destination } = addressesOf(rule);
  const { classKey } = rule;
  return { classKey, traits: [traitsOf(rule)], sources: [source], destinations: [destination] };
}

/** One of its flat rules, with this service, without addresses. */
function sampleText({ memberTexts, template }: PolicyShape, service: string): string {
  const interfaces = (["in", "out"] as const).flatMap(
    (axis) => [...(memberTexts[axis]?.values() ?? [])][0] ?? template.tokens[AXES.indexOf(axis)]?.text ?? [],
  );
  const { guard, pre, post, tail, rule } = template;
  const rest = memberTexts.service === undefined ? tail : withPre(service, pre, post);
  return [...interfaces, ...guard, rest, rule.target.text].filter((word) => word !== "").join(" ");
}

/** What is tested between the protocol and the ports goes there. */
function withPre(service: string, pre: string, post: string): string {
  const [, protocol = "", ports = ""] = /^(-p \S+)(.*)$/.exec(service) ?? [];
  return `${protocol} ${pre}${ports} ${post}`.replace(/ +/g, " ").trim();
}

/** Which interfaces a group has is in no sample. */
function withoutInterfaces(traits: Traits, { memberTexts }: PolicyShape): Traits {
  const { region } = traits;
  return {
    ...traits,
    region: {
      ...region,
      in: memberTexts.in === undefined ? region.in : null,
      out: memberTexts.out === undefined ? region.out : null,
    },
  };
}

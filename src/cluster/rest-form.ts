/**
 * When a policy rule can be the rest of another one: what the flat rules say, right behind it, about packets that are in some of its groups. Its verdict stands in the other one's rule chain then, at the
 * ways out of packets that have these groups' bits, so that no group is asked twice.
 */
import { AXES, type Axis } from "../model/types.ts";
import { isLog, type Movable } from "./features.ts";

/** A policy rule as far as it counts here. */
export interface RestShape {
  /** Axes that it has groups on. */
  readonly axes: readonly Axis[];
  /** Those of them whose group is negated. */
  readonly negated: readonly Axis[];
  /** What tells a group from others of its axis. */
  readonly groupOf: (axis: Axis) => string;
  readonly template: Movable;
  /** False where its rule chain has more than its groups' tests: combinations that leave, services before addresses, parts of lines. */
  readonly isPlain: boolean;
}

/** Levels of rests that have a chain of their own, at most: each is one chain deeper. */
const MOST_LEVELS = 3;

/**
 * Whether a policy rule can stand behind `head` and the rests that `head` has already, in their order: it asks for nothing but groups of `head`, and for no more of them than the rest before it; every packet
 * that it is for comes to that place. That it may be moved there is another question.
 */
export function canBeRest(head: RestShape, rests: readonly RestShape[], next: RestShape): boolean {
  const before = rests.at(-1) ?? head;
  const isWhole = next.axes.length === head.axes.length;
  const levels = new Set([...rests, next].map(({ axes }) => axes.length));
  levels.delete(head.axes.length);
  return (
    head.isPlain &&
    next.isPlain &&
    mayLead(head) &&
    decides(next) &&
    next.axes.every((axis) => before.axes.includes(axis)) &&
    next.axes.every((axis) => isSameGroup(head, next, axis)) &&
    // Services are asked last, and header tests in front of their ports with them.
    (isWhole ? head.template.pre === next.template.pre : !next.axes.includes("service")) &&
    // Behind what decides about all packets, nobody comes.
    (next.axes.length < before.axes.length || goesOn(before) || extraTexts(head, before).length > 0) &&
    // Two of the same are one to whoever reads the chain again.
    next.template.rule.target.text !== before.template.rule.target.text &&
    headTexts(head).every((text) => headTexts(next).includes(text)) &&
    levels.size <= MOST_LEVELS
  );
}

/** Chains below the rule chain that rests of `head` take, at most. */
export function restLevels(head: RestShape, rests: readonly RestShape[]): number {
  const levels = new Set(rests.map(({ axes }) => axes.length));
  levels.delete(head.axes.length);
  return levels.size;
}

/** What is tested before the groups: matches that no group can hold, and single addresses and interfaces. */
export function headTexts({ axes, template }: Pick<RestShape, "axes" | "template">): readonly string[] {
  const single = AXES.flatMap((axis, at) => {
    const token = template.tokens[at];
    const isTested = axis !== "service" && !axes.includes(axis) && token !== null && token !== undefined;
    return isTested ? [token.text] : [];
  });
  return [...template.guard, ...single];
}

/** What a rest of `head` tests of addresses and interfaces that `head` does not. */
export function extraTexts(head: RestShape, rest: RestShape): readonly string[] {
  const known = headTexts(head);
  return headTexts(rest).filter((text) => !known.includes(text));
}

/** What is tested after them, on the line of the verdict. */
export function tailText({ axes, template }: Pick<RestShape, "axes" | "template">): string {
  return axes.includes("service") ? template.post : template.tail;
}

/** Whether packets that are in all of its groups may go on behind its verdict. */
export function goesOn(shape: RestShape): boolean {
  const { target } = shape.template.rule;
  return isLog(target) || target.kind === "jump" || tailText(shape) !== "";
}

function mayLead({ template }: RestShape): boolean {
  const { target } = template.rule;
  return target.kind !== "verdict" || target.verdict !== "RETURN";
}

/** A chain that is called may come back with marks that it has set itself. */
function decides({ template }: RestShape): boolean {
  const { target } = template.rule;
  if (target.kind === "verdict") return target.verdict !== "RETURN";
  return isLog(target) || (target.kind === "extension" && target.ends === "always");
}

function isSameGroup(head: RestShape, next: RestShape, axis: Axis): boolean {
  return (
    head.groupOf(axis) === next.groupOf(axis) && head.negated.includes(axis) === next.negated.includes(axis)
  );
}

/**
 * Sets that a person has named elsewhere, in a form that makes them comparable: intervals on lanes. Addresses have a lane a family, ports one for each
 * protocol and source port range; so `10.0.0.0/31` and its two hosts are one set, and so are ports 80:81 and 80,81.
 */

/** A piece of a set: all numbers from `first` to `last`, both inclusive. */
export interface Interval {
  /** What the numbers are: `v4`, `v6`, or a service as `serviceLane` makes it. */
  readonly lane: string;
  readonly first: bigint;
  readonly last: bigint;
}

/** One member of a named set, as a person would write it. */
export interface NamedMember extends Interval {
  readonly text: string;
}

/** A set with the name that a person gave it. */
export interface NamedSet {
  readonly name: string;
  readonly kind: "address" | "service";
  /** A group of objects, other than a single host, network or service. */
  readonly isGroup: boolean;
  /** From the library that comes with the tool: goes after a person's own. */
  readonly isStandard: boolean;
  /** Not empty. Members may overlap, none is there twice. */
  readonly members: readonly NamedMember[];
}

/** Intervals in order, those that touch or overlap made one. */
export function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = [...intervals].sort(
    (one, other) => compare(one.lane, other.lane) || compare(one.first, other.first),
  );
  const merged: Interval[] = [];
  for (const interval of sorted) {
    const open = merged.at(-1);
    if (open === undefined || open.lane !== interval.lane || interval.first > open.last + 1n) {
      merged.push(interval);
    } else if (interval.last > open.last) {
      merged[merged.length - 1] = { ...open, last: interval.last };
    }
  }
  return merged;
}

/** Equal keys: the same set, however it is written. */
export function intervalsKey(intervals: readonly Interval[]): string {
  return mergeIntervals(intervals).map(intervalKey).join(" ");
}

/** Equal keys: the same interval. */
export function intervalKey({ lane, first, last }: Interval): string {
  return `${lane}=${first}-${last}`;
}

function compare<Value extends string | bigint>(one: Value, other: Value): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

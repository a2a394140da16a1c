/**
 * All names that a set of members could have, best first. A name depends on the set, never on the order of its members.
 */
import type { Axis } from "../../model/types.ts";
import { nameByComment, type SharedComment } from "./comment-names.ts";
import { nameServices } from "./service-names.ts";
import { ServiceTable } from "./service-table.ts";
import type { FoundName, NameBase } from "./sources.ts";

/** Prefixes of chain names, after the article. */
export const PREFIX: Readonly<Record<Axis, string>> = {
  source: "S",
  destination: "D",
  service: "SRV",
  in: "I",
  out: "O",
};

/** A set that needs a name. */
export interface NamelessSet {
  readonly axis: Axis;
  readonly members: readonly string[];
  /** What all rules that it is in say of themselves, where they do. */
  readonly comment: SharedComment | null;
  /** Whether each of these rules has this set alone. */
  readonly isAlone: boolean;
}

const SHIPPED = new ServiceTable();

/** How many interfaces a name lists before it only counts them. */
const MOST_LISTED = 3;

/** The names, each from another source; the last is there always. */
export function findSetNames(set: NamelessSet, base: NameBase): readonly [FoundName, ...FoundName[]] {
  const { axis, members } = set;
  const [first, ...rest] = [
    ...findKnown(axis, members, base),
    ...findCommented(set),
    ...findHosts(axis, members, base),
    ...findMade(axis, members, base),
  ];
  const last: FoundName = { names: [PREFIX[axis]], from: "number" };
  return first === undefined ? [last] : [first, ...rest, last];
}

function findKnown(axis: Axis, members: readonly string[], { known }: NameBase): readonly FoundName[] {
  const found = known?.find(axis, members) ?? null;
  const plain = found === null ? "" : chainNameOf(found.name);
  if (found === null || plain === "") return [];
  // Only the very set may go by the name itself: a group that lacks a member must not look complete.
  const wanted = found.isExact ? plain : `like-${plain}`;
  const note = found.note === undefined ? {} : { note: found.note };
  // One object may be a source here and a destination there: those are two groups.
  const names = [wanted, `${PREFIX[axis]}-${wanted}`] as const;
  return [{ names, from: found.isExact ? "fwbuilder" : "fwbuilder-near", ...note }];
}

/** A comment is about a rule as a whole. It names the hosts in it for want of something better; services and interfaces have better names, unless there is nothing else that it could be about. */
function findCommented({ axis, comment, isAlone }: NamelessSet): readonly FoundName[] {
  const isHosts = axis === "source" || axis === "destination";
  const found = comment !== null && (isHosts || isAlone) ? nameByComment(PREFIX[axis], comment) : null;
  return found === null ? [] : [{ names: [found.name], from: "comment", note: found.note }];
}

function findHosts(axis: Axis, members: readonly string[], { hosts }: NameBase): readonly FoundName[] {
  const found = axis === "source" || axis === "destination" ? (hosts?.find(members) ?? null) : null;
  return found === null
    ? []
    : [{ names: [`${PREFIX[axis]}-${found.stem}`], from: "hosts", note: found.note }];
}

function findMade(
  axis: Axis,
  members: readonly string[],
  { services = SHIPPED }: NameBase,
): readonly FoundName[] {
  const prefix = PREFIX[axis];
  if (axis === "service") {
    const { stem, from } = nameServices(members, services);
    return [{ names: [`${prefix}-${stem}`], from }];
  }
  if (axis === "in" || axis === "out")
    return [{ names: [`${prefix}-${nameInterfaces(members)}`], from: "interface" }];
  const stem = nameNetwork(members);
  return stem === null ? [] : [{ names: [`${prefix}-${stem}`], from: "network" }];
}

/** A person's name with what chains can't have made `_`, without accents; empty where next to nothing would be left of it. */
function chainNameOf(name: string): string {
  const safe = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9_.+-]+/g, "_")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9+]+$/g, "");
  return /[A-Za-z0-9]/.test(safe) && safe.length * 2 >= name.length ? safe : "";
}

/** The part of the address that all members share, in whole octets (v4) or 16-bit groups (v6); null where they share none. */
function nameNetwork(members: readonly string[]): string | null {
  const v6 = members.some((member) => member.includes(":"));
  const parts = members.map((member) => {
    const address = member.replace(/[/-].*$/, "");
    return v6 ? expandHextets(address) : address.split(".");
  });
  const shared: string[] = [];
  for (let at = 0; at < (v6 ? 4 : 3); at++) {
    const part = parts[0]![at];
    if (part === undefined || parts.some((list) => list[at] !== part)) break;
    shared.push(part);
  }
  return shared.length === 0 ? null : shared.join("-");
}

/** `2001:db8::1` to its leading groups; what `::` stands for is 0. */
function expandHextets(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const front = head === "" ? [] : head.split(":");
  if (tail === undefined) return front;
  const back = tail === "" ? [] : tail.split(":");
  return [...front, ...new Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back];
}

function nameInterfaces(members: readonly string[]): string {
  const names = [...members]
    .sort()
    .map((member) => member.replace(/\+/g, "any").replace(/[^A-Za-z0-9_.]/g, "_"));
  return names.length <= MOST_LISTED ? names.join("-") : `${names[0]}-and-${names.length - 1}`;
}

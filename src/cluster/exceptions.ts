/**
 * What keeps packets out of a policy rule whose groups have combinations that no rule says: lines of its rule chain that let them leave.
 *
 * A combination that another one of the policy rule contains needs none: its packets are let through anyway. Where another one overlaps it, packets of that one have to stay, and are named
 * first. Services that are missing for an address, with all others of their protocol, leave by the protocol before any service is tested: no flat rule reads the header of these packets,
 * and a test of a service drops one with a short header. All others leave behind the services.
 */
import type { Axis } from "../model/types.ts";
import { MemberRelations } from "./member-relations.ts";

/** The groups of a policy rule, and the combinations of their members, one of each group, that are missing. */
export interface Combinations {
  readonly axes: readonly Axis[];
  /** For each of the axes. */
  readonly members: readonly (readonly string[])[];
  readonly missing: readonly (readonly string[])[];
}

/** A line that tells packets apart. */
export interface Exception {
  /** For each of the axes the member that is tested; null: none. */
  readonly cell: readonly (string | null)[];
  /** Tested instead of a service; null where one is, or nothing. */
  readonly protocol: string | null;
  /** Whether its packets stay in the rule chain, whatever lines below say. */
  readonly stays: boolean;
}

/** Lines in their order. */
export interface Exceptions {
  /** Before services are tested. */
  readonly before: readonly Exception[];
  /** Behind all groups. */
  readonly after: readonly Exception[];
}

/** Finds them; `relations` may know members of others. */
export function findExceptions(
  { axes, members, missing }: Combinations,
  relations = new MemberRelations(),
): Exceptions {
  const cells = new Cells({ axes, members, missing }, relations);
  const service = axes.indexOf("service");
  const [early, late]: [Exception[], Exception[]] = [[], []];
  for (const cell of cells.missing) {
    const protocol = service === -1 ? null : protocolOf(cell[service]!);
    const others =
      service === -1 ? [] : members[service]!.filter((other) => cells.has(cell.with(service, other)));
    if (service === -1 || others.some((other) => protocolOf(other) === protocol))
      late.push({ cell, protocol: null, stays: false });
    else {
      // Nothing at all is said for the address, or nothing of the protocol.
      const open = (cell as readonly (string | null)[]).with(service, null);
      early.push({ cell: open, protocol: others.length === 0 ? null : protocol, stays: false });
    }
  }
  return { before: withStays(distinct(early), cells), after: withStays(late, cells) };
}

/** How many rules they take: with lines for packets that stay, they are a chain of their own, which is called, and left by a test of the bits. */
export function countExceptionRules({ before, after }: Exceptions): number {
  return [before, after].reduce(
    (count, lines) => count + lines.length + (lines.some(({ stays }) => stays) ? 2 : 0),
    0,
  );
}

/** What is said, and what is not; a class because it looks up which cells overlap others. */
class Cells {
  /** Those that no other cell contains. */
  readonly missing: readonly (readonly string[])[];
  readonly #members: readonly (readonly string[])[];
  #absent: ReadonlySet<string>;
  /** By axis and member, those that contain it, and those that have packets in common with it. */
  readonly #around = new Map<
    string,
    { readonly containing: readonly string[]; readonly overlapping: readonly string[] }
  >();

  constructor({ axes, members, missing }: Combinations, relations: MemberRelations) {
    this.#members = members;
    members.forEach((list, at) => {
      for (const member of list) {
        const axis = axes[at]!;
        const containing = list.filter((other) => relations.contains(axis, other, member) === true);
        const overlapping = list.filter((other) => relations.overlap(axis, other, member));
        this.#around.set(`${at} ${member}`, { containing, overlapping });
      }
    });
    this.#absent = new Set(missing.map(keyOf));
    this.missing = missing.filter((cell) => {
      const wider = cell.map((member, at) => this.#around.get(`${at} ${member}`)!.containing);
      return !combine(wider).some((other) => this.has(other));
    });
    this.#absent = new Set(this.missing.map(keyOf));
  }

  has(cell: readonly string[]): boolean {
    return !this.#absent.has(keyOf(cell));
  }

  /** Cells with packets of an exception. */
  overlapping({ cell, protocol }: Exception): readonly (readonly string[])[] {
    const near = cell.map((member, at) =>
      member === null
        ? this.#members[at]!.filter((service) => protocol === null || protocolOf(service) === protocol)
        : this.#around.get(`${at} ${member}`)!.overlapping,
    );
    return combine(near).filter((other) => this.has(other));
  }
}

function combine(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  let found: readonly (readonly string[])[] = [[]];
  for (const list of lists) found = found.flatMap((start) => list.map((member) => [...start, member]));
  return found;
}

/** The lines with those before them whose packets have to stay. */
function withStays(leaving: readonly Exception[], cells: Cells): readonly Exception[] {
  const stays = leaving.flatMap((exception) =>
    cells.overlapping(exception).map((cell): Exception => {
      // Where services are not tested yet, by the protocol: for others of the same address, nothing may be said.
      const at = exception.cell.indexOf(null);
      if (at === -1) return { cell, protocol: null, stays: true };
      const open = (cell as readonly (string | null)[]).with(at, null);
      return { cell: open, protocol: protocolOf(cell[at]!), stays: true };
    }),
  );
  return [...distinct(stays), ...leaving];
}

function distinct(exceptions: readonly Exception[]): readonly Exception[] {
  return [...new Map(exceptions.map((each) => [JSON.stringify(each), each])).values()];
}

/** The first word of a service. */
export function protocolOf(service: string): string {
  return service.split(" ")[0]!;
}

function keyOf(cell: readonly string[]): string {
  return cell.join("\u0000");
}

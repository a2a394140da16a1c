/**
 * Where in the kernel a packet is that was seen: to this host, from it, or through it, and by which interfaces. The routes of the host say which addresses are its own; without them
 * nobody can tell.
 */
import type { Routes } from "../cost/traffic/routes.ts";
import type { Family } from "../model/types.ts";
import { FIELD } from "../verify/sample/packet.ts";
import { passed, type Unjudged, unjudged, wordsOf } from "./frame/frame.ts";

/** Which hooks a packet meets. */
export type Way = "INPUT" | "FORWARD" | "OUTPUT" | "LOOPBACK";

/** The way, and its interfaces: null where one is not known, empty where there is none. */
export interface Place {
  readonly way: Way;
  readonly in: string | null;
  readonly out: string | null;
}

/** How a packet was seen. */
export interface Sighting {
  readonly device: string | null;
  readonly direction: "in" | "out" | null;
}

const NO_ROUTES = unjudged(
  "nothing says which addresses are this host's own (--routes with the output of 'ip route show table all', or --this-host)",
);
const MARTIAN = passed(
  "they come in with an address of this host as their source: the kernel drops them before most rules",
);
const UNEXPLAINED = unjudged("no route explains what they do at the interface of the capture");
const BESIDE = unjudged("both ends are reached by one interface: they hardly pass through this host");

/** Addresses that are remembered at once. */
const MOST_ADDRESSES = 200_000;

/** Finds places; a class because it guards what it found for addresses before. */
export class Whereabouts {
  readonly #family: Family;
  readonly #routes: Routes;
  readonly #devices = new Map<number | string, string | null>();

  constructor(family: Family, routes: Routes) {
    this.#family = family;
    this.#routes = routes;
  }

  /** The place of a packet, by its addresses. */
  find(fields: Int32Array, seen: Sighting): Place | Unjudged {
    if (this.#routes.isEmpty) return NO_ROUTES;
    const from = this.#deviceOf(fields, FIELD.SOURCE);
    const to = this.#isToMany(fields) ? "" : this.#deviceOf(fields, FIELD.DESTINATION);
    const { device, direction } = seen;
    if (from === "") {
      if (direction === "in" && device !== null && device !== "lo") return MARTIAN;
      if (to === "" && !this.#isToMany(fields))
        return device === null || device === "lo" ? LOOPBACK : UNEXPLAINED;
      return { way: "OUTPUT", in: "", out: device ?? this.#deviceOf(fields, FIELD.DESTINATION) };
    }
    const back = this.#isSaidByRoutes(fields) ? from : null;
    if (to === "") return direction === "out" ? UNEXPLAINED : { way: "INPUT", in: device ?? back, out: "" };
    return findForward(seen, back, to);
  }

  #deviceOf(fields: Int32Array, at: number): string | null {
    const count = wordsOf(this.#family);
    const key = count === 1 ? fields[at]! : fields.subarray(at, at + count).join();
    const known = this.#devices.get(key);
    if (known !== undefined) return known;
    const words = Array.from(fields.subarray(at, at + count), (word) => word >>> 0);
    const device = this.#routes.deviceAt(words);
    if (this.#devices.size >= MOST_ADDRESSES) this.#devices.clear();
    this.#devices.set(key, device);
    return device;
  }

  /** Multicast, and broadcast to everybody: no route says that this host takes it. */
  #isToMany(fields: Int32Array): boolean {
    const first = fields[FIELD.DESTINATION]!;
    return this.#family === "v4" ? first >>> 28 === 14 || first === -1 : first >>> 24 === 255;
  }

  /** Whether routes say by which interface the source is reached: not of one without an address yet, nor of one that every link has. */
  #isSaidByRoutes(fields: Int32Array): boolean {
    const first = fields[FIELD.SOURCE]!;
    return this.#family === "v4" ? first !== 0 : first !== 0 && first >>> 22 !== 0x3fa;
  }
}

const LOOPBACK: Place = { way: "LOOPBACK", in: "lo", out: "lo" };

/** A packet of others: the side that was seen is known, the other one is what routes say. */
function findForward(
  { device, direction }: Sighting,
  from: string | null,
  to: string | null,
): Place | Unjudged {
  if (direction === "in") return { way: "FORWARD", in: device ?? from, out: to };
  if (direction === "out") return { way: "FORWARD", in: from, out: device ?? to };
  if (from !== null && from === to) return BESIDE;
  if (device === null || device === from || device === to) return { way: "FORWARD", in: from, out: to };
  if (from === null && to !== null) return { way: "FORWARD", in: device, out: to };
  return to === null && from !== null ? { way: "FORWARD", in: from, out: device } : UNEXPLAINED;
}

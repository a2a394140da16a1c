/**
 * Lines of `ip route show table all`: by which interface an address is reached, and which addresses are this host's own. That is what lines of conntrack don't say.
 */
import { parseAddress, parseHost } from "../../model/address.ts";
import type { AddressMask, Family } from "../../model/types.ts";

/** Kinds of routes that `ip` prints in front of the destination; those that deliver here are `local`. */
const KINDS = [
  "unicast",
  "local",
  "broadcast",
  "multicast",
  "anycast",
  "unreachable",
  "blackhole",
  "prohibit",
  "throw",
];
const LOCAL_KINDS = new Set(["local", "broadcast", "multicast", "anycast"]);

/** Tables that packets are routed by where no rule says otherwise. */
const USUAL_TABLES = new Set(["local", "255", "main", "254", "default", "253"]);

/** Whether a line looks like one of them. */
export function isRoute(line: string): boolean {
  const words = line.trim().split(/\s+/);
  if (words[0] === "nexthop") return true;
  const hasKind = KINDS.includes(words[0]!);
  const [destination = "", next = ""] = hasKind ? words.slice(1) : words;
  // What else begins with a number has packets behind it: `0.5 in=eth0`.
  if (!hasKind && !/^[a-z]+$/.test(next)) return false;
  return (
    destination === "default" || (/^[\da-f.:]+(?:\/\d+)?$/i.test(destination) && /[.:]/.test(destination))
  );
}

interface Route {
  readonly to: AddressMask;
  /** Empty: this host; null: nowhere, or not known yet. */
  device: string | null;
}

/** The routes of one family; a class because it guards the list that grows line by line. */
export class Routes {
  readonly #family: Family;
  readonly #routes: Route[] = [];
  /** Multipath routes name their interfaces in the lines behind. */
  #open: Route | null = null;

  constructor(family: Family) {
    this.#family = family;
  }

  get isEmpty(): boolean {
    return this.#routes.length === 0;
  }

  /** Reads a line; what is wrong with it, or null. Routes of other tables than the usual ones say nothing for most packets. */
  read(line: string): string | null {
    const words = line.trim().split(/\s+/);
    const after = (name: string): string | undefined => {
      const at = words.indexOf(name);
      return at === -1 ? undefined : words[at + 1];
    };
    if (words[0] === "nexthop") {
      if (this.#open !== null) this.#open.device ??= after("dev") ?? null;
      return null;
    }
    this.#open = null;
    const kind = KINDS.includes(words[0]!) ? words.shift()! : "unicast";
    const text = words[0] ?? "";
    const to = text === "default" ? this.#everything(after("via")) : this.#parse(text);
    if (to === "foreign") return null;
    if (typeof to === "string") return `${text} is no destination of a route`;
    if (!USUAL_TABLES.has(after("table") ?? "main")) return null;
    const device = LOCAL_KINDS.has(kind) ? "" : kind === "unicast" ? (after("dev") ?? null) : null;
    const route: Route = { to, device };
    this.#routes.push(route);
    if (kind === "unicast" && device === null) this.#open = route;
    const own = after("src");
    const host = own === undefined ? "malformed" : this.#parse(own);
    if (typeof host !== "string") this.#routes.push({ to: host, device: "" });
    return null;
  }

  /** The interface that leads to an address; empty: it is this host's; null: none does, or the address is no good. */
  deviceOf(text: string): string | null {
    const words = parseHost(text, this.#family);
    return typeof words === "string" ? null : this.deviceAt(words);
  }

  /** The same by the words of the address. Own addresses go before, then the longest prefix, then the first line. */
  deviceAt(words: readonly number[]): string | null {
    const fitting = this.#routes.filter(({ to }) => contains(to, words));
    const own = fitting.some(({ device }) => device === "");
    if (own) return "";
    const longest = Math.max(...fitting.map(({ to }) => to.prefix ?? 0));
    return fitting.find(({ to }) => (to.prefix ?? 0) === longest)?.device ?? null;
  }

  /** `default` is of either family; the router's address says of which. */
  #everything(via: string | undefined): AddressMask | string {
    const other = this.#family === "v4" ? ":" : ".";
    if (via?.includes(other)) return "foreign";
    return this.#parse(this.#family === "v4" ? "0.0.0.0/0" : "::/0");
  }

  #parse(text: string): AddressMask | string {
    return parseAddress(text, this.#family);
  }
}

function contains({ address, mask }: AddressMask, words: readonly number[]): boolean {
  return words.every((word, at) => (word & mask[at]!) >>> 0 === address[at]! >>> 0);
}

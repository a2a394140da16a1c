/**
 * Names for sets of services, made from their ports. The order of the members does not count: a rule that moves must not rename a group.
 */
import { combineServices, type ServiceName, type ServiceTable } from "./service-table.ts";

/** How many services a name lists before it only counts them. */
const MOST_LISTED = 3;

/** One part of a name. */
interface Part {
  readonly name: string;
  /** Parts stand in the order of ports; what has none goes last. */
  readonly port: number;
  readonly known: ServiceName | null;
}

/** A protocol with destination ports and nothing else, save the flags of a first packet. */
const PORTS_ALONE = /^(\S+)(?: header)? dports? (\S+)(?: flags .*)?$/;

/** `WEB` for tcp ports 80 and 443, with where that is from. */
export function nameServices(
  members: readonly string[],
  table: ServiceTable,
): { readonly stem: string; readonly from: "services-file" | "service" | "port" } {
  const parts = members
    .flatMap((member) => partsOf(member, table))
    .sort((one, other) => one.port - other.port || (one.name < other.name ? -1 : 1));
  const names = combineServices([...new Set(parts.map(({ name }) => name))]);
  const stem =
    names.length <= MOST_LISTED ? names.join("-") : `${names[0]}-${names[1]}-and-${names.length - 2}`;
  if (!parts.every(({ known }) => known !== null)) return { stem, from: "port" };
  return { stem, from: parts.some(({ known }) => known?.isFromFile) ? "services-file" : "service" };
}

/** `SSH` for `tcp dport 22`, `UDP-5000` for `udp dport 5000`, `ICMP-8` for `icmp type 8`; several for a list of ports that all have names. */
function partsOf(member: string, table: ServiceTable): readonly Part[] {
  const [protocol = "", ...words] = member.split(" ");
  const [, , list] = PORTS_ALONE.exec(member) ?? [];
  const ports = list === undefined || member.includes("!") ? [] : list.split(",");
  const named = ports.map((port) => ({ port, known: table.find(protocol, port) }));
  if (named.length > 0 && named.every(({ known }) => known !== null))
    return named.map(({ port, known }) => ({ name: known!.name, port: Number.parseInt(port, 10), known }));
  if (ports.length > 0) {
    const name = shout([protocol, ...ports.slice(0, 2)]);
    return [{ name, port: Number.parseInt(ports[0]!, 10), known: null }];
  }
  const rest = words.filter((word) => /^[\w/:,-]+$/.test(word) && word !== "type").slice(0, 2);
  const name = shout([protocol, ...rest]);
  // `esp` is a service, `tcp` is none.
  const known =
    words.length === 0 && !/^(?:tcp|udp|\d+)$/.test(protocol) ? { name, isFromFile: false } : null;
  return [{ name, port: Number.POSITIVE_INFINITY, known }];
}

function shout(words: readonly string[]): string {
  return words
    .join("-")
    .toUpperCase()
    .replace(/[^A-Z0-9-]/g, "-");
}

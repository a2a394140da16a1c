/**
 * A service of a plan, taken apart for other languages.
 */

/** A protocol with ports (`80`, `8000:8100`; empty for any) or an icmp type (`8`, `3/1`). */
export interface ServiceMember {
  readonly protocol: string;
  readonly source: readonly string[];
  readonly destination: readonly string[];
  readonly icmp: string | null;
  /** The destinations are a list of multiport. */
  readonly isList: boolean;
}

const PORTS = /^[0-9]+(?::[0-9]+)?$/;

/** Null for what is more than that: flags, negations, ports on either side, lists of source ports. */
export function readServiceMember(member: string): ServiceMember | null {
  const [protocol = "", ...words] = member.split(" ");
  let service: ServiceMember = { protocol, source: [], destination: [], icmp: null, isList: false };
  for (let at = 0; at < words.length; at += 2) {
    const [name, value = ""] = words.slice(at, at + 2);
    const ports = value.split(",");
    const isPorts = ports.every((port) => PORTS.test(port));
    if (name === "type" && words.length === 2 && /^[0-9]+(?:\/[0-9]+)?$/.test(value))
      service = { ...service, icmp: value };
    else if (name === "sport" && isPorts && ports.length === 1) service = { ...service, source: ports };
    else if (name === "dport" && isPorts && ports.length === 1) service = { ...service, destination: ports };
    else if (name === "dports" && isPorts && words.length === 2)
      service = { ...service, destination: ports, isList: true };
    else return null;
  }
  return service;
}

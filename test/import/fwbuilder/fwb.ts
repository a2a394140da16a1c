/** A small file of Firewall Builder, written for tests, around objects of a person's own. */

/** A whole document; `objects` goes into the user's library. */
export function fwbAround(objects: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE FWObjectDatabase SYSTEM "fwbuilder.dtd">
<FWObjectDatabase xmlns="http://www.fwbuilder.org/1.0/" version="24" lastModified="0" id="root">
  <Library id="syslib000" color="#d4f8ff" name="Standard" comment="" ro="True">
    <ServiceGroup id="std-tcp" name="TCP">
      ${tcp("std-http", "http", 80)}
      ${tcp("std-https", "https", 443)}
    </ServiceGroup>
    <ServiceGroup id="std-groups" name="Groups">
      ${group("ServiceGroup", "std-web", "standard web", "std-http", "std-https")}
    </ServiceGroup>
  </Library>
  <Library id="user" color="#ffffff" name="User" comment="" ro="False">
    <ObjectGroup id="folder" name="Objects">
${objects}
    </ObjectGroup>
  </Library>
</FWObjectDatabase>
`;
}

/** A single address. */
export function ipv4(id: string, name: string, address: string): string {
  return `<IPv4 id="${id}" name="${name}" comment="" ro="False" address="${address}" netmask="255.255.255.255"/>`;
}

/** A TCP service with one port or a range. */
export function tcp(id: string, name: string, first: number, last: number = first): string {
  return `<TCPService id="${id}" name="${name}" ack_flag="False" ack_flag_mask="False" src_range_start="0" src_range_end="0" dst_range_start="${first}" dst_range_end="${last}"/>`;
}

/** A group that refers to its members. */
export function group(kind: "ObjectGroup" | "ServiceGroup", id: string, name: string, ...members: string[]) {
  const reference = kind === "ObjectGroup" ? "ObjectRef" : "ServiceRef";
  const references = members.map((member) => `<${reference} ref="${member}"/>`).join("");
  return `<${kind} id="${id}" name="${name}" comment="" ro="False">${references}</${kind}>`;
}

/** One ruleset with products in raw, mangle, nat and filter, and rules between them that stay where they are. */

const HOSTS = Array.from({ length: 6 }, (_, at) => `10.1.0.${at + 1}/32`);
const NETS = Array.from({ length: 5 }, (_, at) => `10.2.${at + 1}.0/24`);
const SERVERS = Array.from({ length: 5 }, (_, at) => `192.0.2.${at + 1}/32`);
const OTHERS = Array.from({ length: 4 }, (_, at) => `198.51.100.${at + 1}/32`);

function product(
  chain: string,
  sources: readonly string[],
  destinations: readonly string[],
  ...rests: readonly string[]
): readonly string[] {
  return sources.flatMap((source) =>
    destinations.flatMap((destination) =>
      rests.map((rest) => `-A ${chain} -s ${source} -d ${destination} ${rest}`),
    ),
  );
}

function table(name: string, bases: string, rules: readonly string[]): string {
  const chains = bases.split(" ").map((base) => `:${base} ACCEPT [0:0]`);
  return [`*${name}`, ...chains, ...rules, "COMMIT", ""].join("\n");
}

const dnat = (protocol: string): string =>
  `-p ${protocol} -m ${protocol} --dport 53 -j DNAT --to-destination 10.9.9.9:5353`;

/** As iptables-save prints it. */
export const FOUR_TABLES: string = [
  table("raw", "PREROUTING OUTPUT", [
    ...product("PREROUTING", HOSTS, SERVERS, "-p udp -m udp --dport 53 -j DROP"),
    "-A PREROUTING -p tcp -m tcp --dport 2049 -j CT --notrack",
    ...product("PREROUTING", NETS, OTHERS, "-j ACCEPT"),
    "-A PREROUTING -s 10.0.0.0/8 -i eth1 -j DROP",
  ]),
  table("mangle", "PREROUTING INPUT FORWARD OUTPUT POSTROUTING", [
    ...product("FORWARD", HOSTS, SERVERS, "-p tcp -m tcp --dport 25 -j DROP"),
    "-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    ...product(
      "OUTPUT",
      HOSTS,
      OTHERS,
      "-p tcp -m tcp --dport 80 -j ACCEPT",
      "-p tcp -m tcp --dport 443 -j ACCEPT",
    ),
    "-A OUTPUT -d 203.0.113.0/24 -j MARK --set-xmark 0x100/0x100",
  ]),
  table("nat", "PREROUTING INPUT OUTPUT POSTROUTING", [
    ...product("PREROUTING", HOSTS, SERVERS, dnat("tcp"), dnat("udp")),
    ...product("POSTROUTING", NETS, OTHERS, "-o eth0 -j SNAT --to-source 203.0.113.7"),
    ...product("POSTROUTING", HOSTS, OTHERS, "-o eth0 -j MASQUERADE"),
  ]),
  table("filter", "INPUT FORWARD OUTPUT", [
    ...product(
      "FORWARD",
      HOSTS,
      SERVERS,
      "-p tcp -m tcp --dport 22 -j ACCEPT",
      "-p tcp -m tcp --dport 80 -j ACCEPT",
    ),
    "-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j DROP",
  ]),
].join("");

/** The tables of a save file, by name. */
export function tableTexts(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(/^(?=\*)/m)
      .filter((part) => part.startsWith("*"))
      .map((part) => [part.slice(1, part.indexOf("\n")), part]),
  );
}

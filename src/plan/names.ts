/**
 * Names for groups and policy rules, made from what is in them. A person may rename all of them in the plan.
 */
import type { Axis } from "../model/types.ts";
import { findChainNameProblem, LONGEST_CHAIN_NAME } from "./chain-name.ts";
import type { NameSource } from "./known-names.ts";

/** A name and where it came from. */
export interface FoundName {
  readonly name: string;
  /** `network`, `port`, `interface`, `number`, `chain`; `fwbuilder` for a person's name of the very set, `fwbuilder-near` for that of one like it. */
  readonly from: string;
  /** What else is worth knowing about it. */
  readonly note?: string;
}

/** Prefixes of chain names, after the article. */
const PREFIX: Readonly<Record<Axis, string>> = {
  source: "S",
  destination: "D",
  service: "SRV",
  in: "I",
  out: "O",
};

/** Services that people know by name; everything else is named after its port. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  "20": "FTP-DATA",
  "21": "FTP",
  "22": "SSH",
  "23": "TELNET",
  "25": "SMTP",
  "53": "DNS",
  "67": "DHCP",
  "69": "TFTP",
  "80": "HTTP",
  "88": "KERBEROS",
  "110": "POP3",
  "123": "NTP",
  "137": "NETBIOS",
  "139": "NETBIOS",
  "143": "IMAP",
  "161": "SNMP",
  "162": "TRAP",
  "179": "BGP",
  "389": "LDAP",
  "443": "HTTPS",
  "445": "SMB",
  "465": "SMTPS",
  "514": "SYSLOG",
  "587": "SUBMISSION",
  "631": "IPP",
  "636": "LDAPS",
  "993": "IMAPS",
  "995": "POP3S",
  "1194": "OPENVPN",
  "1433": "MSSQL",
  "1521": "ORACLE",
  "2049": "NFS",
  "3128": "SQUID",
  "3268": "GC",
  "3306": "MYSQL",
  "3389": "RDP",
  "5060": "SIP",
  "5432": "PGSQL",
  "5666": "NRPE",
  "5900": "VNC",
  "5985": "WINRM",
  "6379": "REDIS",
  "8080": "HTTP-ALT",
  "9100": "PRINT",
  "27017": "MONGO",
};

/** Sets of services that have a name of their own. */
const KNOWN_SETS: Readonly<Record<string, string>> = {
  "HTTP HTTPS": "WEB",
  "POP3 POP3S": "POP",
  "IMAP IMAPS": "IMAP-ALL",
};

/** How many services a name lists before it only counts them. */
const MOST_LISTED = 3;

/** Hands out names that no chain has; the same requests in the same order give the same names. */
export class NameBook {
  readonly #taken: Set<string>;

  readonly #ofChains = new Map<string, FoundName>();

  /** `taken`: names of all chains of all inputs that stay. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** Gives something (`key`) the name of the chain that it is already; the first one where there are several. */
  keep(key: string, chain: string): void {
    if (!this.#ofChains.has(key)) this.#ofChains.set(key, { name: this.takeOneOf([chain]), from: "chain" });
  }

  /** The name that something has kept; null where it is no chain yet. */
  ofChain(key: string): FoundName | null {
    return this.#ofChains.get(key) ?? null;
  }

  /** `wanted`, shortened to what a chain's name may be, with a number behind it where it is taken. */
  take(wanted: string): string {
    // A bare prefix is no name: it always gets a number.
    const bare = /^[A-Z]+$/.test(wanted);
    const safe = wanted.replace(/[^A-Za-z0-9_.+-]/g, "_");
    for (let number = 1; ; number++) {
      const suffix = number === 1 && !bare ? "" : `-${number}`;
      const name = `${safe.slice(0, LONGEST_CHAIN_NAME - suffix.length).replace(/-+$/, "")}${suffix}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }

  /** The first of the names that can be a chain's and is free, else the last with a number behind it. */
  takeOneOf(names: readonly string[]): string {
    const cut = names.map((name) => name.slice(0, LONGEST_CHAIN_NAME).replace(/-+$/, ""));
    const free = cut.find((name) => findChainNameProblem(name) === null && !this.#taken.has(name));
    if (free === undefined) return this.take(names.at(-1)!);
    this.#taken.add(free);
    return free;
  }
}

/** Takes a name for a set of members: the one that a person knows it by, else one made from its members. */
export function takeSetName(
  book: NameBook,
  axis: Axis,
  members: readonly string[],
  known: NameSource | null,
): FoundName {
  const found = known?.find(axis, members) ?? null;
  const plain = found === null ? "" : chainNameOf(found.name);
  if (found === null || plain === "") {
    const made = nameSet(axis, members);
    return { ...made, name: book.take(made.name) };
  }
  // Only the very set may go by the name itself: a group that lacks a member must not look complete.
  const wanted = found.isExact ? plain : `like-${plain}`;
  // One object may be a source here and a destination there: those are two groups.
  const name = book.takeOneOf([wanted, `${PREFIX[axis]}-${wanted}`]);
  const from = found.isExact ? "fwbuilder" : "fwbuilder-near";
  return { name, from, ...(found.note === undefined ? {} : { note: found.note }) };
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

/** A name made from members; not yet unique. A stable number goes behind the prefix where nothing better is known. */
export function nameSet(axis: Axis, members: readonly string[]): FoundName {
  const stem =
    axis === "service"
      ? nameServices(members)
      : axis === "in" || axis === "out"
        ? nameInterfaces(members)
        : nameNetwork(members);
  const from = axis === "service" ? "port" : axis === "in" || axis === "out" ? "interface" : "network";
  return stem === null ? { name: PREFIX[axis], from: "number" } : { name: `${PREFIX[axis]}-${stem}`, from };
}

/** `R-LAN-WEB` from the names of its groups; not yet unique. */
export function namePolicyRule(chain: string, groupNames: readonly string[]): string {
  const stems = groupNames.map((name) => name.replace(/^(?:S|D|SRV|I|O)-/, ""));
  for (const parts of [stems, [stems[0]!, stems[stems.length - 1]!], [stems[stems.length - 1]!]]) {
    const name = ["R", ...parts].join("-");
    // Room for a number behind it.
    if (name.length <= LONGEST_CHAIN_NAME - 3) return name;
  }
  return `R-${chain}`;
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

function nameInterfaces(members: readonly string[]): string | null {
  const names = members.map((member) => member.replace(/\+/g, "any").replace(/[^A-Za-z0-9_.]/g, "_"));
  return names.length <= MOST_LISTED ? names.join("-") : `${names[0]}-and-${names.length - 1}`;
}

function nameServices(members: readonly string[]): string | null {
  const names = [...new Set(members.map(nameService))];
  const known = KNOWN_SETS[[...names].sort().join(" ")];
  if (known !== undefined) return known;
  if (names.length <= MOST_LISTED) return names.join("-");
  return `${names[0]}-${names[1]}-and-${names.length - 2}`;
}

/** `SSH` for `tcp dport 22`, `UDP-5000` for `udp dport 5000`, `ICMP-8` for `icmp type 8`. */
function nameService(member: string): string {
  const [protocol = "", ...words] = member.split(" ");
  const port = /(?:^| )dports? (\S+)/.exec(member)?.[1];
  if (port !== undefined) {
    const ports = port.split(",");
    const name = ports.length === 1 && !member.includes("!") ? WELL_KNOWN[port] : undefined;
    if (name !== undefined && (protocol === "tcp" || protocol === "udp")) return name;
    return `${protocol}-${ports.slice(0, 2).join("-")}`.toUpperCase().replace(/[^A-Z0-9-]/g, "-");
  }
  const rest = words.filter((word) => /^[\w/-]+$/.test(word) && word !== "type").slice(0, 2);
  return [protocol, ...rest]
    .join("-")
    .toUpperCase()
    .replace(/[^A-Z0-9-]/g, "-");
}

/**
 * Ports and ranges of ports: reading and printing.
 *
 * Source: iptables 1.8.9, `libxtables/xtoptions.c`, `xtopt_parse_port` and `xtopt_parse_mport`.
 */
import { parseUint } from "./numbers.ts";
import type { PortRange } from "./types.ts";

const LAST_PORT = 65535;

/** Names that dumps use in place of numbers, the same for TCP and UDP. Source: IANA's registry, as in Debian's /etc/services. */
const SERVICES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    tcpmux: 1,
    echo: 7,
    discard: 9,
    systat: 11,
    daytime: 13,
    netstat: 15,
    qotd: 17,
    chargen: 19,
    "ftp-data": 20,
    ftp: 21,
    ssh: 22,
    telnet: 23,
    smtp: 25,
    mail: 25,
    time: 37,
    whois: 43,
    tacacs: 49,
    domain: 53,
    bootps: 67,
    bootpc: 68,
    tftp: 69,
    gopher: 70,
    finger: 79,
    http: 80,
    www: 80,
    kerberos: 88,
    "iso-tsap": 102,
    pop3: 110,
    "pop-3": 110,
    sunrpc: 111,
    portmapper: 111,
    auth: 113,
    nntp: 119,
    ntp: 123,
    epmap: 135,
    "netbios-ns": 137,
    "netbios-dgm": 138,
    "netbios-ssn": 139,
    imap2: 143,
    imap: 143,
    snmp: 161,
    "snmp-trap": 162,
    snmptrap: 162,
    xdmcp: 177,
    bgp: 179,
    irc: 194,
    ldap: 389,
    https: 443,
    "microsoft-ds": 445,
    kpasswd: 464,
    submissions: 465,
    smtps: 465,
    ssmtp: 465,
    isakmp: 500,
    syslog: 514,
    printer: 515,
    route: 520,
    router: 520,
    "dhcpv6-client": 546,
    "dhcpv6-server": 547,
    rtsp: 554,
    nntps: 563,
    submission: 587,
    ipp: 631,
    ldaps: 636,
    "domain-s": 853,
    rsync: 873,
    "ftps-data": 989,
    ftps: 990,
    telnets: 992,
    imaps: 993,
    pop3s: 995,
    socks: 1080,
    openvpn: 1194,
    "ms-sql-s": 1433,
    "ms-sql-m": 1434,
    l2f: 1701,
    l2tp: 1701,
    radius: 1812,
    "radius-acct": 1813,
    nfs: 2049,
    mysql: 3306,
    "ms-wbt-server": 3389,
    svn: 3690,
    "ipsec-nat-t": 4500,
    sip: 5060,
    "sip-tls": 5061,
    mdns: 5353,
    postgresql: 5432,
    amqp: 5672,
    x11: 6000,
    "http-alt": 8080,
    webcache: 8080,
  }),
);

/** What became of a port's text: a range, a service that only the name service knows, or nothing usable. */
export type PortParse = PortRange | "service" | "bad";

/** Reads `80`, `1:1023`, `:1023`, `1024:`, `ssh`. A range may be inverted. */
export function parsePortRange(text: string): PortParse {
  const colon = text.indexOf(":");
  if (colon === -1) {
    const port = parsePort(text);
    return typeof port === "number" ? { first: port, last: port } : port;
  }
  const before = text.slice(0, colon);
  const after = text.slice(colon + 1);
  const first = before === "" ? 0 : parsePort(before);
  const last = after === "" ? LAST_PORT : parsePort(after);
  if (first === "bad" || last === "bad") return "bad";
  if (first === "service" || last === "service") return "service";
  return { first, last };
}

function parsePort(text: string): number | "service" | "bad" {
  const first = text.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39) {
    return parseUint(text, LAST_PORT) ?? "bad";
  }
  return SERVICES.get(text) ?? (/^[A-Za-z][\w.+*-]*$/u.test(text) ? "service" : "bad");
}

/** As iptables-save prints it: `80`, `1:1023`. */
export function printPortRange(range: PortRange): string {
  return range.first === range.last ? String(range.first) : `${range.first}:${range.last}`;
}

/** True for the range that holds every port. */
export function isEveryPort(range: PortRange): boolean {
  return range.first === 0 && range.last === LAST_PORT;
}

/**
 * Services by port: a table of our own, and what a services file adds to it.
 *
 * The registry's names are no names that people use (`domain`, `microsoft-ds`, `ms-wbt-server`), and for most ports from 1024 on they are names of something else than
 * what runs there; so the table is short, and everything else is named after its port.
 */
import type { ServiceEntry } from "../../import/services-file.ts";

/** What a service is called, and whether a person's file says so. */
export interface ServiceName {
  readonly name: string;
  readonly isFromFile: boolean;
}

/** tcp and udp alike. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  "20": "FTP-DATA",
  "21": "FTP",
  "22": "SSH",
  "23": "TELNET",
  "25": "SMTP",
  "43": "WHOIS",
  "49": "TACACS",
  "53": "DNS",
  "67": "DHCP",
  "68": "DHCP",
  "67:68": "DHCP",
  "69": "TFTP",
  "80": "HTTP",
  "88": "KERBEROS",
  "110": "POP3",
  "111": "RPCBIND",
  "113": "IDENT",
  "119": "NNTP",
  "123": "NTP",
  "137": "NETBIOS",
  "138": "NETBIOS",
  "139": "NETBIOS",
  "137:138": "NETBIOS",
  "137:139": "NETBIOS",
  "143": "IMAP",
  "161": "SNMP",
  "162": "TRAP",
  "161:162": "SNMP",
  "179": "BGP",
  "389": "LDAP",
  "443": "HTTPS",
  "445": "SMB",
  "464": "KPASSWD",
  "465": "SMTPS",
  "500": "IKE",
  "514": "SYSLOG",
  "515": "LPD",
  "546": "DHCPV6",
  "547": "DHCPV6",
  "546:547": "DHCPV6",
  "587": "SUBMISSION",
  "631": "IPP",
  "636": "LDAPS",
  "853": "DNS-TLS",
  "873": "RSYNC",
  "989": "FTPS-DATA",
  "990": "FTPS",
  "993": "IMAPS",
  "995": "POP3S",
  "1194": "OPENVPN",
  "1433": "MSSQL",
  "1521": "ORACLE",
  "1812": "RADIUS",
  "1813": "RADIUS",
  "1812:1813": "RADIUS",
  "1883": "MQTT",
  "1900": "SSDP",
  "2049": "NFS",
  "3128": "SQUID",
  "3268": "GC",
  "3269": "GCS",
  "3306": "MYSQL",
  "3389": "RDP",
  "4500": "IKE-NAT",
  "5060": "SIP",
  "5061": "SIPS",
  "5060:5061": "SIP",
  "5222": "XMPP",
  "5353": "MDNS",
  "5355": "LLMNR",
  "5432": "PGSQL",
  "5666": "NRPE",
  "5672": "AMQP",
  "5900": "VNC",
  "5985": "WINRM",
  "5986": "WINRMS",
  "6379": "REDIS",
  "6514": "SYSLOGS",
  "8080": "HTTP-ALT",
  "8443": "HTTPS-ALT",
  "8883": "MQTTS",
  "9100": "PRINT",
  "9418": "GIT",
  "10050": "ZABBIX",
  "10051": "ZABBIX",
  "10050:10051": "ZABBIX",
  "11211": "MEMCACHED",
  "27017": "MONGO",
  "51820": "WIREGUARD",
};

/** Official names (and Debian's) of services that people call otherwise. */
const NICKNAMES: Readonly<Record<string, string>> = {
  domain: "DNS",
  www: "HTTP",
  bootps: "DHCP",
  bootpc: "DHCP",
  "dhcpv6-client": "DHCPV6",
  "dhcpv6-server": "DHCPV6",
  sunrpc: "RPCBIND",
  auth: "IDENT",
  "netbios-ns": "NETBIOS",
  "netbios-dgm": "NETBIOS",
  "netbios-ssn": "NETBIOS",
  imap2: "IMAP",
  "snmp-trap": "TRAP",
  snmptrap: "TRAP",
  "microsoft-ds": "SMB",
  submissions: "SMTPS",
  urd: "SMTPS",
  isakmp: "IKE",
  "ipsec-nat-t": "IKE-NAT",
  printer: "LPD",
  "domain-s": "DNS-TLS",
  "ms-sql-s": "MSSQL",
  "radius-acct": "RADIUS",
  "ms-wbt-server": "RDP",
  "sip-tls": "SIPS",
  "xmpp-client": "XMPP",
  postgresql: "PGSQL",
  "syslog-tls": "SYSLOGS",
  "zabbix-agent": "ZABBIX",
  "zabbix-trapper": "ZABBIX",
};

/** Sets of services that have a name of their own; larger ones first. */
const COMBINED: readonly (readonly [names: readonly string[], name: string])[] = [
  [["SMTP", "SMTPS", "SUBMISSION", "IMAP", "IMAPS", "POP3", "POP3S"], "MAIL"],
  [["DHCP", "DHCPV6"], "DHCP-ALL"],
  [["DNS", "DNS-TLS"], "DNS-ALL"],
  [["ESP", "IKE", "IKE-NAT"], "IPSEC"],
  [["ESP", "IKE"], "IPSEC"],
  [["FTP", "FTP-DATA"], "FTP"],
  [["HTTP", "HTTPS"], "WEB"],
  [["IMAP", "IMAPS"], "IMAP-ALL"],
  [["KERBEROS", "KPASSWD"], "KERBEROS"],
  [["LDAP", "LDAPS"], "LDAP-ALL"],
  [["NETBIOS", "SMB"], "SMB"],
  [["POP3", "POP3S"], "POP"],
  [["SMTP", "SMTPS", "SUBMISSION"], "SMTP-ALL"],
  [["SNMP", "TRAP"], "SNMP"],
];

/** Looks services up; a person's file goes first, the table fills in what it lacks. */
export class ServiceTable {
  readonly #file = new Map<string, string>();

  constructor(entries: readonly ServiceEntry[] = []) {
    for (const { name, protocol, port } of entries) {
      const key = `${protocol}/${port}`;
      // As in getservbyport(3), the first one counts.
      if (!this.#file.has(key)) this.#file.set(key, nicknameOf(name));
    }
  }

  /** What people call a port or a range of ports (`80`, `67:68`); null where nobody does. */
  find(protocol: string, port: string): ServiceName | null {
    const filed = this.#file.get(`${protocol}/${port}`);
    if (filed !== undefined) return { name: filed, isFromFile: true };
    const known = protocol === "tcp" || protocol === "udp" ? WELL_KNOWN[port] : undefined;
    return known === undefined ? null : { name: known, isFromFile: false };
  }
}

function nicknameOf(name: string): string {
  return (
    NICKNAMES[name.toLowerCase()] ??
    name
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
  );
}

/** Names of services with those that have a name together made one, in the place of the first. */
export function combineServices(names: readonly string[]): readonly string[] {
  let combined = names;
  for (const [parts, name] of COMBINED) {
    if (!parts.every((part) => combined.includes(part))) continue;
    const first = combined.findIndex((each) => parts.includes(each));
    combined = combined.flatMap((each, at) => (at === first ? [name] : parts.includes(each) ? [] : [each]));
  }
  return [...new Set(combined)];
}

/**
 * Services and groups of services: each entry has the name that markify gives it and the words that stand for it in a rule.
 */

/**
 * @typedef {object} Service
 * @property {string} name As in markify's report: `tcp dport 22`.
 * @property {string} words As iptables-save prints it: `-p tcp -m tcp --dport 22`.
 */

/** @typedef {{ name: string, members: readonly Service[] }} ServiceGroup */

const port = (protocol, value) => ({
  name: `${protocol} dport ${value}`,
  words: `-p ${protocol} -m ${protocol} --dport ${value}`,
});

const ping = {
  v4: { name: "icmp type 8", words: "-p icmp -m icmp --icmp-type 8" },
  v6: { name: "icmpv6 type 128", words: "-p ipv6-icmp -m icmp6 --icmpv6-type 128" },
};

const tcp = (...ports) => ports.map((value) => port("tcp", value));
const udp = (...ports) => ports.map((value) => port("udp", value));

/**
 * The service groups of a family; the numbers are those that people know.
 * @param {"v4" | "v6"} family
 * @returns {readonly ServiceGroup[]}
 */
export function makeServiceGroups(family) {
  return [
    { name: "web", members: tcp(80, 443) },
    { name: "mail", members: tcp(25, 465, 587, 993) },
    { name: "names-and-time", members: [...udp(53, 123), ...tcp(53)] },
    { name: "directory", members: [...tcp(88, 389, 636, 3268), ...udp(88, 389)] },
    { name: "files", members: [...tcp(139, 445, 2049), ...udp(137, 2049)] },
    { name: "admin", members: [...tcp(22, 3389, 5986), ping[family]] },
    { name: "databases", members: tcp(1433, 3306, 5432, 27017) },
    { name: "monitoring", members: [...tcp(5666, 9100, 10050), ...udp(161), ping[family]] },
    { name: "voice", members: [...udp("5060:5061", "10000:20000"), ...tcp(5061)] },
    { name: "printing", members: tcp(515, 631, 9100) },
    { name: "messaging", members: tcp(1883, 4222, 5672, 6379, 9092) },
  ];
}

/**
 * A list of tcp ports as one multiport match.
 * @param {ServiceGroup} group
 * @returns {string | null} Null where the group is not tcp ports alone.
 */
export function asMultiport(group) {
  const ports = group.members.map((service) => /^tcp dport (\d+)$/.exec(service.name)?.[1]);
  if (ports.includes(undefined) || ports.length > 15) return null;
  return `-p tcp -m multiport --dports ${ports.join(",")}`;
}

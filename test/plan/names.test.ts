/** Names, row by row. */
import { describe, expect, test } from "vitest";
import { parseHosts } from "../../src/import/hosts-file.ts";
import { parseServices } from "../../src/import/services-file.ts";
import type { Axis } from "../../src/model/types.ts";
import { findChainNameProblem } from "../../src/plan/chain-name.ts";
import { nameByComment } from "../../src/plan/naming/comment-names.ts";
import { HostNames } from "../../src/plan/naming/host-names.ts";
import { isNumbered, NameBook } from "../../src/plan/naming/name-book.ts";
import { namePolicyRule } from "../../src/plan/naming/name-policies.ts";
import { ServiceTable } from "../../src/plan/naming/service-table.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { bestName } from "./naming.ts";

describe("sets", () => {
  test.each<[Axis, string[], string]>([
    ["source", ["10.1.4.1/32", "10.1.4.2/32"], "S-10-1-4 network"],
    ["destination", ["10.1.4.0/24", "10.1.5.0/24"], "D-10-1 network"],
    ["source", ["10.1.4.1-10.1.4.9", "10.1.4.77/32"], "S-10-1-4 network"],
    ["source", ["10.1.4.1/32", "192.0.2.1/32"], "S number"],
    ["source", ["2001:db8:1::/48", "2001:db8:2::/48"], "S-2001-db8 network"],
    ["destination", ["2001:db8::1/128", "2001:db8::2/128"], "D-2001-db8-0-0 network"],
    ["service", ["tcp dport 80", "tcp dport 443"], "SRV-WEB service"],
    ["service", ["tcp dports 80,443"], "SRV-WEB service"],
    ["service", ["tcp dport 53", "udp dport 53"], "SRV-DNS service"],
    ["service", ["udp dport 137:138", "tcp dport 139", "tcp dport 445"], "SRV-SMB service"],
    ["service", ["tcp dport 443", "tcp dport 22", "tcp dport 80"], "SRV-SSH-WEB service"],
    ["service", ["udp dport 4500", "esp", "udp dport 500"], "SRV-IPSEC service"],
    ["service", ["tcp dport 22", "udp dport 5000:5010"], "SRV-SSH-UDP-5000-5010 port"],
    ["service", ["tcp dports 80,4,8080", "icmp type 8"], "SRV-TCP-80-4-ICMP-8 port"],
    ["service", ["tcp dport 1", "tcp dport 2", "tcp dport 3", "tcp dport 4"], "SRV-TCP-1-TCP-2-and-2 port"],
    ["service", ["tcp", "udp"], "SRV-TCP-UDP port"],
    ["service", ["udp sport 53", "udp dport 53"], "SRV-DNS-UDP-SPORT-53 port"],
    ["service", ["tcp sport 22 dport 1024:65535", "tcp dport 22"], "SRV-SSH-TCP-SPORT-22 port"],
    ["in", ["eth0", "ppp+"], "I-eth0-pppany interface"],
    ["out", ["eth3", "eth1", "eth2", "eth0"], "O-eth0-and-3 interface"],
  ])("%s %j: %s", (axis, members, expected) => {
    const { names, from } = bestName(axis, members);
    expect(`${names[0]} ${from}`).toBe(expected);
    // A rule that moves changes the order of members; the name stays.
    expect(bestName(axis, [...members].reverse()).names).toEqual(names);
  });
});

describe("comments", () => {
  test.each([
    ["web servers", "S-WEB-SERVERS"],
    ["Büro Köln", "S-BURO-KOLN"],
    ["ticket #63630", "S-TICKET-63630"],
    ["what this rule is for, at great length", "S-WHAT-THIS-RULE-IS"],
    ["Donaudampfschifffahrtsgesellschaft", "S-DONAUDAMPFSCHIFFFAHRTS"],
    ["", null],
    ["#12", null],
    ["1234", null],
    ["-- 7 a --", null],
    ["серверы web", null],
  ])("%j: %s", (text, name) => {
    const found = nameByComment("S", { text, kind: "comment" });
    expect(found?.name ?? null).toBe(name);
    if (found !== null) expect(findChainNameProblem(`${found.name}-999`)).toBeNull();
  });
});

describe("hosts", () => {
  const read = (text: string) => new HostNames(parseHosts(makeSourceFile("hosts", text)).entries!);
  const HOSTS = read(`\ufeff127.0.0.1 localhost
10.1.0.1 web1.example.org web1 # the first
10.1.0.2\tweb2.example.org   web2
10.1.0.3 web-03.example.org
10.1.0.4 webmail.example.org
10.1.0.5 mail.example.org imap-1
10.1.0.6 ns.example.org imap-2
10.2.0.1 alpha.lab.example.org
10.2.0.2 beta.lab.example.org
10.2.0.3 gamma.lab.example.org
10.2.0.4 delta.lab.example.org
10.3.0.1 x.example.net
10.3.0.2 y.example.net
10.3.0.3 z.example.net
10.3.0.4 a.example.net
`);
  const all = (net: string, ...hosts: number[]) => hosts.map((host) => `${net}.${host}/32`);

  test.each<[string, string[], string | null]>([
    ["what they begin with", all("10.1.0", 1, 2, 3), "WEB"],
    ["half of a word is none", all("10.1.0", 1, 2, 3, 4), "EXAMPLE"],
    ["an alias will do", all("10.1.0", 5, 6), "IMAP"],
    ["the domain", all("10.2.0", 1, 2, 3, 4), "LAB"],
    ["a domain that others are not in", all("10.3.0", 1, 2, 3, 4), "EXAMPLE"],
    ["two that have nothing in common", ["10.1.0.5/32", "10.3.0.1/32"], "MAIL-X"],
    ["four that have nothing in common", [...all("10.1.0", 4, 5), ...all("10.3.0", 1, 2)], null],
    ["one is not enough", ["10.1.0.1/32", "10.9.0.1/32"], null],
    ["networks have no names", ["10.1.0.0/30", "10.2.0.0/30"], null],
    ["less than half of them", [...all("10.1.0", 1, 2), ...all("10.9.0", 1, 2, 3)], null],
  ])("%s: %j", (_, members, stem) => expect(HOSTS.find(members)?.stem ?? null).toBe(stem));

  test("a note says how many are known", () => {
    const { names, from, note } = bestName("destination", [...all("10.1.0", 2, 1, 3), "10.9.0.1/32"], {
      hosts: HOSTS,
    });
    expect(names).toEqual(["D-WEB"]);
    expect(from).toBe("hosts");
    expect(note).toBe("host names of 3 of 4 members: web-03.example.org web1.example.org web2.example.org");
    expect(bestName("in", ["eth0", "eth1"], { hosts: HOSTS }).from).toBe("interface");
  });

  test("one domain for all says nothing", () => {
    const hosts = read(
      "10.0.0.1 a.example.org\n10.0.0.2 b.example.org\n10.0.0.3 c.example.org\n10.0.0.4 d.example.org",
    );
    expect(hosts.find(all("10.0.0", 1, 2, 3, 4))).toBeNull();
  });

  test("reverse DNS, as lines and as records of a zone", () => {
    const hosts = read(`; <<>> DiG <<>> axfr
1.0.1.10.in-addr.arpa. 3600 IN PTR web1.example.org.
2.0.1.10.IN-ADDR.ARPA PTR web2.example.org.
0.1.10.in-addr.arpa. 3600 IN SOA ns.example.org. root.example.org. 1 2 3 4 5
10.1.0.3 web3.example.org.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR db1.example.org.
2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 1d PTR db2.example.org.
`);
    expect(hosts.find(all("10.1.0", 1, 2, 3))?.stem).toBe("WEB");
    expect(hosts.find(["2001:db8::1/128", "2001:db8::2/128"])?.stem).toBe("DB");
  });

  test.each([
    "10.0.0.1",
    "10.0.0.0/24 net",
    "10.0.0.1-10.0.0.2 two",
    "10.0.0.256 x",
    "1.10.in-addr.arpa. IN PTR x.",
    "a.b.c.d.in-addr.arpa. IN PTR x.",
    "1.ip6.arpa. PTR x.",
    "1.0.0.10.in-addr.arpa. IN PTR",
    "1.0.0.10.in-addr.arpa. IN",
    "10.0.0.1 .",
  ])("%s is an error with its place", (line) => {
    const { entries, diagnostics } = parseHosts(makeSourceFile("hosts", `# a\n10.0.0.9 ok\n${line}\n`));
    expect(entries).toBeNull();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]!.span!.start).toBeGreaterThanOrEqual("# a\n10.0.0.9 ok\n".length);
  });
});

describe("services of a file", () => {
  const { entries } = parseServices(
    makeSourceFile(
      "services",
      "# mine\ndomain 53/tcp\ndomain 53/udp\nwww 80/tcp http # WorldWideWeb\nhttps 443/tcp\nintranet 8443/tcp\nother 8443/tcp\nbackdoor 22/tcp\nmicrosoft-ds 445/tcp\n",
    ),
  );
  const services = new ServiceTable(entries!);

  test.each([
    [["tcp dport 80", "tcp dport 443"], "SRV-WEB services-file"],
    [["tcp dport 53", "udp dport 53"], "SRV-DNS services-file"],
    [["tcp dport 8443", "tcp dport 22"], "SRV-BACKDOOR-INTRANET services-file"],
    [["tcp dport 8443", "tcp dport 25"], "SRV-SMTP-INTRANET services-file"],
    [["udp dport 22", "tcp dport 25"], "SRV-SSH-SMTP service"],
    [["tcp dport 139", "tcp dport 445"], "SRV-SMB services-file"],
    [["tcp dport 8443", "tcp dport 4"], "SRV-TCP-4-INTRANET port"],
  ])("%j: %s", (members, expected) => {
    const { names, from } = bestName("service", members, { services });
    expect(`${names[0]} ${from}`).toBe(expected);
  });

  test.each(["ssh", "ssh 22", "ssh tcp/22", "ssh 65536/tcp", "ssh 22/"])(
    "%s is an error with its place",
    (line) => {
      const { entries: none, diagnostics } = parseServices(makeSourceFile("services", `a 1/tcp\n${line}\n`));
      expect(none).toBeNull();
      expect(diagnostics.map(({ code, span }) => [code, span!.start >= 8])).toEqual([
        ["SERVICES_LINE", true],
      ]);
    },
  );
});

describe("a book of names", () => {
  const wish = (key: string, ...names: string[]) => ({ key, names: names as [string, ...string[]] });

  test("gives numbers to those who want the same, whatever their order, and to bare prefixes", () => {
    const wishes = [
      wish("a", "S-10"),
      wish("b", "S-10"),
      wish("c", "S"),
      wish("d", "S-11"),
      wish("e", "S-12"),
    ];
    const one = new NameBook(["S-12"]).takeAll(wishes);
    expect(new Map([...new NameBook(["S-12"]).takeAll([...wishes].reverse())].sort())).toEqual(
      new Map([...one].sort()),
    );
    expect(one.get("d")).toBe("S-11");
    for (const [key, name] of [
      ["a", "S-10"],
      ["b", "S-10"],
      ["c", "S"],
      ["e", "S-12"],
    ] as const) {
      expect(one.get(key)).toMatch(new RegExp(`^${name}-[3-9]\\d\\d$`));
      expect(isNumbered(one.get(key)!, name)).toBe(true);
    }
    // Others come and go.
    expect(new NameBook([]).takeAll(wishes.slice(1), ["S-10"]).get("b")).toBe(one.get("b"));
  });

  test("never gives one twice, nor one that is no chain's name", () => {
    const wishes = Array.from({ length: 2000 }, (_, at) => wish(`${at}`, "SRV-A-NAME-THAT-IS-MUCH-TOO-LONG"));
    const given = [...new NameBook([]).takeAll([...wishes, wish("x", "R-ääää")]).values()];
    expect(new Set(given).size).toBe(2001);
    for (const name of given) expect(findChainNameProblem(name)).toBeNull();
  });

  test("S-10-1-4 is no number of S-10-1", () => {
    expect(isNumbered("S-10-1-4", "S-10-1")).toBe(false);
    expect(isNumbered("S-10-1", "S-10-1")).toBe(true);
  });
});

test("policy rules are named after their groups, as far as there is room", () => {
  expect(namePolicyRule("FORWARD", ["S-LAN", "D-DB", "SRV-WEB"])).toBe("R-LAN-DB-WEB");
  expect(namePolicyRule("FORWARD", ["S-10-1-4", "D-192-168-200", "SRV-SSH-HTTP"])).toBe("R-10-1-4-SSH-HTTP");
  expect(namePolicyRule("FORWARD", ["S-2001-db8-1111-2222", "SRV-TCP-22-628-TCP-25-465"])).toBe(
    "R-TCP-22-628-TCP-25-465",
  );
});

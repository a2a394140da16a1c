/** The emitted chains, line by line, for each kind of policy rule. */
import { describe, expect, test } from "vitest";
import { verify } from "../../src/verify/verify.ts";
import { filterTable, product, rewriteText } from "../support/small-tables.ts";

const SOURCES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((host) => `-s 10.0.1.${host}/32`);
const TARGETS = [1, 2, 3, 4, 5].map((host) => `-d 10.9.0.${host}/32`);
const PORTS = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443", "-p udp -m udp --dport 443"];

/** The rules of a chain in the rewritten text, without `-A CHAIN`. */
function chainOf(text: string, chain: string): string[] {
  const prefix = `-A ${chain} `;
  return text.split("\n").flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
}

/** Name and rules of the one rule chain of a rewritten text. */
function ruleChain(text: string): { readonly name: string; readonly rules: string[] } {
  const names = [...text.matchAll(/^:(R-\S+) /gm)].map((match) => match[1]!);
  expect(names).toHaveLength(1);
  return { name: names[0]!, rules: chainOf(text, names[0]!) };
}

describe("ACCEPT over three axes", () => {
  const { text, rewritten } = rewriteText(
    filterTable(product("-A FORWARD", SOURCES, TARGETS, PORTS, "-j ACCEPT")),
  );

  test("the rule chain resets, sets and tests bit by bit, clears, decides", () => {
    expect(ruleChain(text).rules).toEqual([
      "-m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7",
      "-j S-10-0-1",
      "-m mark ! --mark 0x1/0x7 -j RETURN",
      "-j D-10-9-0",
      "-m mark ! --mark 0x3/0x7 -g M-CLEAR",
      "-j SRV-WEB",
      "-m mark ! --mark 0x7/0x7 -g M-CLEAR",
      "-j MARK --set-xmark 0x0/0x7",
      "-j ACCEPT",
    ]);
  });

  test("the group chains set their bit with a mask, one member a line", () => {
    expect(chainOf(text, "S-10-0-1")).toEqual(
      SOURCES.map((source) => `${source} -j MARK --set-xmark 0x1/0x1`),
    );
    expect(chainOf(text, "D-10-9-0")).toEqual(
      TARGETS.map((target) => `${target} -j MARK --set-xmark 0x2/0x2`),
    );
    expect(chainOf(text, "SRV-WEB")).toEqual(PORTS.map((port) => `${port} -j MARK --set-xmark 0x4/0x4`));
    expect(chainOf(text, "M-CLEAR")).toEqual(["-j MARK --set-xmark 0x0/0x7"]);
  });

  test("the owner has one call in place of all flat rules, and the count is right", () => {
    expect(chainOf(text, "FORWARD")).toEqual([`-j ${ruleChain(text).name}`]);
    expect(rewritten).toMatchObject({
      changed: true,
      rulesBefore: 150,
      rulesAfter: text.match(/^-A /gm)!.length,
    });
  });

  test("every new chain is declared once, before any rule", () => {
    const declared = [...text.matchAll(/^:(\S+)/gm)].map((match) => match[1]!);
    expect(new Set(declared).size).toBe(declared.length);
    expect(declared).toEqual(expect.arrayContaining([...rewritten.newChains]));
    expect(text.lastIndexOf("\n:")).toBeLessThan(text.indexOf("\n-A"));
  });

  test("origins name the flat lines", () => {
    const member = rewritten.lines.find((line) => line.text.includes(SOURCES[1]!))!;
    expect(member.origins).toHaveLength(TARGETS.length * PORTS.length);
    expect(member.origins.every((line) => old[line - 1]!.includes(SOURCES[1]!))).toBe(true);
  });
  const old = filterTable(product("-A FORWARD", SOURCES, TARGETS, PORTS, "-j ACCEPT")).split("\n");
});

test("single members and negated interfaces stand on the call", () => {
  const { text } = rewriteText(
    filterTable(
      product(
        "-A FORWARD",
        SOURCES,
        "! -i eth1 -o eth0 -p tcp",
        ["-m tcp --dport 80", "-m tcp --dport 443", "-m tcp --dport 22"],
        "-j ACCEPT",
      ),
    ),
  );
  const { name } = ruleChain(text);
  expect(chainOf(text, "FORWARD")).toEqual([`! -i eth1 -o eth0 -j ${name}`]);
});

test("matches between -p and the ports stay there: one call of the service group a protocol", () => {
  const ports = [
    "-p tcp -m state --state NEW -m tcp --dport 80",
    "-p tcp -m state --state NEW -m tcp --dport 443",
    "-p udp -m state --state NEW -m udp --dport 53",
  ];
  const { text } = rewriteText(filterTable(product("-A FORWARD", SOURCES, ports, "-j ACCEPT")));
  expect(ruleChain(text).rules.filter((rule) => rule.includes("-j SRV-"))).toEqual([
    "-p tcp -m state --state NEW -j SRV-DNS-WEB",
    "-p udp -m state --state NEW -j SRV-DNS-WEB",
  ]);
});

test("matches after the ports stand on the verdict line", () => {
  const { text } = rewriteText(
    filterTable(product("-A FORWARD", SOURCES, PORTS, "-m conntrack --ctstate NEW -j ACCEPT")),
  );
  expect(ruleChain(text).rules.slice(-2)).toEqual([
    "-j MARK --set-xmark 0x0/0x3",
    "-m conntrack --ctstate NEW -j ACCEPT",
  ]);
});

test("a single service is tested where it was, on the verdict line", () => {
  const { text } = rewriteText(
    filterTable(
      product("-A FORWARD", SOURCES, TARGETS, "-p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT"),
    ),
  );
  expect(ruleChain(text).rules.slice(-2)).toEqual([
    "-j MARK --set-xmark 0x0/0x3",
    "-p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT",
  ]);
});

test("REJECT with tcp-reset keeps its protocol, DROP needs no clearing", () => {
  const tcp = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443", "-p tcp -m tcp --dport 22"];
  const reset = rewriteText(
    filterTable(product("-A FORWARD", SOURCES, tcp, "-j REJECT --reject-with tcp-reset")),
  ).text;
  expect(ruleChain(reset).rules.at(-1)).toBe("-p tcp -j REJECT --reject-with tcp-reset");
  const drop = rewriteText(filterTable(product("-A FORWARD", SOURCES, tcp, "-j DROP"))).text;
  expect(ruleChain(drop).rules.slice(-2)).toEqual(["-m mark ! --mark 0x3/0x3 -g M-CLEAR", "-j DROP"]);
});

describe("RETURN belongs to the owner", () => {
  const rules = [
    ...product("-A sub", SOURCES, "! -i eth1", TARGETS, "-p tcp -j RETURN"),
    "-A sub -j DROP",
    "-A FORWARD -j sub",
  ];
  const { text } = rewriteText(filterTable(rules));

  test("the owner leaves by goto, which clears the bits", () => {
    const { name } = ruleChain(text);
    expect(chainOf(text, "sub")).toEqual([`-j ${name}`, "-m mark --mark 0x1/0x3 -g M-CLEAR", "-j DROP"]);
  });

  test("guards are inside, so that the bits are never stale when the owner tests them", () => {
    expect(ruleChain(text).rules).toEqual([
      "-m mark ! --mark 0x0/0x3 -j MARK --set-xmark 0x0/0x3",
      "! -i eth1 -j S-10-0-1",
      "-m mark ! --mark 0x1/0x3 -j RETURN",
      "-j D-10-9-0",
      "-m mark ! --mark 0x3/0x3 -g M-CLEAR",
      "-j MARK --set-xmark 0x0/0x3",
      "-p tcp -j MARK --set-xmark 0x1/0x3",
    ]);
  });
});

describe("what is kept", () => {
  test("the comment that rules share stands on the verdict line; several are joined", () => {
    const shared = rewriteText(
      filterTable(product("-A FORWARD", SOURCES, PORTS, '-m comment --comment "web in" -j ACCEPT')),
    ).text;
    expect(ruleChain(shared).rules.at(-1)).toBe('-m comment --comment "web in" -j ACCEPT');
    const rules = product("-A FORWARD", SOURCES, PORTS).map(
      (rule, at) => `${rule} -m comment --comment c${at % 2} -j ACCEPT`,
    );
    expect(ruleChain(rewriteText(filterTable(rules)).text).rules.at(-1)).toBe(
      '-m comment --comment "c0; c1" -j ACCEPT',
    );
  });

  test("comments without room and counters are reported lost", () => {
    const rules = product("-A FORWARD", SOURCES, PORTS).map(
      (rule, at) => `[${at}:60] ${rule} -m comment --comment ${`x${at}-`.padEnd(120, "y")} -j ACCEPT`,
    );
    const { rewritten } = rewriteText(
      filterTable(["-A OUTPUT -j ACCEPT", ...rules]).replace(/^-A \[/gm, "["),
    );
    expect(rewritten.lostComments.length).toBe(28);
    expect(rewritten.lostCounters).toBe(29);
  });

  test("other tables, comments and blank lines keep their bytes", () => {
    const nat =
      "*nat\n:POSTROUTING ACCEPT [0:0]\n# masquerade\n-A POSTROUTING -o eth0 -j MASQUERADE  \n\nCOMMIT\n";
    const filter = filterTable(product("-A FORWARD", SOURCES, TARGETS, PORTS, "-j ACCEPT"));
    const text = rewriteText(`# top\n${nat}${filter}# end`).text;
    expect(text.startsWith(`# top\n${nat}`)).toBe(true);
    expect(text.endsWith("# end")).toBe(true);
  });

  test("what iptables-restore would refuse around the rules is cleaned, and said", () => {
    const filter = filterTable(product("-A FORWARD", SOURCES, TARGETS, PORTS, "-j ACCEPT"));
    const clean = rewriteText(filter);
    expect(clean.rewritten.tidied).toEqual([]);
    const crlf = rewriteText(filter.replace(/\n/g, "\r\n"));
    expect(crlf.rewritten.tidied).toEqual(["line-ends"]);
    expect(crlf.text).toBe(clean.text);
    const around = rewriteText(
      `\uFEFFroot@fw:~# iptables-save\n${filter.replace("COMMIT\n", "COMMIT \n")} \nroot@fw:~# exit\n`,
    );
    expect(new Set(around.rewritten.tidied)).toEqual(
      new Set(["byte-order-mark", "outside-text", "trailing-blanks"]),
    );
    expect(around.text).toBe(`# root@fw:~# iptables-save\n${clean.text}\n# root@fw:~# exit\n`);
    const open = rewriteText(filter.trimEnd());
    expect(open.rewritten.tidied).toEqual(["last-line-end"]);
    expect(open.text).toBe(clean.text);
    const indented = rewriteText(
      filter
        .replace("*filter\n", "  # ours\n\t*filter\n \t# more\n")
        .replace(/^(?=:|COMMIT)/gm, "  ")
        .replace(/^-A/gm, "\t [1:2] -A"),
    );
    expect(indented.rewritten.tidied).toEqual(["leading-blanks"]);
    expect(indented.text).not.toMatch(/^\s+[^-\s]/m);
    expect(indented.text).toMatch(/^# ours\n\*filter\n# more\n:INPUT/);
    const unchanged = "*filter\r\n:INPUT ACCEPT [0:0]\r\nCOMMIT\r\n";
    expect(rewriteText(unchanged, "v4").text).toBe(unchanged);
  });

  test("chains of daemons, and those that --keep-chain names, stay as they are", () => {
    for (const chain of ["DOCKER-USER", "f2b-sshd", "KUBE-SERVICES", "ts-input", "ufw-user-input"]) {
      const rules = product(`-A ${chain}`, SOURCES, TARGETS, PORTS, "-j ACCEPT");
      expect(rewriteText(filterTable([...rules, `-A FORWARD -j ${chain}`])).rewritten.changed, chain).toBe(
        false,
      );
    }
  });

  test("bits that the ruleset uses are not taken", () => {
    const mangle =
      "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -j MARK --set-xmark 0x1/0x3\n-A PREROUTING -m mark --mark 0x8 -j ACCEPT\nCOMMIT\n";
    const { plan } = rewriteText(
      mangle + filterTable(product("-A FORWARD", SOURCES, TARGETS, PORTS, "-j ACCEPT")),
    );
    expect(plan.markBits).toEqual({ source: 0x4, destination: 0x10, service: 0x20 });
  });
});

test("a test of the whole mark sees no own bits: it stands on the verdict line, and the service with it", async () => {
  const ports = [
    "-p tcp -m mark --mark 0x100 -m tcp --dport 80",
    "-p tcp -m mark --mark 0x100 -m tcp --dport 443",
  ];
  const {
    old,
    text,
    new: now,
  } = rewriteText(filterTable(product("-A FORWARD", SOURCES, TARGETS, ports, "-j ACCEPT")));
  const verdicts = text.match(/^-A R-\S+ -p tcp -m mark --mark 0x100 -m tcp --dport \d+ -j ACCEPT$/gm);
  expect(verdicts).toHaveLength(2);
  expect((await verify(old, now, { packets: 20_000 })).result).toBe("equal");
});

/** What a file of Firewall Builder names, and what is said about files that are broken or meant to do harm. */
import { describe, expect, test } from "vitest";
import { readFwbuilderNames } from "../../../src/import/fwbuilder/read-names.ts";
import { readXml } from "../../../src/import/fwbuilder/read-xml.ts";
import type { NAMES_CODES } from "../../../src/text/codes-names.ts";
import { formatDiagnostic } from "../../../src/text/excerpt.ts";
import { makeSourceFile } from "../../../src/text/source.ts";
import { fwbAround, group, ipv4, tcp } from "./fwb.ts";

function read(text: string) {
  return readFwbuilderNames(makeSourceFile("policy.fwb", text));
}

/** `name: members` of all sets of a person's own. */
function setsOf(objects: string): string[] {
  const { sets } = read(fwbAround(objects));
  return (sets ?? [])
    .filter(({ isStandard }) => !isStandard)
    .map(({ name, members }) => `${name}: ${members.map(({ text }) => text).join(" ")}`);
}

const A = ipv4("a", "host a", "192.0.2.1");
const B = ipv4("b", "host b", "192.0.2.2");

describe("objects", () => {
  test.each<[string, string, string[]]>([
    ["an address, whatever its mask", A.replace("255.255.255.255", "0.0.0.0"), ["host a: 192.0.2.1"]],
    [
      "a network",
      '<Network id="n" name="lan" address="10.1.0.0" netmask="255.255.0.0"/>',
      ["lan: 10.1.0.0/255.255.0.0"],
    ],
    [
      "an IPv6 network",
      '<NetworkIPv6 id="n" name="lan6" address="2001:db8::" netmask="32"/>',
      ["lan6: 2001:db8::/32"],
    ],
    [
      "a range",
      '<AddressRange id="r" name="pool" start_address="10.0.0.1" end_address="10.0.0.9"/>',
      ["pool: 10.0.0.1-10.0.0.9"],
    ],
    [
      "a host with two interfaces",
      `<Host id="h" name="gw"><Interface id="i" name="eth0" dyn="False">${A}</Interface><Interface id="j" name="eth1">${B}</Interface></Host>`,
      ["gw: 192.0.2.2 192.0.2.1"],
    ],
    [
      "a host whose address is not known before it runs",
      '<Host id="h" name="gw"><Interface id="i" name="ppp0" dyn="True"/></Host>',
      [],
    ],
    ["a service", tcp("t", "web", 8000, 8080), ["web: tcp 8000:8080"]],
    [
      "a service with flags, which is more than its ports",
      tcp("t", "web", 80).replace('ack_flag_mask="False"', 'ack_flag_mask="True"'),
      [],
    ],
    [
      "icmp",
      '<ICMPService id="i" name="ping" type="8" code="0"/><ICMPService id="j" name="any" type="-1" code="-1"/>',
      ["ping: icmp type 8/0", "any: icmp"],
    ],
    ["a protocol", '<IPService id="p" name="GRE" protocol_num="47"/>', ["GRE: protocol 47"]],
    ["code of one's own", '<CustomService id="c" name="rpc"/>', []],
    [
      "a group in a group, each member once",
      `${A}${B}${group("ObjectGroup", "g", "two", "a", "b")}${group("ObjectGroup", "h", "all", "g", "a")}`,
      ["host a: 192.0.2.1", "host b: 192.0.2.2", "two: 192.0.2.1 192.0.2.2", "all: 192.0.2.1 192.0.2.2"],
    ],
    [
      "a group with a member that is not known before it runs",
      `${A}<DNSName id="d" name="mirror" dnsrec="example.org"/>${group("ObjectGroup", "g", "two", "a", "d")}`,
      ["host a: 192.0.2.1"],
    ],
    ["an empty group", group("ObjectGroup", "g", "none"), []],
  ])("%s", (_, objects, expected) => expect(setsOf(objects)).toEqual(expected));

  test("the library that comes with the program is told apart", () => {
    const { sets } = read(fwbAround(A));
    expect(sets?.filter(({ isStandard }) => isStandard).map(({ name }) => name)).toEqual([
      "http",
      "https",
      "standard web",
    ]);
  });
});

describe("what is wrong", () => {
  const examples: Readonly<Record<keyof typeof NAMES_CODES, string>> = {
    NAMES_XML: fwbAround(A).replace("</ObjectGroup>\n  </Library>", "</Library>"),
    NAMES_NOT_FWBUILDER: "<html><body/></html>",
    NAMES_TOO_LARGE: "<a>".repeat(200),
    NAMES_UNRESOLVED: fwbAround(group("ObjectGroup", "g", "servers", "gone")),
    NAMES_CYCLE: fwbAround(
      `${A}${group("ObjectGroup", "g", "one", "h", "a")}${group("ObjectGroup", "h", "two", "g")}`,
    ),
    NAMES_BAD_VALUE: fwbAround(ipv4("x", "typo", "10.0.0.256")),
  };

  test.each(Object.entries(examples))("%s", (code, text) => {
    const { sets, diagnostics } = read(text);
    const found = diagnostics.find((diagnostic) => diagnostic.code === code);
    expect(found, JSON.stringify(diagnostics.map((each) => each.code))).toBeDefined();
    expect(formatDiagnostic(found!, { maxWidth: 120 })).toMatchSnapshot();
    expect(sets === null).toBe(found!.severity === "error");
  });

  test("a ring of groups has the members of all of them", () => {
    const ring = `${A}${B}${group("ObjectGroup", "g", "one", "h", "a")}${group("ObjectGroup", "h", "two", "g", "b")}`;
    expect(setsOf(ring).slice(2)).toEqual(["one: 192.0.2.1 192.0.2.2", "two: 192.0.2.2 192.0.2.1"]);
  });

  test("a billion laughs are not expanded", () => {
    const entities = Array.from(
      { length: 10 },
      (_, at) => `<!ENTITY l${at} "${at === 0 ? "ha" : `&l${at - 1};`.repeat(10)}">`,
    ).join("\n");
    const { sets, diagnostics } = read(
      `<!DOCTYPE FWObjectDatabase [\n${entities}\n]>\n<FWObjectDatabase id="&l9;"/>`,
    );
    expect(sets).toBeNull();
    expect(formatDiagnostic(diagnostics[0]!, { maxWidth: 120 })).toMatchSnapshot();
  });

  test("an entity from another file is not fetched", () => {
    const text =
      '<!DOCTYPE FWObjectDatabase [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n<FWObjectDatabase id="&x;"/>';
    expect(read(text).diagnostics.map(({ code }) => code)).toEqual(["NAMES_XML"]);
  });

  test("groups of groups that stand for too many members end, too", () => {
    const hosts = Array.from({ length: 3000 }, (_, at) =>
      ipv4(`a${at}`, `a${at}`, `10.0.${at >> 8}.${at & 255}`),
    );
    const all = hosts.map((_, at) => `a${at}`);
    const groups = Array.from({ length: 700 }, (_, at) =>
      group("ObjectGroup", `g${at}`, `g${at}`, at === 0 ? "g0" : `g${at - 1}`, ...(at === 0 ? all : [])),
    );
    const { sets, diagnostics } = read(fwbAround(hosts.join("") + groups.join("")));
    expect(sets).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toContain("NAMES_TOO_LARGE");
  });

  test("many faults of a kind are counted, not listed", () => {
    const many = Array.from({ length: 30 }, (_, at) => ipv4(`x${at}`, `x${at}`, "nowhere")).join("");
    const { diagnostics } = read(fwbAround(many));
    expect(diagnostics).toHaveLength(10);
    expect(diagnostics[0]!.notes).toEqual([{ message: "there are 20 more warnings like this" }]);
  });

  test.each(["elements", "depth", "characters"] as const)("%s are bounded", (what) => {
    const file = makeSourceFile("policy.fwb", `<a>${"<b><c/></b>".repeat(20)}</a>`);
    const limits = { characters: 1000, elements: 100, depth: 10 };
    expect(readXml(file, limits).root).not.toBeNull();
    const { root, diagnostics } = readXml(file, { ...limits, [what]: 2 });
    expect(root).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(["NAMES_TOO_LARGE"]);
  });

  test("elements have their places, in a file of several pieces, too", () => {
    const text = `<a>${" ".repeat(70000)}<b c="1>2"/></a>`;
    const { root } = readXml(makeSourceFile("policy.fwb", text));
    const [b] = root!.children;
    expect(text.slice(b!.start, b!.end)).toBe('<b c="1>2"/>');
  });
});

/** Files of assertions: what they say, and what is said about mistakes in them. */
import { describe, expect, it, test } from "vitest";
import { printAddress, printHost } from "../../src/model/address.ts";
import { type AddressSet, type Assertion, familiesOf } from "../../src/model/assertion.ts";
import { CTSTATE } from "../../src/model/types.ts";
import { parseAssertions } from "../../src/plan/assertions.ts";
import { scanAssertion } from "../../src/plan/assertions/scan.ts";
import type { PlanGroup } from "../../src/plan/types.ts";
import { ASSERT_CODES } from "../../src/text/codes-assert.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { makeSourceFile } from "../../src/text/source.ts";

function parse(text: string, groups: readonly PlanGroup[] = []) {
  return parseAssertions(makeSourceFile("a.yaml", text), groups);
}

const NAMES = `names:
  OFFICE: [10.1.0.0/16, 10.2.0.0/16]
  DB: 10.1.4.7
  ALL: [OFFICE, "2001:db8::/32", 10.9.0.1-10.9.0.7]
  INTERNET: { not: [10.0.0.0/8, OFFICE, "fc00::/7"] }
`;

/** A file of the names above and one assertion. */
function around(sentence: string): string {
  return `${NAMES}assertions:\n  - ${sentence}\n`;
}

function setText(set: AddressSet): string {
  if (set.kind !== "addresses") return set.kind;
  const terms = [...set.v4, ...set.v6].map(({ negated, parts }) => {
    const words = parts.map((part) =>
      part.kind === "network"
        ? printAddress(part.address)
        : `${printHost(part.range.first)}-${printHost(part.range.last)}`,
    );
    return `${negated ? "not " : ""}${words.join("+")}`;
  });
  return terms.join(" or ");
}

/** An assertion in a canonical form of its own. */
function canonical(assertion: Assertion): string {
  const { kind, hook, source, destination, service, states } = assertion;
  const words = [kind, hook, setText(source), ">", setText(destination)];
  if (service?.kind === "protocol") words.push(`p${service.number}`);
  if (service?.kind === "ports")
    words.push(`p${service.number}/${service.ranges.map(({ first, last }) => `${first}-${last}`).join("+")}`);
  if (service?.kind === "icmp")
    words.push(`p${service.number}/${service.type}/${service.firstCode}-${service.lastCode}`);
  if (assertion.in !== null) words.push(`in=${assertion.in}`);
  if (assertion.out !== null) words.push(`out=${assertion.out}`);
  if (states !== CTSTATE.NEW) words.push(`states=${states}`);
  return [...words, familiesOf(assertion).join("")].join(" ");
}

describe("an assertion", () => {
  test.each([
    ["never: any -> any", "never FORWARD any > any v4v6"],
    ["always: 10.0.0.5 -> this host tcp/22", "always INPUT 10.0.0.5/32 > host p6/22-22 v4"],
    ["always: this host → any udp/53", "always OUTPUT host > any p17/53-53 v4v6"],
    ["always: this host->any udp/53", "always OUTPUT host > any p17/53-53 v4v6"],
    [
      "never: OFFICE -> DB tcp/80,443,8000-8999",
      "never FORWARD 10.1.0.0/16+10.2.0.0/16 > 10.1.4.7/32 p6/80-80+443-443+8000-8999 v4",
    ],
    [
      "never: ALL -> any tcp/http",
      "never FORWARD 10.1.0.0/16+10.2.0.0/16+10.9.0.1-10.9.0.7 or 2001:db8::/32 > any p6/80-80 v4v6",
    ],
    [
      "never: INTERNET -> any",
      "never FORWARD not 10.0.0.0/8+10.1.0.0/16+10.2.0.0/16 or not fc00::/7 > any v4v6",
    ],
    [
      'never: "[OFFICE, 10.3.0.1] -> [10.9.0.0/16,10.8.0.0/16] esp"',
      "never FORWARD 10.1.0.0/16+10.2.0.0/16+10.3.0.1/32 > 10.9.0.0/16+10.8.0.0/16 p50 v4",
    ],
    ["never: [INTERNET] -> DB tcp", null],
    [
      'never: "[INTERNET, 10.7.0.0/16] -> DB tcp"',
      "never FORWARD 10.7.0.0/16 or not 10.0.0.0/8+10.1.0.0/16+10.2.0.0/16 or not fc00::/7 > 10.1.4.7/32 p6 v4",
    ],
    ["always: any -> this host icmp/8", "always INPUT any > host p1/8/0-255 v4"],
    ["always: any -> this host icmp/echo-request", "always INPUT any > host p1/8/0-255 v4"],
    ["always: any -> this host icmpv6/128", "always INPUT any > host p58/128/0-255 v6"],
    ["always: any -> this host icmp/any", "always INPUT any > host p1 v4"],
    ["always: any -> this host any protocol, in eth0", "always INPUT any > host in=eth0 v4v6"],
    [
      "always: any -> any 47, in eth+, out ppp0, state NEW,RELATED",
      "always FORWARD any > any p47 in=eth+ out=ppp0 states=12 v4v6",
    ],
    ["always: any -> any all, state any", "always FORWARD any > any states=null v4v6"],
    ["always: 2001:db8::5 -> this host tcp/22", "always INPUT 2001:db8::5/128 > host p6/22-22 v6"],
  ])("%s", (sentence, expected) => {
    const { assertions, diagnostics } = parse(around(sentence));
    if (expected === null) expect(diagnostics.map(({ code }) => code)).toEqual(["ASSERTION_YAML"]);
    else
      expect(assertions?.map(canonical), JSON.stringify(diagnostics.map(({ args }) => args))).toEqual([
        expected,
      ]);
  });

  it("keeps its text and its line", () => {
    const [first] = parse(around("never:   any  ->  DB")).assertions!;
    expect(first).toMatchObject({ text: "never: any -> DB", line: 7 });
  });

  it("takes groups of the plan for names, by both their names, unless the file has the name", () => {
    const group = { axis: "source", accept: true, nameFrom: "person" } as const;
    const groups: readonly PlanGroup[] = [
      { ...group, id: "S-10", name: "S-OFFICES", members: ["10.5.0.0/16", "10.6.0.1-10.6.0.9"] },
      { ...group, id: "DB", name: "DB", members: ["10.7.0.1/32"] },
      { ...group, id: "SRV", name: "SRV", axis: "service", members: ["tcp dport 22"] },
    ];
    const read = (sentence: string) => parse(around(sentence), groups);
    const offices = "never FORWARD 10.5.0.0/16+10.6.0.1-10.6.0.9 > 10.1.4.7/32 v4";
    for (const name of ["S-10", "S-OFFICES"])
      expect(read(`never: ${name} -> DB`).assertions?.map(canonical)).toEqual([offices]);
    expect(read("never: SRV -> DB").assertions).toBeNull();
  });
});

test("words keep their places", () => {
  const text = "[a,b] → c tcp/80,443, in eth0";
  const tokens = scanAssertion(text);
  expect(tokens.map((token) => token.text)).toEqual([
    "[",
    "a,b",
    "]",
    "->",
    "c",
    "tcp/80,443",
    ",",
    "in",
    "eth0",
  ]);
  for (const { text: word, start, end } of tokens)
    expect(text.slice(start, end).replace("→", "->")).toBe(word);
});

describe("mistakes", () => {
  const cases: readonly (readonly [what: string, text: string, codes: readonly string[]])[] = [
    ["no YAML", "assertions: [", ["ASSERTION_YAML"]],
    ["a list that is not in quotes", around("never: [10.0.0.1, 10.0.0.2] -> any"), ["ASSERTION_YAML"]],
    ["an empty file", "", ["ASSERTION_NONE"]],
    ["an empty list", "assertions: []\n", ["ASSERTION_NONE"]],
    ["an unknown key", around("nevr: any -> any"), ["ASSERTION_UNKNOWN_KEY"]],
    ["no assertions", "names: {}\n", ["ASSERTION_MISSING_KEY"]],
    ["a key twice", "assertions:\n  - never: any -> any\nassertions: []\n", ["ASSERTION_DUPLICATE_KEY"]],
    ["a text for a list", "assertions: never\n", ["ASSERTION_WRONG_TYPE"]],
    ["an assertion without its kind", "assertions:\n  - any -> any\n", ["ASSERTION_WRONG_TYPE"]],
    ["both kinds", around("{ never: any -> any, always: any -> any }"), ["ASSERTION_KIND"]],
    ["no arrow", around("never: any any"), ["ASSERTION_FORM"]],
    ["no destination", around("never: any ->"), ["ASSERTION_FORM"]],
    ["half of this host", around("never: any -> this tcp/22"), ["ASSERTION_FORM"]],
    ["any in a list", around('never: "[any] -> DB"'), ["ASSERTION_FORM"]],
    ["a list without its end", around('never: "[DB -> any"'), ["ASSERTION_FORM"]],
    ["a list of nothing", around('never: "[] -> any"'), ["ASSERTION_FORM"]],
    ["a word too many", around("never: any -> DB tcp/22 udp/53"), ["ASSERTION_FORM"]],
    ["an unknown option", around("never: any -> DB tcp/22, via eth0"), ["ASSERTION_FORM"]],
    ["an option without value", around("never: any -> DB tcp/22, in"), ["ASSERTION_FORM"]],
    ["ports with blanks", around("never: any -> DB tcp/80, 443"), ["ASSERTION_FORM"]],
    ["a bad name", "names:\n  any: [10.0.0.1]\nassertions:\n  - never: any -> any\n", ["ASSERTION_NAME"]],
    ["an unknown name", around("never: OFICE -> DB"), ["ASSERTION_UNKNOWN_NAME"]],
    ["a name far from all", around("never: LAPTOPS -> DB"), ["ASSERTION_UNKNOWN_NAME"]],
    ["a bad address", around("never: 10.0.0.256 -> DB"), ["ASSERTION_ADDRESS"]],
    [
      "a bad network in a name",
      "names:\n  A: [10.0.0.0/33]\nassertions:\n  - never: A -> any\n",
      ["ASSERTION_ADDRESS"],
    ],
    ["an inverted range", around("never: 10.0.0.9-10.0.0.1 -> DB"), ["ASSERTION_ADDRESS"]],
    [
      "not of not",
      "names:\n  A: { not: 10.0.0.1 }\n  B: { not: [A] }\nassertions:\n  - never: B -> any\n",
      ["ASSERTION_NEGATED_NAME"],
    ],
    ["an unknown protocol", around("never: any -> DB tpc/22"), ["ASSERTION_SERVICE"]],
    ["a bad port", around("never: any -> DB tcp/70000"), ["ASSERTION_SERVICE"]],
    ["a protocol without ports", around("never: any -> DB esp/22"), ["ASSERTION_SERVICE"]],
    ["a bad icmp type", around("never: any -> DB icmp/ecko"), ["ASSERTION_SERVICE"]],
    ["an unknown state", around("never: any -> DB, state OLD"), ["ASSERTION_OPTION"]],
    ["an interface that no packet has", around("never: any -> this host, out eth0"), ["ASSERTION_OPTION"]],
    ["an option twice", around("never: any -> DB, in eth0, in eth1"), ["ASSERTION_OPTION"]],
    ["an interface too long", around("never: any -> DB, in interface-number-1"), ["ASSERTION_OPTION"]],
    ["this host twice", around("never: this host -> this host tcp/22"), ["ASSERTION_BOTH_HOST"]],
    ["two families", around("never: 10.0.0.1 -> 2001:db8::1"), ["ASSERTION_FAMILIES"]],
    ["icmp over IPv6", around("never: 2001:db8::1 -> this host icmp/8"), ["ASSERTION_FAMILIES"]],
  ];

  test.each(cases)("%s", (_, text, codes) => {
    const { assertions, diagnostics } = parse(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(codes);
    expect(assertions).toBeNull();
  });

  it("words each for people", () => {
    const excerpts = cases.map(([what, text]) => {
      const [first] = parse(text).diagnostics;
      return `${what}:\n${formatDiagnostic(first!, { maxWidth: 110 })}\n`;
    });
    expect(excerpts.join("\n")).toMatchSnapshot();
  });

  it("has a case above for each code", () => {
    const shown = new Set(cases.flatMap(([, , codes]) => codes));
    expect(Object.keys(ASSERT_CODES).filter((code) => !shown.has(code))).toEqual([]);
  });

  it("notes all of them in one run", () => {
    const { diagnostics } = parse(
      around("never: OFICE -> 10.0.0.256 tpc/22, state OLD\n  - always: any any\n  - sometimes: any -> any"),
    );
    expect(diagnostics.map(({ code }) => code)).toEqual([
      "ASSERTION_UNKNOWN_NAME",
      "ASSERTION_ADDRESS",
      "ASSERTION_SERVICE",
      "ASSERTION_FORM",
      "ASSERTION_UNKNOWN_KEY",
    ]);
  });
});

/** Products whose group is a union of groups that others have. */
import { expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { filterTable, NO_OPTIONS, product, readRuleset } from "../support/small-tables.ts";

const hosts = (net: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `-d 10.${net}.0.${at + 1}/32`);
const sources = (net: number, count: number): string[] =>
  hosts(net, count).map((text) => text.replace("-d", "-s"));
const MAIL = ["-p tcp -m tcp --dport 25", "-p tcp -m tcp --dport 465", "-p tcp -m tcp --dport 587"];
const WEB = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"];

function destinationsOf(rules: readonly string[]): (readonly string[])[] {
  const { products } = findGroups(readRuleset(filterTable(rules), "v4"), NO_OPTIONS);
  return products.map(({ sets }) => sets.find(({ axis }) => axis === "destination")?.members ?? []);
}

const sizes = (rules: readonly string[]): number[] => destinationsOf(rules).map(({ length }) => length);

/** Both destinations alone, each for sources of its own. */
const alone = [
  ...product("-A FORWARD", sources(1, 4), hosts(20, 16), WEB, "-j ACCEPT"),
  ...product("-A FORWARD", sources(2, 4), hosts(30, 9), WEB, "-j ACCEPT"),
];

test("sources that may reach two groups, both used elsewhere, are two policy rules", () => {
  const both = product("-A FORWARD", sources(3, 4), [...hosts(20, 16), ...hosts(30, 9)], MAIL, "-j ACCEPT");
  expect(sizes([...alone, ...both])).toEqual([16, 9, 16, 9]);
});

test("the same where the union is used twice: both of its policy rules are split", () => {
  const both = [...hosts(20, 16), ...hosts(30, 9)];
  const more = [
    ...product("-A FORWARD", sources(3, 4), both, MAIL, "-j ACCEPT"),
    ...product("-A FORWARD", sources(4, 4), both, WEB, "-j DROP"),
  ];
  expect(sizes([...alone, ...more])).toEqual([16, 9, 16, 9, 16, 9]);
});

test.each<[string, string[]]>([
  [
    "a group with one member more",
    product(
      "-A FORWARD",
      sources(3, 4),
      [...hosts(20, 16), ...hosts(30, 9), "-d 192.0.2.1/32"],
      MAIL,
      "-j ACCEPT",
    ),
  ],
  [
    "parts of which one is not there alone",
    product("-A FORWARD", sources(3, 4), [...hosts(20, 16), ...hosts(30, 8)], MAIL, "-j ACCEPT"),
  ],
])("%s stays one group", (_, more) => {
  const whole = sizes([...alone, ...more]);
  expect(whole.slice(0, 2)).toEqual([16, 9]);
  expect(Math.min(...whole.slice(2))).toBeGreaterThan(16);
});

test("a small union in many policy rules stays: to split them all would be more to read", () => {
  const parts = [
    ...product("-A FORWARD", sources(1, 4), hosts(20, 4), WEB, "-j ACCEPT"),
    ...product("-A FORWARD", sources(2, 4), hosts(30, 3), WEB, "-j ACCEPT"),
  ];
  const services = (net: number) => [22, 80].map((port) => `-p udp -m udp --dport ${1000 * net + port}`);
  const users = [3, 4, 5, 6].flatMap((net) =>
    product("-A FORWARD", sources(net, net), [...hosts(20, 4), ...hosts(30, 3)], services(net), "-j ACCEPT"),
  );
  expect(sizes([...parts, ...users])).toEqual([4, 3, 7, 7, 7, 7]);
});

test("parts with a member in common are no parts where a single policy rule has them", () => {
  const overlapping = [
    ...product("-A FORWARD", sources(1, 4), hosts(20, 16), WEB, "-j ACCEPT"),
    ...product("-A FORWARD", sources(2, 4), [...hosts(20, 1), ...hosts(30, 9)], WEB, "-j ACCEPT"),
  ];
  const both = product("-A FORWARD", sources(3, 4), [...hosts(20, 16), ...hosts(30, 9)], MAIL, "-j ACCEPT");
  expect(sizes([...overlapping, ...both])).toEqual([16, 10, 25]);
});

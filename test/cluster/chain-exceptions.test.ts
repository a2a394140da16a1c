/** Rule chains that let combinations leave: read where they do it as markify does, and named where not. */
import { describe, expect, test } from "vitest";
import { findMarkRules } from "../../src/cluster/marks/find.ts";
import { NO_OPTIONS, readRuleset } from "../support/small-tables.ts";

const CLEAR = "-g M-CLEAR";
const HOLE = "-s 10.0.0.3/32 -d 10.1.0.2/32";

/** A rule chain over three sources, two destinations and two services. */
function file({ before = [], after = [], own = [] }: Partial<Record<"before" | "after" | "own", string[]>>) {
  const rule = (text: string) => `-A R-X ${text}`;
  const chains = ["S-X", "D-X", "SRV-X", "R-X", "M-CLEAR", ...(own.length > 0 ? ["R-X/not"] : [])];
  return readRuleset(
    [
      "*filter",
      ":INPUT ACCEPT [0:0]",
      ":FORWARD DROP [0:0]",
      ":OUTPUT ACCEPT [0:0]",
      ...chains.map((name) => `:${name} - [0:0]`),
      ...["10.0.0.0/24", "10.0.0.3/32", "10.9.0.1/32"].map(
        (source) => `-A S-X -s ${source} -j MARK --set-xmark 0x1/0x1`,
      ),
      ...[1, 2].map((host) => `-A D-X -d 10.1.0.${host}/32 -j MARK --set-xmark 0x2/0x2`),
      "-A SRV-X -p tcp -m tcp --dport 22 -j MARK --set-xmark 0x4/0x4",
      "-A SRV-X -p udp -m udp --dport 53 -j MARK --set-xmark 0x4/0x4",
      rule("-j MARK --set-xmark 0x0/0x7"),
      rule("-j S-X"),
      rule("-m mark ! --mark 0x1/0x7 -j RETURN"),
      rule("-j D-X"),
      rule(`-m mark ! --mark 0x3/0x7 ${CLEAR}`),
      ...before.map(rule),
      rule("-j SRV-X"),
      rule(`-m mark ! --mark 0x7/0x7 ${CLEAR}`),
      ...after.map(rule),
      rule("-j MARK --set-xmark 0x0/0x7"),
      rule("-j ACCEPT"),
      "-A M-CLEAR -j MARK --set-xmark 0x0/0x7",
      ...own.map((text) => `-A R-X/not ${text}`),
      "-A FORWARD -j R-X",
      "COMMIT",
      "",
    ].join("\n"),
  );
}

function read(lines: Parameters<typeof file>[0]) {
  const { trees, odd } = findMarkRules(file(lines), NO_OPTIONS);
  if (trees.length === 0) return odd.map(({ chain, why }) => `${chain}: ${why}`);
  return (trees[0]!.variants[0]!.missing?.cells ?? []).map((cell) => cell.map(({ key }) => key).join(" | "));
}

const FAR = "-s 10.9.0.1/32 -d 10.1.0.2/32";
const CALL = ["-j R-X/not", "-m mark ! --mark 0x3/0x7 -j RETURN"];

describe("taken", () => {
  test.each([
    [
      "by protocol, before the services",
      { before: [`${FAR} -p tcp ${CLEAR}`] },
      ["10.9.0.1/32 | 10.1.0.2/32 | tcp dport 22"],
    ],
    [
      "all that is said of an address",
      { before: [`${FAR} ${CLEAR}`] },
      ["10.9.0.1/32 | 10.1.0.2/32 | tcp dport 22", "10.9.0.1/32 | 10.1.0.2/32 | udp dport 53"],
    ],
    [
      "a network, but for a host in it",
      {
        before: CALL,
        own: [`${HOLE} -p tcp -j RETURN`, `-s 10.0.0.0/24 -d 10.1.0.2/32 -p tcp ${CLEAR}`],
      },
      ["10.0.0.0/24 | 10.1.0.2/32 | tcp dport 22"],
    ],
  ])("%s", (_, lines, wanted) => {
    expect(read(lines)).toEqual(wanted);
  });
});

describe("not taken, and named", () => {
  test.each([
    ["a member that the groups lack", { before: [`-s 10.0.0.9/32 -d 10.1.0.2/32 -p tcp ${CLEAR}`] }],
    ["an address alone", { before: [`-s 10.9.0.1/32 ${CLEAR}`] }],
    ["a service before the services", { before: [`${FAR} -p tcp -m tcp --dport 22 ${CLEAR}`] }],
    [
      "a service that is missing with its protocol, behind them",
      { after: [`${FAR} -p tcp -m tcp --dport 22 ${CLEAR}`] },
    ],
    ["one that another one contains", { before: [`${HOLE} -p tcp ${CLEAR}`] }],
    ["a network with the host in it", { before: [`-s 10.0.0.0/24 -d 10.1.0.2/32 -p tcp ${CLEAR}`] }],
    [
      "the host behind its network",
      { before: CALL, own: [`-s 10.0.0.0/24 -d 10.1.0.2/32 -p tcp ${CLEAR}`, `${HOLE} -p tcp -j RETURN`] },
    ],
    ["no test behind its chain", { before: CALL.slice(0, 1), own: [`${FAR} -p tcp ${CLEAR}`] }],
    ["a test of something else", { before: [`${FAR} -p tcp -m conntrack --ctstate NEW ${CLEAR}`] }],
    ["a way out that keeps the bits", { before: [`${FAR} -p tcp -j RETURN`] }],
  ])("%s", (_, lines) => {
    const found = read(lines);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(/^R-X: /);
  });
});

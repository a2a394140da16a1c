/** Small changes, carried out on lists of rules as iptables would: they lead from one ruleset to the other. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  findSmallChange,
  printCommands,
  printRestore,
  type RuleCommand,
} from "../../src/emit/small-change.ts";
import "../support/seed.ts";
import { filterTable, readRuleset } from "../support/small-tables.ts";

const HOSTS = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
const ruleText = fc.constantFrom(...HOSTS).map((host) => `-s ${host}/32 -j ACCEPT`);
const chains = fc.record({
  a: fc.array(ruleText, { maxLength: 7 }),
  b: fc.array(ruleText, { maxLength: 3 }),
});

type Chains = Readonly<Record<"a" | "b", readonly string[]>>;

const tableOf = ({ a, b }: Chains) =>
  filterTable([
    "-A FORWARD -j a",
    "-A FORWARD -j b",
    ...a.map((rule) => `-A a ${rule}`),
    ...b.map((rule) => `-A b ${rule}`),
  ]).replace(/(?<=:OUTPUT .*\n)(?::[ab] .*\n)*/, ":a - [0:0]\n:b - [0:0]\n");

/** What iptables does with these commands: -D of a text takes the first such rule, numbers are from 1. */
function carryOut(before: Chains, commands: readonly RuleCommand[]): Chains {
  const state = { a: [...before.a], b: [...before.b] };
  for (const { table, text } of commands) {
    expect(table).toBe("filter");
    const [, command, chain, number, rule] = /^(-[ADI]) ([ab])(?: (\d+))?(?: (.+))?$/.exec(text)!;
    const rules = state[chain as "a" | "b"];
    const at = number === undefined ? rules.indexOf(rule ?? "") : Number(number) - 1;
    if (command === "-A") rules.push(rule!);
    else if (command === "-I") rules.splice(at, 0, rule!);
    else expect(rules.splice(at, 1)).toHaveLength(1);
  }
  return state;
}

test("commands lead from any rules of two chains to any others", () => {
  fc.assert(
    fc.property(chains, chains, (before, after) => {
      const commands = findSmallChange(readRuleset(tableOf(before)), readRuleset(tableOf(after)));
      expect(carryOut(before, commands!)).toEqual(after);
    }),
    { numRuns: 500 },
  );
});

test("a rule that comes is one command, and so is one that goes", () => {
  const old = readRuleset(tableOf({ a: ["-s 10.0.0.1/32 -j ACCEPT"], b: [] }));
  const now = readRuleset(tableOf({ a: ["-s 10.0.0.1/32 -j ACCEPT", "-s 10.0.0.2/32 -j ACCEPT"], b: [] }));
  expect(findSmallChange(old, now)).toEqual([{ table: "filter", text: "-A a -s 10.0.0.2/32 -j ACCEPT" }]);
  expect(findSmallChange(now, old)).toEqual([{ table: "filter", text: "-D a -s 10.0.0.2/32 -j ACCEPT" }]);
  expect(findSmallChange(old, old)).toEqual([]);
});

test("other chains, policies or tables are no small change", () => {
  const text = tableOf({ a: [], b: [] });
  const old = readRuleset(text);
  for (const other of [
    text.replace(":a -", ":c - [0:0]\n:a -"),
    text.replace(":INPUT ACCEPT", ":INPUT DROP"),
    `${text}*nat\nCOMMIT\n`,
  ])
    expect(findSmallChange(old, readRuleset(other))).toBeNull();
});

test("lines for a shell and for iptables-restore", () => {
  const commands = [
    { table: "filter", text: "-A a ! -s 10.0.0.1/32 -j ACCEPT" },
    { table: "mangle", text: "-D b -j ACCEPT" },
  ];
  expect(printCommands(commands, "v6")).toBe(
    "ip6tables -A a ! -s 10.0.0.1/32 -j ACCEPT\nip6tables -t mangle -D b -j ACCEPT\n",
  );
  const restore = "*filter\n-A a ! -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n*mangle\n-D b -j ACCEPT\nCOMMIT\n";
  expect(printRestore(commands)).toBe(restore);
  const quoted = [{ table: "filter", text: '-A a -m comment --comment "$(reboot)" -j ACCEPT' }];
  expect(printCommands(quoted, "v4")).toBe(
    `iptables-restore --noflush <<'END'\n${printRestore(quoted)}END\n`,
  );
});

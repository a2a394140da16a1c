/** `--tables`: rules of raw, mangle and nat become mark groups on request, are proved equal, and are known again. */
import { expect, test } from "vitest";
import { findMarkRules } from "../../src/cluster/marks/find.ts";
import { REWRITABLE_TABLES } from "../../src/cluster/segments.ts";
import { verify } from "../../src/verify/verify.ts";
import { FOUR_TABLES, tableTexts } from "../support/four-tables.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

function rewriteTables(text: string, rewriteTables?: readonly string[]) {
  const options = { ...NO_OPTIONS, ...(rewriteTables === undefined ? {} : { rewriteTables }) };
  const old = readRuleset(text, "v4");
  const plan = planOf(old, options);
  return { old, plan, ...rewriteOf(old, plan) };
}

test("nobody asks: filter alone is rewritten", () => {
  const { rewritten, text } = rewriteTables(FOUR_TABLES);
  expect(rewritten.tablesChanged).toEqual(["filter"]);
  for (const [name, table] of tableTexts(FOUR_TABLES))
    expect(tableTexts(text).get(name) === table, name).toBe(name !== "filter");
});

test.each(REWRITABLE_TABLES)(
  "%s alone: equal, the others word for word, and nothing a second time",
  async (name) => {
    const { old, plan, rewritten, text } = rewriteTables(FOUR_TABLES, [name]);
    expect(rewritten.tablesChanged).toEqual([name]);
    expect(plan.policyRules.length).toBeGreaterThan(0);
    for (const [other, table] of tableTexts(FOUR_TABLES))
      if (other !== name) expect(tableTexts(text).get(other)).toBe(table);
    const now = readRuleset(text, "v4", "new.rules");
    const result = await verify(old, now, { packets: 20_000, demandAnyMark: true });
    expect([result.result, result.basis], JSON.stringify(result.witness)).toEqual(["equal", "proved"]);
    expect(rewriteTables(text, [name]).rewritten.changed).toBe(false);
  },
);

test("all four: equal, and nothing a second time", async () => {
  const { old, text } = rewriteTables(FOUR_TABLES, REWRITABLE_TABLES);
  const result = await verify(old, readRuleset(text, "v4", "new.rules"), { packets: 20_000 });
  expect([result.result, result.basis]).toEqual(["equal", "proved"]);
  expect(rewriteTables(text, REWRITABLE_TABLES).rewritten.changed).toBe(false);
});

test("mark groups of tables that are left alone are nobody else's marks", () => {
  const { text } = rewriteTables(FOUR_TABLES, REWRITABLE_TABLES);
  const again = rewriteTables(text);
  expect(again.rewritten.changed, "the filter table's groups are known").toBe(false);
  expect(again.plan.policyRules.map(({ table }) => table)).toEqual(["filter"]);
  expect(findMarkRules(again.old, NO_OPTIONS).odd).toEqual([]);
});

test("runs of tables that are left alone are nobody else's marks, either", () => {
  const filter = tableTexts(FOUR_TABLES).get("filter")!;
  const hosts = [1, 2, 3, 4, 5, 6];
  const rows = (net: number, target: string) =>
    hosts.flatMap((source) =>
      hosts.map((host) => `-A PREROUTING -s 10.0.${net}.${source}/32 -d 10.9.0.${host}/32 -j ${target}`),
    );
  const mangle = [
    "*mangle",
    ":PREROUTING ACCEPT [0:0]",
    ...rows(1, "DROP"),
    ...rows(2, "ACCEPT"),
    "COMMIT",
    "",
  ];
  const old = readRuleset(mangle.join("\n") + filter, "v4");
  const options = { ...NO_OPTIONS, rewriteTables: ["mangle", "filter"] };
  const { rewritten, text } = rewriteOf(old, { ...planOf(old, options), layout: "hoisted" });
  expect(rewritten.runs).toBe(1);
  expect(text).toContain("-A PREROUTING -j P-PREROUTING\n");
  const again = rewriteTables(text);
  expect(again.plan.policyRules.map(({ table }) => table)).toEqual(["filter"]);
  expect(again.plan.layout).toBeUndefined();
  expect(tableTexts(again.text).get("mangle")).toBe(tableTexts(text).get("mangle"));
  expect(findMarkRules(again.old, NO_OPTIONS).odd).toEqual([]);
});

test("several tables with runs: an import of fewer of them leaves every byte", () => {
  const rows = (chain: string, nets: number) =>
    Array.from({ length: nets }, (_, net) =>
      product(
        `-A ${chain}`,
        [1, 2, 3, 4, 5, 6].map((host) => `-s 10.0.${net}.${host}/32`),
        [1, 2, 3, 4, 5, 6].map((host) => `-d 10.9.${net}.${host}/32`),
        "-j ACCEPT",
      ),
    ).flat();
  const mangle = ["*mangle", ":PREROUTING ACCEPT [0:0]", ...rows("PREROUTING", 5), "COMMIT", ""].join("\n");
  const old = readRuleset(mangle + filterTable(rows("FORWARD", 2)), "v4");
  const options = { ...NO_OPTIONS, rewriteTables: ["mangle", "filter"] };
  const { rewritten, text } = rewriteOf(old, { ...planOf(old, options), layout: "hoisted" });
  expect(rewritten.runs).toBe(2);
  // Each table clears its own bits.
  expect(rewritten.newBits).toBe(0x1f);
  expect(tableTexts(text).get("filter")).toContain("-A M-CLEAR -j MARK --set-xmark 0x0/0x3\n");
  for (const tables of [["filter"], ["mangle"], ["mangle", "filter"]])
    expect(rewriteTables(text, tables).rewritten.changed, tables.join()).toBe(false);
});

test("a chain that clears has one name in all tables, and keeps it", () => {
  const { text } = rewriteTables(FOUR_TABLES, ["raw", "nat"]);
  expect(text).not.toContain("M-CLEAR-2");
  expect(rewriteTables(text, ["raw", "nat", "filter"]).text).not.toContain("M-CLEAR-2");
});

test("a target with ports stands beside the one protocol of its rule", () => {
  const { text } = rewriteTables(FOUR_TABLES, ["nat"]);
  const lines = text.split("\n").filter((line) => line.includes("-j DNAT"));
  expect(lines.length).toBe(2);
  for (const line of lines) expect(line).toMatch(/ -p (tcp|udp) /);
});

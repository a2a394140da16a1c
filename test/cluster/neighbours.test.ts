/** Rules with a neighbour, against a comparison of every pair. */
import { expect, test } from "vitest";
import { findCandidates } from "../../src/cluster/candidates.ts";
import type { Item } from "../../src/cluster/dependencies.ts";
import type { Movable } from "../../src/cluster/features.ts";
import { withNeighbours } from "../../src/cluster/neighbours.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import { AXES } from "../../src/model/types.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, readRuleset } from "../support/small-tables.ts";

function itemsOf(lines: readonly string[]): readonly Item[] {
  const ruleset = readRuleset(filterTable(lines), "v4");
  const cut = ruleset.tables.flatMap((table) => cutTable(table, ruleset, NO_OPTIONS));
  const pieces = cut.flatMap((chain) => chain.pieces);
  return pieces
    .flatMap((piece) => (piece.kind === "segment" ? piece.rules : []))
    .map((movable, index) => ({ movable, index }));
}

function areNeighbours(one: Movable, other: Movable): boolean {
  const differing = AXES.filter((_, axis) => one.tokens[axis]?.key !== other.tokens[axis]?.key);
  return one.signature === other.signature && differing.length <= 1;
}

/** Few or many values an axis, so that rules have few or many neighbours. */
function randomLines(random: Random, values: number): string[] {
  return Array.from({ length: 40 }, () => {
    const source = random.below(3) === 0 ? "" : `-s 10.0.0.${random.below(values)}/32 `;
    const port = random.below(4) === 0 ? "" : `-p tcp -m tcp --dport ${1 + random.below(values)} `;
    return `-A FORWARD ${source}-d 10.0.1.${random.below(values)}/32 -i eth${random.below(2)} ${port}-j ${random.below(5) === 0 ? "DROP" : "ACCEPT"}`;
  });
}

test("rules with one, as by comparing every pair; what has none is in no product", () => {
  let [some, all] = [0, 0];
  for (let number = 0; number < 60; number++) {
    const items = itemsOf(randomLines(new Random(SEED * 1_000_003 + number), 3 + (number % 12)));
    const found = withNeighbours(items);
    const wanted = items.filter((item) =>
      items.some((other) => other !== item && areNeighbours(item.movable, other.movable)),
    );
    expect(found).toEqual(wanted);
    // The order in which members were met may differ; what they are may not.
    const rulesOf = (list: readonly Item[]) =>
      findCandidates(list).map(({ rules }) => rules.map(({ line }) => line));
    for (const target of ["ACCEPT", "DROP"]) {
      const like = (list: readonly Item[]) =>
        list.filter(({ movable }) => movable.rule.target.text === `-j ${target}`);
      const [few, many] = [rulesOf(like(found)).flat(), rulesOf(like(items)).flat()];
      expect(new Set(few)).toEqual(new Set(many));
    }
    some += found.length;
    all += items.length;
  }
  expect(some).toBeGreaterThan(all / 10);
  expect(some).toBeLessThan((all * 9) / 10);
});

test("axes with more combinations than numbers can count", () => {
  const lines = Array.from(
    { length: 10_000 },
    (_, at) =>
      `-A FORWARD -s 10.${at >> 8}.${at & 255}.1/32 -d 11.${at >> 8}.${at & 255}.1/32 -i a${at} -o b${at} -p tcp -m tcp --dport ${at + 1} -j ACCEPT`,
  );
  const twin = lines[1234]!.replace("--dport 1235", "--dport 60000");
  const found = withNeighbours(itemsOf([...lines, twin]));
  expect(found.map(({ index }) => index)).toEqual([1234, 10_000]);
});

test("a rule that is like others in parts only", () => {
  const list = (source: number, ports: string) =>
    `-A FORWARD -s 10.0.0.${source}/32 -p tcp -m multiport --dports ${ports} -j ACCEPT`;
  const items = itemsOf([list(1, "80,443"), list(2, "80"), list(2, "443"), list(3, "22")]);
  expect(withNeighbours(items).map(({ index }) => index)).toEqual([1, 2]);
  const [whole] = items.map(({ movable }) => movable);
  const parts = ["80", "443"].map((port): Movable => {
    const token = { key: `tcp dports ${port}`, text: `-p tcp -m multiport --dports ${port}` };
    return { ...whole!, tokens: whole!.tokens.with(AXES.indexOf("service"), token) };
  });
  const split = [{ movable: { ...whole!, parts }, index: 0 }, ...items.slice(1)];
  expect(withNeighbours(split).map(({ index }) => index)).toEqual([0, 1, 2]);
});

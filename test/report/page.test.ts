/** What the report's page thinks, without a browser: its addresses, its filter and order, what it looks up, its diff. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderDiff } from "../../src/report/diff.ts";
import { makePageData, type PageData } from "../../src/report/page-data.ts";
import { type Address, parseAddress, printAddress, TABS } from "../../src/report/page/address.ts";
import { listFindings } from "../../src/report/page/findings.ts";
import { unfoldHunks } from "../../src/report/page/hunks.ts";
import {
  chainLines,
  countChainLines,
  describeOldLine,
  findNearDuplicates,
  invertOrigins,
  parseLineKey,
  printLineKey,
  relatedLines,
} from "../../src/report/page/lookup.ts";
import { makeMatcher, selectRows } from "../../src/report/page/select-rows.ts";
import { makeGroupsView } from "../../src/report/make-view.ts";
import type { GroupView } from "../../src/report/view.ts";
import { FLAT } from "../cli/rulesets.ts";
import { runPipeline } from "../support/pipeline.ts";
import { makeSourceFile } from "../../src/text/source.ts";

describe("addresses", () => {
  test("read as they were printed, whatever stands in them", () => {
    const text = fc.string({ unit: "grapheme" });
    const address = fc.record({
      tab: fc.constantFrom(...TABS),
      item: text,
      query: text,
      only: text,
      sort: text,
    });
    fc.assert(
      fc.property(address, (given: Address) => {
        expect(parseAddress(printAddress(given))).toEqual(given);
      }),
    );
  });

  test("fall back to the start where nothing is known of them", () => {
    const start = { tab: "groups", item: "", query: "", only: "", sort: "" };
    for (const hash of ["", "#", "#nothing", "#?x=y"]) expect(parseAddress(hash)).toEqual(start);
    expect(parseAddress("#groups/%E0%A4")).toEqual({ ...start, item: "%E0%A4" });
  });

  test("name lines", () => {
    expect(parseLineKey(printLineKey({ side: "new", file: 1, line: 23 }))).toEqual({
      side: "new",
      file: 1,
      line: 23,
    });
    for (const text of ["", "old:1", "old:x:1", "both:0:1", "old:0:1:2"])
      expect(parseLineKey(text)).toBeNull();
  });
});

describe("rows", () => {
  const rows = [
    { name: "S-10", axis: "source", size: 2 },
    { name: "S-9", axis: "source", size: 10 },
    { name: "D-WEB", axis: "destination", size: 2 },
  ];
  type Row = (typeof rows)[number];
  const reader = {
    text: ({ name, axis }: Row) => `${name} ${axis}`,
    kind: ({ axis }: Row) => axis,
    keys: { name: ({ name }: Row) => name, size: ({ size }: Row) => size },
  };
  const names = (wish: { query?: string; only?: string; sort?: string }) =>
    selectRows(rows, reader, { query: "", only: "", sort: "", ...wish }).rows.map(({ name }) => name);

  test("have all words, in any order and case", () => {
    expect(names({ query: "SOURCE s-" })).toEqual(["S-10", "S-9"]);
    expect(names({ query: "source web" })).toEqual([]);
    expect(makeMatcher("  ")("anything")).toBe(true);
  });

  test("are sorted as people count, either way; rows that are alike stay in their order", () => {
    expect(names({ sort: "name" })).toEqual(["D-WEB", "S-9", "S-10"]);
    expect(names({ sort: "-name" })).toEqual(["S-10", "S-9", "D-WEB"]);
    expect(names({ sort: "size" })).toEqual(["S-10", "D-WEB", "S-9"]);
    expect(names({ sort: "-size" })).toEqual(["S-9", "S-10", "D-WEB"]);
    expect(names({ sort: "nothing" })).toEqual(["S-10", "S-9", "D-WEB"]);
  });

  test("are counted by kind as far as they have the words, whichever kind is shown", () => {
    const selected = selectRows(rows, reader, { query: "s-", only: "destination", sort: "" });
    expect(selected.rows).toEqual([]);
    expect([...selected.kinds]).toEqual([
      ["source", 2],
      ["destination", 0],
    ]);
    expect(selected.found).toBe(2);
  });
});

describe("the data of a plan", () => {
  const { plan, rewritten } = runPipeline(makeSourceFile("old.rules", FLAT), "v4");
  const data: PageData = makePageData("1", makeGroupsView({ plan, rewrites: [rewritten] }), null, [
    rewritten,
  ]);
  const [file] = data.files;

  test("leads from old lines to new ones and back", () => {
    const becomes = invertOrigins(file!);
    file!.old.forEach((_, at) => {
      expect(becomes[at]).toEqual(relatedLines(file!, { side: "old", line: at + 1 }));
      for (const line of becomes[at]!) expect(relatedLines(file!, { side: "new", line })).toContain(at + 1);
    });
  });

  test("says of each rule which policy rule merges it, or why it stays flat", () => {
    const rules = file!.old.flatMap((text, at) => (text.startsWith("-A") ? [at + 1] : []));
    expect(rules.length).toBeGreaterThan(5);
    for (const line of rules) {
      const { products, flat } = describeOldLine(data, { file: file!.path, line });
      expect(products.length > 0, `line ${line}`).toBe(flat === undefined);
    }
  });

  test("has the chains of groups", () => {
    for (const { name, accept, uses, sameAs } of data.report.groups) {
      if (!accept || uses === 0 || sameAs !== undefined) continue;
      const lines = chainLines(data, name).map(({ line }) => file!.new[line - 1]!);
      expect(lines[0]).toMatch(`:${name} `);
      expect(lines.length).toBeGreaterThan(1);
    }
    expect(chainLines(data, "S-10")).toEqual([]);
  });

  test("has the diff that the terminal shows", () => {
    const [, , ...lines] = renderDiff(rewritten, "old", "new").trimEnd().split("\n");
    expect(unfoldHunks(file!)).toEqual(lines);
  });
});

test("the chain of a group that is a tree has its branches", () => {
  const file = {
    new: [
      ":S-LAN - [0:0]",
      ":S-LAN/10.1 - [0:0]",
      ":S-LAN-2 - [0:0]",
      "-A S-LAN -s 10.1.0.0/16 -g S-LAN/10.1",
      "-A S-LAN/10.1 -j x",
    ],
  };
  const data: PageData = JSON.parse(JSON.stringify({ files: [file] }));
  expect(chainLines(data, "S-LAN").map(({ line }) => line)).toEqual([1, 2, 4, 5]);
  expect(Object.fromEntries(countChainLines(data.files))).toEqual({ "S-LAN": 2, "S-LAN/10.1": 1 });
});

test("near-duplicates share half of their members or more, on one axis", () => {
  const group = (name: string, axis: GroupView["axis"], members: readonly string[]): GroupView => {
    const rest = { nameFrom: "person", accept: true, uses: 1, lines: [] } as const;
    return { id: name, name, axis, members, ...rest };
  };
  const groups = [
    group("A", "source", ["1", "2", "3"]),
    group("B", "source", ["2", "3"]),
    group("C", "source", ["3", "4"]),
    group("D", "destination", ["1", "2", "3"]),
  ];
  const near = findNearDuplicates(groups);
  const found = groups.map((each) =>
    near.get(each)!.map(({ group: other, shared }) => `${other.name} ${shared}`),
  );
  expect(found).toEqual([["B 2"], ["A 2"], [], []]);
});

describe("findings", () => {
  const finding = (kind: string, severity: string) => ({ kind, severity, message: kind, lines: [] });
  const own = [finding("tidied", "note"), finding("grows", "warning")];
  const dataOf = (more: object): PageData => {
    const lint = [{ file: "old", found: { first: [{ ...linted("shadowed", 7), lines: [{ line: 7 }] }] } }];
    return JSON.parse(JSON.stringify({ report: { findings: own, products: [], lint }, files: [], ...more }));
  };
  const linted = (kind: string, line: number, severity = "warning") => ({
    ...finding(kind, severity),
    ...{ lines: [line], because: [], advice: "drop it" },
  });

  test("are all there, worst first: warnings before notes, and what is wrong before what is superfluous", () => {
    const all = [
      ...["redundant", "mark-overlap", "shadowed", "shadowed", "shadowed"].map((kind, at) =>
        linted(kind, at),
      ),
      linted("empty-chain", 9, "note"),
      linted("kept-apart", 10, "note"),
    ];
    const found = listFindings(dataOf({ lint: [all] }));
    expect(found.map(({ kind, lines }) => `${kind} ${lines[0]?.line ?? ""}`)).toEqual([
      ...["grows ", "lint: mark-overlap 1", "lint: shadowed 2", "lint: shadowed 3", "lint: shadowed 4"],
      ...["lint: redundant 0", "tidied ", "lint: kept-apart 10", "lint: empty-chain 9"],
    ]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  });

  test("of a page of old are the first of lint, which is all it has", () => {
    expect(listFindings(dataOf({})).map(({ kind }) => kind)).toEqual(["grows", "lint: shadowed", "tidied"]);
  });

  test("of inputs that nobody linted are those of the plan", () => {
    expect(listFindings(dataOf({ lint: [null] })).map(({ kind }) => kind)).toEqual(["grows", "tidied"]);
  });

  test("of ten thousand are listed once", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => linted("redundant", at + 1));
    const data = dataOf({ lint: [many] });
    expect(listFindings(data)).toHaveLength(10_002);
    expect(listFindings(data)).toBe(listFindings(data));
  });
});

/** What the pictures of the report's page are drawn from: cells, order, overlaps, chains. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeGroupsView } from "../../src/report/make-view.ts";
import { makePageData, type PageData } from "../../src/report/page-data.ts";
import { drawChains, makeChainGraph } from "../../src/report/page/pictures/chain-graph.ts";
import { type DrawnData, isDrawn } from "../../src/report/page/pictures/drawn.ts";
import { linkPicture, parseChoice, PICTURES } from "../../src/report/page/pictures/choice.ts";
import { type FlatMatrix, listChains, makeFlatMatrix } from "../../src/report/page/pictures/flat-matrix.ts";
import { describeCell, describeMatrix, describeRule } from "../../src/report/page/pictures/in-words.ts";
import { findBlocks, findRuns, laneAt, placeLanes } from "../../src/report/page/pictures/lanes.ts";
import { orderBySets, orderSides } from "../../src/report/page/pictures/order.ts";
import { findOverlaps, makeOverlapMatrix } from "../../src/report/page/pictures/overlaps.ts";
import {
  letterOf,
  listPlaces,
  makePolicyMatrix,
  moveInCells,
} from "../../src/report/page/pictures/policy-matrix.ts";
import {
  describeLimits,
  describeService,
  describeSide,
  fateOf,
  targetOf,
} from "../../src/report/page/pictures/policy-side.ts";
import { makeRuleMatrix } from "../../src/report/page/pictures/rule-matrix.ts";
import { findNearMiss } from "../../src/report/page/lookup.ts";
import { parseAddress } from "../../src/report/page/address.ts";
import type { ChainNode } from "../../src/report/picture-data.ts";
import type { GroupView, ProductView } from "../../src/report/view.ts";
import { findGroups } from "../../src/cluster/find.ts";
import type { ClusterOptions } from "../../src/cluster/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { DEFAULT_CLUSTER_OPTIONS, importOrThrow } from "../support/pipeline.ts";

/** The page's data of some rules of FORWARD, and of whole chains beside. */
function dataOf(rules: readonly string[], more: Partial<ClusterOptions> = {}): DrawnData {
  const chains = [
    ":INPUT DROP [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":OWN - [0:0]",
    ":OWN2 - [0:0]",
  ];
  const file = makeSourceFile("t.rules", `${["*filter", ...chains, ...rules, "COMMIT"].join("\n")}\n`);
  const ruleset = importOrThrow(file, "v4");
  const options = { ...DEFAULT_CLUSTER_OPTIONS, ...more };
  const clustering = findGroups(ruleset, options);
  const { plan } = makePlan([{ path: file.path, digest: "sha256:made-for-a-test", clustering }], options);
  const { rewritten } = rewriteRuleset(ruleset, plan, 0);
  const data = makePageData("1", makeGroupsView({ plan, rewrites: [rewritten!] }), null, [rewritten!]);
  if (!isDrawn(data)) throw new Error("nothing to draw from");
  return data;
}

const SOURCES = ["10.0.1.1/32", "10.0.1.2/32", "10.0.1.3/32", "10.0.1.4/32"];
const TARGETS = ["10.9.0.1/32", "10.9.0.2/32", "10.9.0.3/32"];

/** Each source to each target on each port. */
function rulesOf(
  sources: readonly string[],
  targets: readonly string[],
  ports: readonly number[],
): readonly string[] {
  return sources.flatMap((source) =>
    targets.flatMap((target) =>
      ports.map((port) => `-A FORWARD -s ${source} -d ${target} -p tcp -m tcp --dport ${port} -j ACCEPT`),
    ),
  );
}

const WEB = rulesOf(SOURCES, TARGETS, [80, 443]);

describe("addresses of pictures", () => {
  test("read as they were printed, whatever stands in them", () => {
    const focus = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...PICTURES), focus, (picture, wanted) => {
        const address = parseAddress(linkPicture(picture, wanted, { only: wanted }));
        expect(parseChoice(address.item)).toEqual({ picture, focus: wanted });
        expect(address).toMatchObject({ tab: "pictures", only: wanted });
      }),
    );
    expect(parseChoice("nothing:x")).toEqual({ picture: "policy", focus: "" });
    expect(parseChoice("flat")).toEqual({ picture: "flat", focus: "" });
  });
});

describe("the rules of a file as columns", () => {
  const rules = [
    "-A INPUT -i lo -j ACCEPT",
    "-A FORWARD ! -s 10.0.0.0/8 -o eth0 -p udp -m multiport --dports 53,123 -m conntrack --ctstate NEW -j DROP",
    '-A FORWARD -m iprange --src-range 10.1.0.1-10.1.0.9 ! --dst-range 10.2.0.1-10.2.0.9 -m comment --comment "x" -j OWN',
    '-A OWN ! -p tcp -m set ! --match-set bad src -j LOG --log-prefix "a -s b"',
  ];
  const { rules: columns } = dataOf(rules).files[0]!.picture;
  const word = (name: "source" | "destination" | "service" | "in" | "out" | "says") =>
    columns[name].map((at) => columns.words[at]);

  test("say what each asks, in the words of groups", () => {
    expect(word("source")).toEqual(["", "! 10.0.0.0/8", "10.1.0.1-10.1.0.9", "! set bad"]);
    expect(word("destination")).toEqual(["", "", "! 10.2.0.1-10.2.0.9", ""]);
    expect(word("service")).toEqual(["", "udp dports 53,123", "", ""]);
    expect(word("in")).toEqual(["lo", "", "", ""]);
    expect(word("out")).toEqual(["", "eth0", "", ""]);
  });

  test("keep all that is left, but comments", () => {
    expect(word("says")).toEqual([
      "-j ACCEPT",
      "-m conntrack --ctstate NEW -j DROP",
      "-j OWN",
      '! -p tcp -j LOG --log-prefix "a -s b"',
    ]);
    expect(columns.chain.map((at) => columns.chains[at]!.chain)).toEqual([
      "INPUT",
      "FORWARD",
      "FORWARD",
      "OWN",
    ]);
    expect(columns.line).toEqual([7, 8, 9, 10]);
  });

  test("the members of groups are among the words of the lines that are merged", () => {
    const { report, files } = dataOf(WEB);
    const { words } = files[0]!.picture.rules;
    expect(report.groups).toHaveLength(3);
    for (const { members } of report.groups) for (const member of members) expect(words).toContain(member);
  });
});

function product(summary: string, more: Partial<ProductView> = {}): ProductView {
  const rest = { nameFrom: "groups", accept: true, file: "t", table: "filter", chain: "FORWARD", groups: {} };
  return { id: summary, name: summary, summary, lines: [], missing: [], ...rest, ...more };
}

describe("the sides of a policy rule", () => {
  test.each([
    [
      "-s 10.0.0.1/32 -i eth0 -p tcp -m tcp --dport 22 -m limit --limit 5/min -j ACCEPT",
      "10.0.0.1/32 · in eth0",
      "",
      "tcp dport 22",
    ],
    [
      "! -s 10.0.0.1/32 -o eth1 -p icmp -m icmp --icmp-type 8 -j DROP",
      "not 10.0.0.1/32",
      "out eth1",
      "icmp type 8",
    ],
    ['-d 10.0.0.2/32 -j LOG --log-prefix "-s x -p tcp "', "", "10.0.0.2/32", ""],
    ["-m iprange --dst-range 10.0.0.1-10.0.0.9 ! -p tcp -j ACCEPT", "", "10.0.0.1-10.0.0.9", "not tcp"],
  ])("%s", (summary, row, column, service) => {
    const rule = product(summary);
    expect([describeSide(rule, "row"), describeSide(rule, "column"), describeService(rule)]).toEqual([
      row,
      column,
      service,
    ]);
  });

  test("are its groups, with `not` before those that are negated", () => {
    const rule = product("! -s S-LAN -d D-WEB -i I-IN SRV-WEB -j REJECT --reject-with tcp-reset", {
      groups: { source: "S-LAN", destination: "D-WEB", in: "I-IN", service: "SRV-WEB" },
      negated: ["source"],
    });
    expect(describeSide(rule, "row")).toBe("not S-LAN · in I-IN");
    expect(describeSide(rule, "column")).toBe("D-WEB");
    expect(describeService(rule)).toBe("SRV-WEB");
    expect(fateOf(rule)).toBe("denies");
    expect(targetOf(rule)).toBe("REJECT --reject-with tcp-reset");
  });
});

describe("the policy matrix", () => {
  const rules = [
    product("-s A -d X -p tcp -m tcp --dport 1 -j ACCEPT"),
    product("-s B -d Y -p tcp -m tcp --dport 2 -j ACCEPT"),
    product("-s A -d X -p tcp -m tcp --dport 2 -j DROP"),
    product("-p tcp -m tcp --dport 2 -j DROP", { chain: "INPUT" }),
  ];

  test("has each rule in one cell, its services numbered by use, and what is not asked in the first row and column", () => {
    const { rows, columns, cells, services } = makePolicyMatrix(rules, []);
    expect(rows.map(({ label }) => label)).toEqual(["", "A", "B"]);
    expect(columns.map(({ label }) => label)).toEqual(["", "X", "Y"]);
    expect(services.map(({ code, label, rules: count }) => `${code} ${label} ${count}`)).toEqual([
      "A tcp dport 2 3",
      "B tcp dport 1 1",
    ]);
    expect(
      cells.map(({ row, column, marks }) => [
        row,
        column,
        marks.map(({ service, fate }) => `${service} ${fate}`),
      ]),
    ).toEqual([
      [0, 0, ["0 denies"]],
      [1, 1, ["1 accepts", "0 denies"]],
      [2, 2, ["0 accepts"]],
    ]);
  });

  test("is of a whole table, or of a chain; of what was accepted", () => {
    const data: PageData = JSON.parse(
      JSON.stringify({
        report: { products: [...rules, product("-j DROP", { accept: false })] },
        files: [{ path: "t" }],
      }),
    );
    expect(listPlaces(data).map(({ key, rules: own }) => `${key}: ${own.length}`)).toEqual([
      "0 filter: 4",
      "0 filter FORWARD: 3",
      "0 filter INPUT: 1",
    ]);
  });

  test("counts services as spreadsheets count columns", () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(letterOf)).toEqual(["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
  });

  test("arrow keys go along the row, and to the nearest cell of another row", () => {
    const cells = [
      [0, 0],
      [0, 5],
      [2, 1],
      [2, 4],
      [3, 0],
    ].map(([row, column]) => ({ row: row!, column: column! }));
    expect(moveInCells(cells, -1, "ArrowDown")).toBe(0);
    expect(moveInCells(cells, 0, "ArrowRight")).toBe(1);
    expect(moveInCells(cells, 1, "ArrowDown")).toBe(3);
    expect(moveInCells(cells, 3, "ArrowUp")).toBe(1);
    expect(moveInCells(cells, 4, "ArrowDown")).toBe(4);
    expect(moveInCells(cells, 2, "Home")).toBe(0);
    expect(moveInCells(cells, 2, "End")).toBe(4);
    expect(moveInCells(cells, 2, "x")).toBeNull();
    expect(moveInCells([], -1, "ArrowDown")).toBeNull();
  });
});

describe("conditions beside groups and single members", () => {
  const mac = "-m mac --mac-source 02:00:00:00:00:01";

  test.each([
    [`-d D-WEB ${mac} -j ACCEPT`, `any, only if ${mac}`, "D-WEB", ""],
    ["-d D-WEB -m set --match-set bad src -j ACCEPT", "any, only if -m set --match-set bad src", "D-WEB", ""],
    [
      "-d D-WEB -m set ! --match-set bad dst -j ACCEPT",
      "",
      "D-WEB, only if -m set ! --match-set bad dst",
      "",
    ],
    ["-d D-WEB -m conntrack --ctstate NEW -j ACCEPT", "", "D-WEB", "-m conntrack --ctstate NEW"],
    [
      "! -s 10.1.0.0/16 -s S-LAN -d D-WEB -j ACCEPT",
      "S-LAN, only if ! -s 10.1.0.0/16",
      "D-WEB",
      "",
      { source: "S-LAN" },
    ],
    [
      "-m iprange --src-range 10.0.0.1-10.0.0.2 ! --dst-range 10.0.0.3-10.0.0.9 not SRV-X -f -j DROP",
      "10.0.0.1-10.0.0.2",
      "not 10.0.0.3-10.0.0.9",
      "-f",
      { service: "SRV-X" },
    ],
    ['-d D-WEB -m string --string "a -j b -s c" -j DROP', "", "D-WEB", '-m string --string "a -j b -s c"'],
    [
      "-d D-WEB -p tcp -m limit --limit 1/sec -m tcp --dport 22 -j ACCEPT",
      "",
      "D-WEB",
      "-m limit --limit 1/sec -m tcp --dport 22",
    ],
    ["-d D-WEB -m set --match-set pairs src,dst -j ACCEPT", "", "D-WEB", "-m set --match-set pairs src,dst"],
  ])("%s", (summary, row, column, limits, groups: ProductView["groups"] = {}) => {
    const rule = product(summary, { groups });
    expect([describeSide(rule, "row"), describeSide(rule, "column"), describeLimits(rule)]).toEqual([
      row,
      column,
      limits,
    ]);
  });

  test("are said with the cell, and keep limited senders apart from all", () => {
    const matrix = makePolicyMatrix(
      [
        product(`-d X ${mac} -j ACCEPT`),
        product("-d X -m conntrack --ctstate NEW -j ACCEPT"),
        product("-d X -j DROP"),
      ],
      [],
    );
    expect(matrix.rows.map(({ label }) => label)).toEqual(["", `any, only if ${mac}`]);
    expect(matrix.cells.map((cell) => describeCell(matrix, cell))).toEqual([
      "all services: accepted, only if -m conntrack --ctstate NEW; all services: dropped or rejected",
      "all services: accepted",
    ]);
  });
});

describe("orders", () => {
  test("bring rows and columns that meet next to each other, and lose none", () => {
    const pairs = [
      [0, 2],
      [1, 0],
      [2, 2],
      [3, 0],
      [4, 1],
    ] as const;
    const { rows, columns } = orderSides(pairs, 5, 3);
    expect([...rows].sort()).toEqual([0, 1, 2, 3, 4]);
    expect([...columns].sort()).toEqual([0, 1, 2]);
    expect(Math.abs(rows.indexOf(0) - rows.indexOf(2))).toBe(1);
    expect(Math.abs(rows.indexOf(1) - rows.indexOf(3))).toBe(1);
  });

  test("keep the lines of the first set together, then those of the others; lines of none are last", () => {
    const lines = [
      { name: "a", sets: [] },
      { name: "b", sets: [1] },
      { name: "c", sets: [0] },
      { name: "d", sets: [1, 0] },
    ];
    const ordered = orderBySets(
      lines,
      ({ sets }) => sets,
      (one, other) => one.name.localeCompare(other.name),
    );
    expect(ordered.map(({ name }) => name)).toEqual(["d", "c", "b", "a"]);
  });
});

const membersOf = (lanes: FlatMatrix["rows"]) => lanes.map(({ members }) => members.join(" "));

describe("the flat matrix", () => {
  test("has every rule in the one cell of its source and destination", () => {
    const data = dataOf([
      ...WEB,
      ...rulesOf(["10.0.2.1/32"], TARGETS.slice(0, 1), [22]),
      "-A INPUT -i lo -j ACCEPT",
    ]);
    const [input, forward] = listChains(data).map((chain) => makeFlatMatrix(data, chain));
    expect(membersOf(input!.rows)).toEqual([""]);
    expect(membersOf(forward!.rows)).toEqual([...SOURCES, "10.0.2.1/32"]);
    expect(membersOf(forward!.columns)).toEqual(TARGETS);
    expect(describeMatrix(forward!, listChains(data)[1]!)).toBe(
      "25 rules of 5 sources and 3 destinations. 1 policy rule; of 13 cells, 1 in no policy rule. Rules of a cell are in file order; the order between cells is not shown.",
    );
    expect(forward!.cells.flatMap(({ rules }) => rules)).toHaveLength(WEB.length + 1);
    for (const { row, rules, products } of forward!.cells) {
      expect(products).toEqual(row < 4 ? [0] : []);
      expect(rules).toHaveLength(row < 4 ? 2 : 1);
    }
    expect(findBlocks(forward!)).toEqual([{ product: 0, rows: [0, 3], columns: [0, 2] }]);
  });

  test("joins equal rows where there are many, and only those", () => {
    const many = Array.from({ length: 100 }, (_, at) => `10.3.0.${at + 1}/32`);
    const data = dataOf([
      ...rulesOf(many, TARGETS, [80]),
      "-A FORWARD -s 10.3.0.7/32 -d 10.8.0.1/32 -p udp -m udp --dport 53 -j ACCEPT",
      "-A FORWARD -s 10.3.0.8/32 -d 10.8.0.1/32 -p udp -m udp --dport 54 -j ACCEPT",
    ]);
    const matrix = makeFlatMatrix(data, listChains(data)[0]!);
    expect(
      membersOf(matrix.rows)
        .map((names) => names.split(" ").length)
        .sort(),
    ).toEqual([1, 1, 98].sort());
    expect(matrix.cells.reduce((sum, { rules }) => sum + rules.length, 0)).toBe(302);
  });

  test("does not join rows whose rules for the same packets stand the other way round", () => {
    const many = Array.from({ length: 100 }, (_, at) => `10.3.0.${at + 1}/32`);
    const verdicts = (at: number) => (at < 50 ? ["ACCEPT", "DROP"] : ["DROP", "ACCEPT"]);
    const data = dataOf(
      many.flatMap((source, at) =>
        verdicts(at).map((verdict) => `-A FORWARD -s ${source} -d 10.8.0.1/32 -j ${verdict}`),
      ),
    );
    // Whatever policy rules there are: only the order tells the rows apart.
    const bare = { ...data, report: { ...data.report, products: [] } };
    const chain = listChains(bare)[0]!;
    const matrix = makeFlatMatrix(bare, chain);
    expect(matrix.rows.map(({ members }) => members)).toEqual([many.slice(0, 50), many.slice(50)]);
    expect(describeMatrix(matrix, chain)).toContain("order between cells is not shown");
  });

  test("marks combinations that a policy rule lacks", () => {
    const data = dataOf(
      WEB.filter((rule) => !(rule.includes("10.0.1.3") && rule.includes("10.9.0.2") && rule.includes("443"))),
      { tolerance: 0.2 },
    );
    expect(data.report.products[0]!.missing).toEqual(["10.0.1.3/32 | 10.9.0.2/32 | tcp dport 443"]);
    const marked = (matrix: FlatMatrix) =>
      matrix.cells
        .filter(({ mark }) => mark !== null)
        .map(
          ({ row, column, mark }) =>
            `${matrix.rows[row]!.members} ${matrix.columns[column]!.members} ${mark}`,
        );
    const wanted = ["10.0.1.3/32 10.9.0.2/32 missing"];
    expect(marked(makeFlatMatrix(data, listChains(data)[0]!))).toEqual(wanted);
    expect(marked(makeRuleMatrix(data, data.report.products[0]!))).toEqual(wanted);
  });
});

describe("the matrix of a policy rule", () => {
  test("has all members of its groups, each combination said by its own lines", () => {
    const data = dataOf(WEB);
    const { rows, columns, cells, near } = makeRuleMatrix(data, data.report.products[0]!);
    expect(membersOf(rows)).toEqual(SOURCES);
    expect(membersOf(columns)).toEqual(TARGETS);
    expect(cells).toHaveLength(12);
    for (const { products, mark, hasOthers } of cells)
      expect([products, mark, hasOthers]).toEqual([[0], null, false]);
    expect(near).toEqual([]);
    expect(describeRule(makeRuleMatrix(data, data.report.products[0]!), data.report.products[0]!)).toBe(
      "24 rules; 4 sources × 3 destinations; rules of their own say 12 of 12 pairs.",
    );
  });

  test("says so where rules of several chains together say it", () => {
    const calls = SOURCES.map((source) => `-A FORWARD -s ${source} -j OWN`);
    const ends = TARGETS.map((target) => `-A OWN -d ${target} -j ACCEPT`);
    const data = dataOf([...calls, ...ends], { compiledChains: true });
    const { rows, columns, cells } = makeRuleMatrix(data, data.report.products[0]!);
    expect(membersOf(rows)).toEqual(SOURCES);
    expect(membersOf(columns)).toEqual(TARGETS);
    // The call of the source, and the end for the destination.
    expect(cells.map(({ mark, rules }) => [mark, rules.length])).toEqual(Array(12).fill(["chains", 2]));
  });

  test("of a negated group has the members as they are excepted, and everybody else", () => {
    const guard = [...SOURCES.map((source) => `-A OWN -s ${source} -j RETURN`), "-A OWN -j DROP"];
    const data = dataOf(["-A FORWARD -p tcp -m tcp --dport 22 -j OWN", ...guard], { compiledChains: true });
    const rule = data.report.products[0]!;
    expect(rule.negated).toEqual(["source"]);
    const { rows, cells } = makeRuleMatrix(data, rule);
    expect(membersOf(rows)).toEqual([...SOURCES, ""]);
    expect(cells.map(({ products, mark }) => [products, mark])).toEqual(Array(5).fill([[0], null]));
  });

  test("shows who is nearly of its groups, and what that one lacks", () => {
    const stranger = rulesOf(["10.7.7.7/32"], TARGETS.slice(0, 2), [80, 443]);
    const data = dataOf([...WEB, ...stranger]);
    const rule = data.report.products.find(({ lines }) => lines.length === WEB.length)!;
    const matrix = makeRuleMatrix(data, rule);
    expect(matrix.near).toEqual([
      { side: "source", member: "10.7.7.7/32", has: 4, of: 6, lacks: ["10.9.0.3/32"] },
    ]);
    expect(matrix.rows.at(-1)).toEqual({ members: ["10.7.7.7/32"], isNear: true });
    expect(
      matrix.cells.filter(({ row }) => row === 4).map(({ mark, rules }) => [mark, rules.length]),
    ).toEqual([
      [null, 2],
      [null, 2],
      ["gap", 0],
    ]);
  });
});

test("who is not of a group is counted with all of its rules, also those that a policy rule names", () => {
  const data = dataOf(WEB);
  const rule = data.report.products[0]!;
  const groups = data.report.groups.map((group) =>
    group.axis === "source" ? { ...group, members: SOURCES.slice(0, 3) } : group,
  );
  // Two of the six lines of the fourth source are no longer the policy rule's.
  const [gone, alsoGone] = rule.lines.filter(({ line }) => line > 7 + 18);
  const lines = rule.lines.filter((line) => line !== gone && line !== alsoGone);
  const edited = { ...data, report: { ...data.report, groups } };
  expect(makeRuleMatrix(edited, { ...rule, lines }).near).toEqual([
    { side: "source", member: SOURCES[3], has: 6, of: 6, lacks: [] },
  ]);
});

describe("members that the plan takes out of a group", () => {
  const data = dataOf(WEB);
  const rule = data.report.products[0]!;
  const withGroups = (change: (group: GroupView) => Partial<GroupView>): DrawnData => ({
    ...data,
    report: { ...data.report, groups: data.report.groups.map((group) => ({ ...group, ...change(group) })) },
  });
  const edited = withGroups(({ axis }) =>
    axis === "source" ? { members: SOURCES.slice(0, 3), removed: SOURCES.slice(3) } : {},
  );
  const marksOf = ({ rows, cells }: FlatMatrix) =>
    cells.map(({ row, rules, mark }) => `${rows[row]!.members} ${rules.length} ${mark}`);
  const wanted = SOURCES.flatMap((source, at) =>
    TARGETS.map(() => `${source} 2 ${at === 3 ? "removed" : null}`),
  );

  test("are marked in the picture of the policy rule, which counts them apart", () => {
    const matrix = makeRuleMatrix(edited, rule);
    expect(marksOf(matrix)).toEqual(wanted);
    expect(matrix.rows.at(-1)).toEqual({ members: [SOURCES[3]], isRemoved: true });
    expect(matrix.near).toEqual([]);
    expect(describeRule(matrix, rule)).toBe(
      "24 rules; 3 sources × 3 destinations; rules of their own say 9 of 9 pairs; 1 member removed by the plan.",
    );
  });

  test("are marked among the flat rules", () => {
    expect(marksOf(makeFlatMatrix(edited, listChains(edited)[0]!))).toEqual(wanted);
  });

  test("may be services", () => {
    const services = withGroups(({ axis }) =>
      axis === "service" ? { members: ["tcp dport 80"], removed: ["tcp dport 443"] } : {},
    );
    for (const matrix of [makeRuleMatrix(services, rule), makeFlatMatrix(services, listChains(services)[0]!)])
      expect(matrix.cells.map(({ mark }) => mark)).toEqual(Array(12).fill("removed"));
  });
});

test("a near miss that lint has found is seen in the picture of its first line's policy rule", () => {
  const data = dataOf(WEB);
  const find = (kind: string, ...lines: readonly number[]) =>
    findNearMiss(data, { kind, lines: lines.map((line) => ({ file: "t.rules", line })) });
  expect(find("lint: near-equal-sets", 8)).toBe(data.report.products[0]!.id);
  expect([
    find("lint: near-equal-sets", 3),
    find("lint: near-equal-sets"),
    find("lint: shadowed", 8),
  ]).toEqual(Array(3).fill(undefined));
});

describe("lanes", () => {
  test("follow each other without gaps, and are found again at every place", () => {
    const counts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 400 }), (sizes, start) => {
        const extents = placeLanes(
          sizes.map((size) => ({ members: Array<string>(size).fill("x") })),
          start,
          900,
          () => 5,
        );
        let end = start;
        for (const [at, extent] of extents.entries()) {
          expect(extent.start).toBe(end);
          expect(extent.size).toBeGreaterThanOrEqual(5);
          expect(laneAt(extents, extent.start)).toBe(at);
          expect(laneAt(extents, extent.start + extent.size - 1)).toBe(at);
          end += extent.size;
        }
        expect(laneAt(extents, end)).toBe(-1);
      }),
    );
  });

  test("make runs", () => {
    expect(findRuns(new Set([4, 1, 2, 9]))).toEqual([
      [1, 2],
      [4, 4],
      [9, 9],
    ]);
  });
});

describe("overlaps", () => {
  const group = (name: string, axis: GroupView["axis"], members: readonly string[]): GroupView => {
    const rest = { nameFrom: "person", accept: true, uses: 1, lines: [] } as const;
    return { id: name, name, axis, members, ...rest };
  };
  const groups = [
    group("A", "source", ["1", "2", "3"]),
    group("B", "source", ["2", "3"]),
    group("C", "destination", ["2", "3"]),
    group("D", "source", ["3", "9"]),
    group("E", "service", ["2", "3"]),
    group("F", "source", ["8"]),
  ];

  test("are between groups of one kind of member, the most alike first", () => {
    expect(
      findOverlaps(groups).map(({ id, shared, relation }) => `${id} ${shared.length} ${relation}`),
    ).toEqual([
      "B&C 2 equal",
      "B&A 2 within",
      "C&A 2 within",
      "B&D 1 overlap",
      "C&D 1 overlap",
      "D&A 1 overlap",
    ]);
  });

  test("are a matrix that is the same on both sides of its diagonal", () => {
    const overlaps = findOverlaps(groups);
    const { groups: shown, cells } = makeOverlapMatrix(overlaps, 10);
    expect(shown.map(({ name }) => name).sort()).toEqual(["A", "B", "C", "D"]);
    const keys = new Set(cells.map(({ row, column }) => `${row} ${column}`));
    expect(keys.size).toBe(2 * overlaps.length);
    for (const { row, column } of cells) expect(keys).toContain(`${column} ${row}`);
    expect(makeOverlapMatrix(overlaps, 2).cells).toHaveLength(2);
  });
});

describe("chains", () => {
  const node = (chain: string, to: readonly string[], policy: string | null = null): ChainNode => {
    const jumps = to.map((name) => ({ to: name, rules: 1, isGoto: false }));
    return { table: "filter", chain, policy, rules: to.length, jumps };
  };

  test("are read before and after, with their jumps", () => {
    const { old, new: now } = dataOf([...WEB, "-A FORWARD -j OWN", "-A FORWARD -j OWN", "-A OWN -g OWN2"])
      .files[0]!.picture.chains;
    expect(old.find(({ chain }) => chain === "FORWARD")!.jumps).toEqual([
      { to: "OWN", rules: 2, isGoto: false },
    ]);
    expect(old.find(({ chain }) => chain === "OWN")!.jumps).toEqual([{ to: "OWN2", rules: 1, isGoto: true }]);
    expect(now.length).toBeGreaterThan(old.length);
    const names = new Set(now.map(({ chain }) => chain));
    for (const { jumps } of now) for (const { to } of jumps) expect(names).toContain(to);
  });

  test("begin with base chains, then those that nobody calls", () => {
    const graph = makeChainGraph([
      node("X", []),
      node("INPUT", ["A"], "DROP"),
      node("A", ["B"]),
      node("B", []),
    ]);
    expect([graph.roots, graph.uncalled]).toEqual([["INPUT"], ["X"]]);
    expect(graph.callers.get("B")).toEqual(["A"]);
  });

  test("are drawn once each, in boxes that do not touch, whatever jumps where", () => {
    const jumps = fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 200 });
    fc.assert(
      fc.property(jumps, (edges) => {
        const nodes = Array.from({ length: 61 }, (_, at) =>
          node(
            `C${at}`,
            [...new Set(edges.flatMap(([from, to]) => (from === at ? [`C${to}`] : [])))],
            at < 3 ? "DROP" : null,
          ),
        );
        const graph = makeChainGraph(nodes);
        const { boxes, lines, width, height } = drawChains(graph, graph.roots);
        const named = boxes.flatMap(({ chain }) => (chain === "" ? [] : [chain]));
        expect(new Set(named).size).toBe(named.length);
        expect(new Set(boxes.map(({ x, y }) => `${x} ${y}`)).size).toBe(boxes.length);
        const touching = boxes.filter((box, at) =>
          boxes
            .slice(at + 1)
            .some((other) => Math.abs(box.x - other.x) < 172 && Math.abs(box.y - other.y) < 24),
        );
        expect(touching).toEqual([]);
        for (const { x, y } of boxes) expect(x + 172 <= width && y + 24 <= height).toBe(true);
        for (const { from, to } of lines) expect([boxes[from], boxes[to]]).not.toContain(undefined);
      }),
    );
  });

  test("that are too many are counted", () => {
    const called = Array.from({ length: 30 }, (_, at) => `C${at}`);
    const graph = makeChainGraph([node("INPUT", called, "DROP"), ...called.map((name) => node(name, []))]);
    const { boxes } = drawChains(graph, graph.roots);
    expect(boxes).toHaveLength(12);
    expect(boxes.map(({ label }) => label)).toContain("20 more");
  });
});

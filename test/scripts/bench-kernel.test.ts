/** The kernel benchmark without a kernel: what is planted, which packets are chosen, and how samples become ratios. */
import { describe, expect, test } from "vitest";
import { addressText, CLASSES, chooseAims, frameOf } from "../../scripts/bench/kernel/aims.mjs";
import { countLines, filterTable, peersOf } from "../../scripts/bench/kernel/contestants.mjs";
import {
  type Choice,
  compareClasses,
  confirm,
  describeForms,
  type Held,
  isSuspect,
  LIMIT,
  summarise,
} from "../../scripts/bench/kernel/limit.mjs";
import { flatText, plantPolicies, SIZES } from "../../scripts/bench/kernel/planted.mjs";
import {
  costsByClass,
  FLOOR,
  findUnlike,
  netCosts,
  short,
  showRatio,
} from "../../scripts/bench/kernel/ratios.mjs";
import { importRuleset } from "../../src/import/import.ts";
import { makeSourceFile } from "../../src/text/source.ts";

function filterOf(text: string, family: "v4" | "v6" = "v4") {
  const { ruleset } = importRuleset(makeSourceFile("bench.rules", text), { family });
  return ruleset!.tables.find(({ name }) => name === "filter")!.chains;
}

describe("planted policies", () => {
  test("have the groups and the size that their table names", () => {
    const size = SIZES.find(({ policies }) => policies === 100)!;
    const { policies, lines } = plantPolicies(size);
    const names = (axis: "source" | "destination" | "service") =>
      new Set(policies.map((policy) => policy[axis].name));
    expect([policies.length, names("source").size, names("destination").size, names("service").size]).toEqual(
      [100, 12, 12, 8],
    );
    expect(Math.abs(lines / 59_348 - 1)).toBeLessThan(0.01);
  });

  const tiny = plantPolicies({ policies: 4, lines: 200, sources: 2, destinations: 2, services: 2 });

  test("are the same each time, and can be read", () => {
    expect(plantPolicies({ policies: 4, lines: 200, sources: 2, destinations: 2, services: 2 })).toEqual(
      tiny,
    );
    const forward = filterOf(flatText(tiny)).find(({ name }) => name === "FORWARD")!;
    expect(forward.rules).toHaveLength(tiny.lines);
  });

  test("have no member inside another", () => {
    for (const size of SIZES) {
      const members = new Set(
        plantPolicies(size).policies.flatMap(({ source, destination }) => [
          ...source.members,
          ...destination.members,
        ]),
      );
      const networks = [...members]
        .filter((member) => member.endsWith("/24"))
        .map((member) => member.replace("0/24", ""));
      expect(networks.length).toBeGreaterThan(0);
      const hosts = [...members].filter((member) => member.endsWith("/32"));
      expect(hosts.filter((host) => networks.some((network) => host.startsWith(network)))).toEqual([]);
    }
  });

  test("are one line a policy rule on sets, and one line in all as a concatenation", () => {
    const lines = Object.fromEntries(peersOf(tiny).map((form) => [form.name, countLines(form)]));
    expect(lines).toMatchObject({
      "ipset, a set a group": 4,
      "nft, a set a group": 4,
      "nft, one set (nft -o)": 1,
    });
    expect(lines["flat with multiport"]).toBeLessThan(tiny.lines);
  });
});

const ZONES = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:LAN - [0:0]
-A INPUT -s 10.9.9.9/32 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth1 -j LAN
-A LAN -s 10.1.0.0/24 -d 10.2.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT
-A LAN -s 10.1.0.0/24 -d 10.2.0.2/32 -p udp -m udp --sport 53 -j ACCEPT
-A LAN -s 10.1.0.7/32 -p tcp -m multiport --dports 80,443 -j RETURN
-A LAN -s 10.1.0.8/32 -d 203.0.113.0/25 -p icmp -m icmp --icmp-type 13 -j REJECT
COMMIT
`;

describe("the packets of a class", () => {
  const { chain, aims } = chooseAims(filterOf(ZONES), "v4")!;
  const of = (name: string) => aims.filter((aim) => aim.class === name);

  test("are aimed at rules of the longest chain, by the way that leads to it", () => {
    expect(chain).toBe("LAN");
    expect(of("first")).toMatchObject([{ hook: "FORWARD", in: "eth0", out: "eth1", protocol: 6, dport: 22 }]);
    expect(addressText(of("first")[0]!.source)).toBe("10.1.0.1");
    expect(addressText(of("first")[0]!.destination)).toBe("10.2.0.1");
    // RETURN decides nothing: three rules are left, and the middle is the udp one.
    expect(of("middle")[1]).toMatchObject({ protocol: 17, sport: 53 });
    expect(of("last")).toMatchObject([{ protocol: 1, icmpType: 13 }]);
  });

  test("have addresses that no rule names where they are to match nothing", () => {
    expect(new Set(aims.map((aim) => aim.class))).toEqual(new Set(CLASSES));
    for (const { source, destination } of of("none"))
      for (const words of [source, destination])
        expect(addressText(words)).not.toMatch(/^10\.|^203\.0\.113\.([0-9]|[1-9][0-9]|1[01][0-9]|12[0-7])$/);
    expect(of("source").map((aim) => addressText(aim.source))[0]).toBe("10.1.0.1");
    expect(addressText(of("source")[0]!.destination)).not.toMatch(/^10\./);
    expect(addressText(of("both")[0]!.destination)).toMatch(/^10\.2\./);
    for (const { dport } of of("both")) expect([22, 80, 443]).not.toContain(dport);
  });

  test("are those of rules that decide: what an earlier rule takes is no packet of theirs", () => {
    const line = (source: string, port: string) =>
      `-A FORWARD -s ${source} -p tcp -m tcp --dport ${port} -j ACCEPT`;
    const lines = [
      line("10.0.0.0/8", "22"),
      line("10.1.1.1/32", "22"),
      line("10.1.1.2/32", "22"),
      line("10.1.1.3/32", "80"),
      line("10.1.1.4/32", "22:80"),
    ];
    const { aims: some } = chooseAims(
      filterOf(`*filter\n:FORWARD DROP [0:0]\n${lines.join("\n")}\nCOMMIT\n`),
      "v4",
    )!;
    const sources = (name: string) =>
      some.filter((aim) => aim.class === name).map((aim) => addressText(aim.source));
    expect(sources("first")).toEqual(["10.0.0.1"]);
    expect(sources("middle")).toEqual(["10.1.1.3", "10.1.1.3", "10.1.1.3"]);
    expect(sources("last")).toEqual(["10.1.1.3"]);
  });

  test("are none where no rule can be aimed at", () => {
    expect(
      chooseAims(
        filterOf("*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n"),
        "v4",
      ),
    ).toBeNull();
  });

  test("are aimed at the chain that is named, where rules of it can be", () => {
    const named = chooseAims(filterOf(ZONES), "v4", "INPUT")!;
    expect([named.chain, named.aims.find((aim) => aim.class === "first")!.hook]).toEqual(["INPUT", "INPUT"]);
    expect(chooseAims(filterOf(ZONES), "v4", "OUTPUT")).toBeNull();
  });

  test("are frames with right checksums, in both families", () => {
    const sum = (bytes: Uint8Array) => {
      let total = 0;
      for (let at = 0; at < bytes.length; at += 2) total += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
      while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
      return total;
    };
    const frame = Buffer.from(frameOf(of("first")[0]!), "hex");
    expect(frame.subarray(12, 14).toString("hex")).toBe("0800");
    const ip = frame.subarray(14, 34);
    expect(sum(ip)).toBe(0xffff);
    expect([ip[8], ip[9], ip.readUInt16BE(2)]).toEqual([255, 6, frame.length - 14]);
    const tcp = frame.subarray(34);
    expect([tcp.readUInt16BE(0), tcp.readUInt16BE(2), tcp[13]]).toEqual([40000, 22, 2]);
    expect(sum(Buffer.concat([ip.subarray(12), Buffer.from([0, 6, 0, tcp.length]), tcp]))).toBe(0xffff);
    const six = chooseAims(
      filterOf(
        "*filter\n:INPUT DROP [0:0]\n-A INPUT -s 2001:db8:1::/64 -p udp -m udp --dport 53 -j ACCEPT\nCOMMIT\n",
        "v6",
      ),
      "v6",
    )!;
    const first = six.aims.find((aim) => aim.class === "first")!;
    expect([first.hook, first.out, addressText(first.source)]).toEqual([
      "INPUT",
      null,
      "2001:db8:1:0:0:0:0:1",
    ]);
    const packet = Buffer.from(frameOf(first), "hex").subarray(14);
    expect([packet[0], packet.readUInt16BE(4), packet[6]]).toEqual([0x60, packet.length - 40, 17]);
    expect(
      sum(
        Buffer.concat([
          packet.subarray(8, 40),
          Buffer.from([0, 17, 0, packet.length - 40]),
          packet.subarray(40),
        ]),
      ),
    ).toBe(0xffff);
  });
});

describe("ratios", () => {
  test("are of medians net of the empty ruleset that ends the same way, round by round", () => {
    const empty = {
      passed: [
        [100, 200, 300],
        [1, 1, 1],
      ],
      dropped: [
        [0, 0, 0],
        [50, 50, 80],
      ],
    };
    expect(
      netCosts(
        [
          [150, 260, 999],
          [60, 70, 81],
        ],
        ["passed", "dropped"],
        empty,
      ),
    ).toEqual([60, 10]);
  });

  test("are means over the packets of a class, and end at the floor", () => {
    const costs = costsByClass(["a", "a", "b", "c"], [100, 300, 1, 500], [2000, 2000, 5000, 2]);
    expect(costs.a).toEqual({ ns: 200, ratio: 10, isFloor: false, extra: -1800 });
    expect(costs.b).toEqual({ ns: 1, ratio: 5000 / FLOOR, isFloor: true, extra: -4999 });
    expect(costs.c).toMatchObject({ ratio: null, extra: 498 });
    expect([costs.a!, costs.b!, costs.c!].map(showRatio)).toEqual(["10", ">500", "-"]);
  });

  test("have one to three digits", () => {
    expect([0, 0.0017, 0.04, 0.123, 3.14, 42.4, 999.4, 1234, 224_321].map(short)).toEqual([
      "0",
      "0.002",
      "0.04",
      "0.12",
      "3.1",
      "42",
      "1.0k",
      "1.2k",
      "224k",
    ]);
  });

  test("are given only for forms that treat every packet as flat does", () => {
    expect(findUnlike(["passed", "dropped", "passed"], ["passed", "passed", "passed"])).toEqual([1]);
  });
});

describe("what auto promises", () => {
  const costs = (values: Record<string, number>) => ({
    costs: Object.fromEntries(
      Object.entries(values).map(([name, ns]) => [name, { ns, ratio: null, isFloor: false, extra: 0 }]),
    ),
  });
  const choice = (chain: string, form: string): Choice => ({
    ...{ table: "filter", chain, form, backends: ["legacy"] },
  });
  const rows = (auto: Record<string, number>) => [
    { name: "flat", ...costs({ none: 5000, first: 20 }) },
    { name: "auto", ...costs(auto) },
    { name: "article", ...costs({ none: 900, first: 300 }) },
  ];

  test("is broken by a class that loses more than the limit, and by none that loses less", () => {
    const [none, first] = compareClasses(rows({ none: 100, first: 20 + LIMIT + 1 }));
    expect(none).toMatchObject({ class: "none", difference: -4900, isBroken: false, isBehindArticle: false });
    expect(first).toMatchObject({ flat: 20, auto: 621, article: 300, isBroken: true, isBehindArticle: true });
    expect(compareClasses(rows({ first: 20 + LIMIT }))[0]!.isBroken).toBe(false);
  });

  test("leaves room for noise beside the article's layout, which may be missing", () => {
    const isBehind = (none: number, first: number) =>
      compareClasses(rows({ none, first })).map(({ isBehindArticle }) => isBehindArticle);
    expect(isBehind(990, 350)).toEqual([false, false]);
    expect(isBehind(991, 351)).toEqual([true, true]);
    const alone = compareClasses(rows({ none: 9999, first: 1 }).slice(0, 2));
    expect(alone.map(({ article, isBehindArticle }) => [article, isBehindArticle])).toEqual([
      [null, false],
      [null, false],
    ]);
  });

  test("is measured again where it seems to be broken, and is broken if it was both times", () => {
    const place = { chain: "FORWARD", backend: "legacy", isOwn: true };
    const measured = (none: number, first: number) => ({
      ...place,
      classes: compareClasses(rows({ none, first })),
    });
    const broken = measured(100, 900);
    expect([broken, measured(100, 40), { ...place, error: "refused" }].map(isSuspect)).toEqual([
      ...[true, false, false],
    ]);
    const [none, first] = confirm(broken, measured(9000, 40)).classes!;
    // What was right the first time is not asked again.
    expect(none).toEqual(broken.classes[0]);
    expect(first).toMatchObject({ auto: 40, isBroken: false, isBehindArticle: false });
    expect(first!.first).toEqual({ flat: 20, auto: 900, article: 300, difference: 880 });
    expect(confirm(broken, measured(100, 800)).classes![1]).toMatchObject({ auto: 800, isBroken: true });
    // Another promise than before is not broken yet.
    const behind = measured(100, 400);
    expect(confirm(behind, broken).classes![1]).toMatchObject({ isBroken: false, isBehindArticle: true });
    expect(confirm(broken, { ...place, error: "refused" })).toEqual(broken);
  });

  test("is told in words of each file", () => {
    expect(describeForms([])).toBe("nothing to rewrite");
    expect(describeForms([choice("INPUT", "flat"), choice("LAN", "flat")])).toBe("flat kept");
    expect(describeForms([choice("FORWARD", "hoisted")])).toBe("hoisted (FORWARD hoisted)");
    expect(describeForms([choice("INPUT", "flat"), choice("LAN", "article")])).toBe(
      "mixed (INPUT flat, LAN article)",
    );
  });

  test("is counted over files: every file once, and every class that breaks it by name", () => {
    const place = { chain: "FORWARD", backend: "legacy", isOwn: true };
    const files: Held[] = [
      { name: "left", left: "can't be read" },
      { name: "nothing", choices: [], measured: [] },
      { name: "flat", choices: [choice("INPUT", "flat")], measured: [] },
      {
        name: "good",
        choices: [choice("FORWARD", "article"), choice("INPUT", "flat")],
        measured: [{ ...place, classes: compareClasses(rows({ none: 100, first: 120 })) }],
      },
      {
        name: "bad",
        choices: [choice("FORWARD", "hoisted"), choice("OUTPUT", "article")],
        measured: [
          { ...place, classes: compareClasses(rows({ none: 100, first: 700 })) },
          { ...place, chain: "OUTPUT", error: "no aim" },
        ],
      },
      {
        name: "unmeasured",
        choices: [choice("OUTPUT", "article")],
        measured: [{ ...place, chain: "OUTPUT", error: "no aim" }],
      },
    ];
    const { broken, behindArticle, worst, unmeasured, ...counts } = summarise(files);
    expect(counts).toEqual({
      ...{ files: 6, left: [{ name: "left", why: "can't be read" }], nothing: 1, flat: 1 },
      ...{ changed: 3, partlyFlat: 1, measured: 2, classes: 4 },
    });
    const wrong = { ...place, name: "bad", class: "first", difference: 680 };
    expect(broken).toMatchObject([wrong]);
    expect(behindArticle).toMatchObject([wrong]);
    expect(worst).toMatchObject(wrong);
    expect(unmeasured.map(({ name, chain }) => [name, chain])).toEqual([
      ["bad", "OUTPUT"],
      ["unmeasured", "OUTPUT"],
    ]);
    expect(summarise([]).worst).toBeNull();
  });
});

test("only the filter table is loaded", () => {
  expect(filterTable("*nat\n:A - [0:0]\nCOMMIT\n*filter\n-A INPUT -j DROP\nCOMMIT\n*raw\nCOMMIT\n")).toBe(
    "*filter\n-A INPUT -j DROP\nCOMMIT\n",
  );
  expect(() => filterTable("*nat\nCOMMIT\n")).toThrow("no filter table");
});

/** The order of loads: tried on random tables packet by packet, and on rulesets with the differences that the proof finds. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectOf, orderTables, type TableChange, type TableEffect } from "../../src/apply/load-order.ts";
import type { DifferenceRegion } from "../../src/verify/types.ts";
import { EFFORT } from "../support/seed.ts";
import { prove, rulesOfTables } from "./texts.ts";

function change(table: string, effect: TableEffect, family: TableChange["family"] = "v4"): TableChange {
  return { family, table, effect };
}

function orderOf(...effects: readonly TableEffect[]): readonly TableEffect[] | null {
  const changes = effects.map((effect, at) => change(`t${at}`, effect));
  return orderTables(changes, []).order?.map(({ effect }) => effect) ?? null;
}

describe("the order", () => {
  test.each<[readonly TableEffect[], readonly TableEffect[] | null]>([
    [[], []],
    [["opens"], ["opens"]],
    [
      ["opens", "closes"],
      ["closes", "opens"],
    ],
    [
      ["opens", "none", "closes"],
      ["none", "closes", "opens"],
    ],
    [
      ["opens", "both", "closes"],
      ["closes", "both", "opens"],
    ],
    [["both", "both"], null],
    [
      ["both", "none"],
      ["none", "both"],
    ],
    [["alters"], ["alters"]],
    [
      ["alters", "none"],
      ["none", "alters"],
    ],
    [["alters", "closes"], null],
    [["alters", "opens"], null],
    [["unknown"], ["unknown"]],
    [["unknown", "opens"], null],
  ])("%j: %j", (given, expected) => {
    expect(orderOf(...given)).toEqual(expected);
  });

  test("families are ordered for themselves: no packet is of both", () => {
    const { order } = orderTables([change("filter", "both"), change("filter", "alters", "v6")], []);
    expect(order).toHaveLength(2);
  });

  test("a refusal says what each table does", () => {
    const { refusal } = orderTables(
      [change("mangle", "alters"), change("filter", "opens"), change("nat", "none")],
      [],
    );
    expect(refusal!.details).toEqual([
      "v4 mangle hands packets on otherwise (marks, addresses, effects)",
      "v4 filter lets more through",
    ]);
    expect(refusal!.next).toContain("two steps");
  });

  test("a set that live rules use, with other members, may only be the only step", () => {
    expect(orderTables([], ["S-LAN"]).refusal).toBeNull();
    expect(orderTables([change("filter", "none")], ["S-LAN"]).refusal).not.toBeNull();
    expect(orderTables([], ["S-LAN", "S-DMZ"]).refusal).not.toBeNull();
  });
});

/** What a table does with each packet, old and new. */
interface Model {
  readonly old: readonly boolean[];
  readonly now: readonly boolean[];
}

function effectOfModel({ old, now }: Model): TableEffect {
  const closes = old.some((passes, packet) => passes && !now[packet]);
  const opens = old.some((passes, packet) => !passes && now[packet]);
  return closes && opens ? "both" : closes ? "closes" : opens ? "opens" : "none";
}

describe("between two loads", () => {
  const verdicts = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  const model = fc.record({ old: verdicts, now: verdicts });
  const models = fc.array(model, { minLength: 1, maxLength: 5 });
  const packets = [0, 1, 2, 3];

  test("nothing passes that old and new both stop, and nothing is lost that both let through; the same on the way back", () => {
    let ordered = 0;
    fc.assert(
      fc.property(models, (tables) => {
        const changes = tables.map((table, at) => change(String(at), effectOfModel(table)));
        const { order } = orderTables(changes, []);
        if (order === null) return;
        ordered += 1;
        const passes = (loaded: ReadonlySet<number>, packet: number): boolean =>
          tables.every(({ old, now }, at) => (loaded.has(at) ? now : old)[packet]);
        const places = order.map(({ table }) => Number(table));
        const all = new Set(places);
        for (let count = 0; count <= places.length; count += 1) {
          const loaded = new Set(places.slice(0, count));
          for (const packet of packets) {
            const [before, after] = [passes(new Set(), packet), passes(all, packet)];
            if (before === after) expect(passes(loaded, packet)).toBe(before);
          }
        }
      }),
      { numRuns: 2000 * EFFORT },
    );
    expect(ordered).toBeGreaterThan(300);
  });

  test("where no order is named for verdicts alone, there is a packet for which some order is wrong", () => {
    fc.assert(
      fc.property(model, model, (one, other) => {
        const changes = [one, other].map((table, at) => change(String(at), effectOfModel(table)));
        if (orderTables(changes, []).order !== null) return;
        expect(changes.map(({ effect }) => effect)).toEqual(["both", "both"]);
      }),
      { numRuns: 500 * EFFORT },
    );
  });
});

describe("what a table does, from the proof's regions", () => {
  const region = (old: string, now: string, table = "filter"): DifferenceRegion => ({
    table,
    hook: "INPUT",
    fields: {},
    old,
    new: now,
  });

  test.each<[readonly (readonly [string, string])[], TableEffect]>([
    [[], "none"],
    [[["ACCEPT", "DROP"]], "closes"],
    [[["ACCEPT", "REJECT --reject-with icmp-port-unreachable"]], "closes"],
    [[["DROP", "ACCEPT"]], "opens"],
    [
      [
        ["DROP", "ACCEPT"],
        ["ACCEPT", "DROP"],
      ],
      "both",
    ],
    [[["DROP", "REJECT --reject-with tcp-reset"]], "none"],
    [[["DROP after nothing", 'DROP after -j LOG --log-prefix "x, then y"']], "alters"],
    [[["DROP after nothing", "DROP after -j LOG"]], "none"],
    [
      [
        ["ACCEPT after -j LOG", "ACCEPT after nothing"],
        ["ACCEPT", "DROP"],
      ],
      "closes",
    ],
    [[["DROP after nothing", "DROP after -j SET --add-set x src"]], "alters"],
    [[["DROP after -j LOG, then -j SET --add-set x src", "DROP after nothing"]], "alters"],
    [[["ACCEPT, mark kept", "ACCEPT, mark set to 0x1 in 0x1"]], "alters"],
    [[["ACCEPT", "DNAT --to-destination 10.0.0.1"]], "alters"],
    [[["ACCEPT", "NFQUEUE --queue-num 1"]], "alters"],
    [[["DROPLIST", "ACCEPT"]], "alters"],
    [
      [
        ["ACCEPT", "MASQUERADE"],
        ["ACCEPT", "DROP"],
      ],
      "alters",
    ],
  ])("%j: %s", (pairs, effect) => {
    const differences = pairs.map(([old, now]) => region(old, now));
    expect(effectOf("filter", { differences, moreDifferences: false })).toBe(effect);
  });

  test("other tables are no matter, and a list that is cut off is not all", () => {
    const differences = [region("ACCEPT", "DROP", "raw")];
    expect(effectOf("filter", { differences, moreDifferences: false })).toBe("none");
    expect(effectOf("filter", { differences, moreDifferences: true })).toBe("unknown");
    expect(effectOf("raw", { differences, moreDifferences: true })).toBe("unknown");
  });

  const SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT";
  test.each<
    [
      string,
      Readonly<Record<string, readonly string[]>>,
      Readonly<Record<string, readonly string[]>>,
      TableEffect,
    ]
  >([
    ["a rule more", { filter: [":INPUT DROP"] }, { filter: [":INPUT DROP", SSH] }, "opens"],
    ["a rule less", { filter: [":INPUT DROP", SSH] }, { filter: [":INPUT DROP"] }, "closes"],
    [
      "another port",
      { filter: [":INPUT DROP", SSH] },
      { filter: [":INPUT DROP", SSH.replace("22", "23")] },
      "both",
    ],
    [
      "rejected instead",
      { filter: ["-A INPUT -p tcp -j DROP"] },
      { filter: ["-A INPUT -p tcp -j REJECT"] },
      "none",
    ],
    [
      "logged",
      { filter: ["-A INPUT -p tcp -j DROP"] },
      { filter: ["-A INPUT -p tcp -j LOG", "-A INPUT -p tcp -j DROP"] },
      "none",
    ],
    [
      "a set filled",
      { filter: ["-A INPUT -p tcp -j DROP"] },
      { filter: ["-A INPUT -j SET --add-set x src", "-A INPUT -p tcp -j DROP"] },
      "alters",
    ],
    ["a mark", { mangle: [] }, { mangle: ["-A FORWARD -p tcp -j MARK --set-xmark 0x1/0x1"] }, "alters"],
    ["an address", { nat: [] }, { nat: ["-A POSTROUTING -o eth0 -j MASQUERADE"] }, "alters"],
    ["tracking", { raw: [] }, { raw: ["-A PREROUTING -p udp -j CT --notrack"] }, "alters"],
    [
      "a mark on what passes",
      { mangle: ["-A FORWARD -p tcp -j DROP"] },
      { mangle: ["-A FORWARD -p tcp -j DROP", "-A FORWARD -j MARK --set-xmark 0x1/0x1"] },
      "alters",
    ],
  ])("%s, proved", async (_what, old, now, effect) => {
    const result = await prove(rulesOfTables(old), rulesOfTables(now), {
      ownBits: 0,
      packets: 0,
      regions: 200,
    });
    const { differences = [], moreDifferences = false } = result;
    expect(result.result).toBe("different");
    expect(effectOf(Object.keys(old)[0]!, { differences, moreDifferences })).toBe(effect);
  });
});

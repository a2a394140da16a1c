/** The verdict of a replay against that of `explain`, on random rulesets: what explain decides, a replay decides the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { explain } from "../../src/verify/explain/explain.ts";
import type { ExplainOptions, Explanation } from "../../src/verify/explain/types.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { EFFORT } from "../support/seed.ts";
import { randomTable } from "../verify/random-rules.ts";
import { rulesetOf } from "../verify/samples.ts";
import { ethernet, icmp, ipv4, ipv6, pcap, tcp, udp } from "./packet-bytes.ts";
import { replayed, verdictsOf } from "./run.ts";

const HOSTS: Readonly<Record<Family, readonly string[]>> = {
  v4: ["10.0.0.1", "10.0.0.200", "10.3.0.1", "192.168.1.7", "172.16.0.1"],
  v6: ["2001:db8::1", "2001:db8::77", "2001:db8:0:1::7", "2001:db8:9::1", "fe80::7"],
};
const OWN: Readonly<Record<Family, string>> = { v4: "10.9.0.9", v6: "2001:db8::9" };
const routesOf = (family: Family): string => `local ${OWN[family]} dev eth0\ndefault dev eth5`;

/** A packet as bytes, and as the options of an explanation. */
interface Made {
  readonly bytes: readonly number[];
  readonly options: ExplainOptions;
}

function makePacket(random: Random, family: Family): Made {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const isIn = random.percent(60);
  const other = pick(HOSTS[family]);
  const [source, destination] = isIn ? [other, OWN[family]] : [OWN[family], other];
  const [sport, dport] = [pick([22, 80, 53, 1023, 40_000]), pick([22, 80, 79, 53, 5000])];
  const places = isIn ? { in: "eth0", mac: "02:00:00:00:00:01" } : { out: "eth0" };
  const ports = { sport: String(sport), dport: String(dport) };
  const wrap = (protocol: number, data: readonly number[]) =>
    family === "v4"
      ? ethernet(0x0800, ipv4(source, destination, protocol, data))
      : ethernet(0x86dd, ipv6(source, destination, protocol, data));
  const base = { source, destination, ...places };
  const echo = family === "v4" ? 8 : 128;
  return pick<() => Made>([
    () => ({
      bytes: wrap(6, tcp(sport, dport, 2)),
      options: { ...base, ...ports, protocol: "tcp", state: "NEW" },
    }),
    () => ({
      bytes: wrap(6, tcp(sport, dport, 41)),
      options: { ...base, ...ports, protocol: "tcp", tcpFlags: "FIN,PSH,URG", state: "INVALID" },
    }),
    () => ({
      bytes: wrap(17, udp(sport, dport)),
      options: { ...base, ...ports, protocol: "udp", state: "NEW" },
    }),
    () => ({ bytes: wrap(47, [1, 2, 3]), options: { ...base, protocol: "47", state: "NEW" } }),
    () => ({
      bytes: wrap(family === "v4" ? 1 : 58, icmp(echo, 0, 4)),
      options: {
        ...base,
        protocol: family === "v4" ? "icmp" : "icmpv6",
        icmpType: `${echo}/0`,
        state: "NEW",
      },
    }),
  ])();
}

function explained(text: string, family: Family, options: ExplainOptions): Explanation {
  const result = explain(rulesetOf(text, family), options);
  if (result.kind === "refused") throw new Error(JSON.stringify(result.faults));
  return result.explanation;
}

/** One table, or the marks of another one in front of it. */
function randomRuleset(seed: number, family: Family): string {
  const filter = randomTable(seed, family);
  if (seed % 2 === 0) return filter;
  const mangle = randomTable(seed ^ 0x5555, family)
    .replace("*filter", "*mangle")
    .replace(/ -j REJECT.*/g, " -j DROP");
  return mangle + filter;
}

test.each(["v4", "v6"] as const)("packets of captures, %s", async (family) => {
  const total = { decided: 0, open: 0, single: 0 };
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const text = randomRuleset(seed, family);
    const random = new Random(seed);
    for (let left = 12; left > 0; left--) {
      const { bytes, options } = makePacket(random, family);
      const shown = `${text}\n${JSON.stringify(options)}`;
      const { verdict, decidedBy, tables } = explained(text, family, { ...options, table: "all" });
      const view = await replayed([text], pcap([bytes]), {
        family,
        routes: routesOf(family),
        device: "eth0",
      });
      total[verdict === null ? "open" : "decided"]++;
      expect(view.different + view.perhaps, shown).toBe(0);
      if (verdict === null) continue;
      expect(verdictsOf(view), shown).toEqual([`${verdict}→${verdict} 1`]);
      if (tables.length > 1 || tables[0]!.table !== "filter") continue;
      total.single++;
      const decided = view.rules.new.filter((rule) => rule.decided === 1);
      expect(
        decided.map(({ chain, line }) => [chain, line]),
        shown,
      ).toEqual([[decidedBy!.chain, decidedBy!.line]]);
    }
  });
  await fc.assert(property, { numRuns: 40 * EFFORT });
  expect(total.decided).toBeGreaterThan(200);
  expect(total.open).toBeGreaterThan(20);
  expect(total.single).toBeGreaterThan(60);
});

/** The first packet, a later one, and an answer, as explanations; null where one of them can't be told. */
function verdictsOfConnection(text: string, family: Family, client: string): readonly string[] | null {
  const ports = { sport: "40000", dport: "22" };
  const there = {
    ...ports,
    source: client,
    destination: OWN[family],
    protocol: "tcp",
    in: "eth5",
    connmark: "0x1",
  };
  const back = {
    protocol: "tcp",
    source: OWN[family],
    destination: client,
    sport: "22",
    dport: "40000",
    out: "eth5",
  };
  const verdicts = [
    { ...there, state: "NEW", connmark: "0x0" },
    { ...there, state: "ESTABLISHED" },
    { ...back, state: "ESTABLISHED", connmark: "0x1" },
  ].map((options) => explained(text, family, { ...options, table: "all" }).verdict);
  return verdicts.includes(null) ? null : verdicts.map(String);
}

test.each(["v4", "v6"] as const)("connections, %s", async (family) => {
  let decided = 0;
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const text = randomRuleset(seed, family);
    // Of a link-local address no route says by which interface it comes.
    for (const client of HOSTS[family].filter((host) => !host.startsWith("fe80"))) {
      const expected = verdictsOfConnection(text, family, client);
      const [own, ports] = [OWN[family], "sport=40000 dport=22"];
      const line = `tcp 6 9 ESTABLISHED src=${client} dst=${own} ${ports} src=${own} dst=${client} sport=22 dport=40000 mark=1`;
      const view = await replayed([text], line, { family, routes: routesOf(family) });
      expect(view.different + view.perhaps).toBe(0);
      if (expected === null) continue;
      decided++;
      const counts = new Map<string, number>();
      for (const verdict of expected) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      const found = view.verdicts.map(({ old, packets }) => [old.join("|"), packets]);
      expect(new Map(found as [string, number][]), `${text}\n${line}`).toEqual(counts);
    }
  });
  await fc.assert(property, { numRuns: 40 * EFFORT });
  expect(decided).toBeGreaterThan(40);
});

/** A world small enough to try all of its packets, by the second interpreter. */
import { expect } from "vitest";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { interpret, type NaivePacket } from "../verify/naive.ts";

/** All packets of a small world: addresses inside and beside the members, services with and without a readable header, both backends. */
function* smallWorld(family: Family): Generator<NaivePacket> {
  const address = (last: number) => (family === "v4" ? [0x0a000000 + last] : [0x20010db8, 0, 0, last]);
  const kinds = [
    { protocol: 6, dport: 22, sport: 1000 },
    { protocol: 6, dport: 1030, sport: 22 },
    { protocol: 17, dport: 53, sport: 1000 },
    { protocol: 47, dport: 0, sport: 0 },
  ];
  const heads = [
    { headerLength: Number.POSITIVE_INFINITY, fragmentOffset: 0, brokenExtensions: false },
    { headerLength: 4, fragmentOffset: 0, brokenExtensions: false },
    { headerLength: 0, fragmentOffset: 0, brokenExtensions: family === "v6" },
    { headerLength: 0, fragmentOffset: family === "v4" ? 1 : 0, brokenExtensions: false },
    { headerLength: 0, fragmentOffset: family === "v4" ? 185 : 0, brokenExtensions: false },
  ];
  for (const source of [1, 2, 5, 9])
    for (const destination of [1, 4, 9])
      for (const [input, output] of [
        ["eth0", "eth1"],
        ["eth1", "eth0"],
        ["ppp0", "eth2"],
      ] as const)
        for (const kind of kinds)
          for (const head of heads)
            for (const backend of ["legacy", "nft"] as const)
              yield {
                ...{ in: input, out: output, source: address(source), destination: address(destination) },
                ...{ ...kind, ...head, backend, flags: 2, options: [], icmpType: 0, icmpCode: 0 },
                ...{ states: ["NEW"], mark: 0, connmark: 0, mac: null, answers: true, exceptions: [] },
              };
}

/** Both rulesets do the same to every packet of it that comes to FORWARD. */
export function expectSameFates(old: Ruleset, now: Ruleset, hint: string): void {
  for (const packet of smallWorld(old.family)) {
    const [before, after] = [old, now].map(({ tables }) => interpret(tables[0]!, "FORWARD", packet));
    // A dropped packet may keep its bits: nobody sees them.
    const marks = before!.verdict === "DROP" ? {} : { mark: before!.mark };
    expect(after, `${hint}\n${JSON.stringify(packet)}`).toMatchObject({
      verdict: before!.verdict,
      effects: before!.effects,
      ...marks,
    });
  }
}

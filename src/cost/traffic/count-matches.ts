/**
 * Sends packets of a file of traffic through a table, and counts what its rules would.
 */
import type { Rule } from "../../model/types.ts";
import { compileTable, type TablePair } from "../../verify/sample/compile.ts";
import { MOST_STEPS, Walker } from "../../verify/sample/evaluate.ts";
import { evaluateConditions, makeTruth } from "../../verify/sample/truth.ts";
import { PacketMaker } from "../packets.ts";
import { choosePackets, numberInterfaces, placePacket } from "./place-packet.ts";
import type { Traffic } from "./types.ts";

/** Packets by rule; null where none of them comes to the table, or one's walk has no end that one could wait for. */
export function countMatches(pair: TablePair, { packets }: Traffic): ReadonlyMap<Rule, number> | null {
  const table = compileTable(pair, 0, 0, "legacy");
  const numberOf = numberInterfaces(table, [pair.old]);
  // Programs number each chain's rules, and then its end.
  const rules = pair.old.chains.flatMap((chain) => [...chain.rules, null]);
  const truth = makeTruth(table);
  const walker = new Walker(table, 0, truth);
  const counts = new Map<Rule, number>();
  let isMet = false;
  for (const hook of table.hooks) {
    if (hook.isUnread) return null;
    const maker = new PacketMaker(table, hook);
    const stranger = maker.stranger.packet;
    for (const { weight, packet: view } of choosePackets(
      packets.filter(({ hooks }) => hooks.includes(hook.name)),
    )) {
      const packet = maker.finish(placePacket(table, numberOf, stranger, view(hook.name)));
      const step = (at: number): void => {
        const rule = rules[at];
        if (rule) counts.set(rule, (counts.get(rule) ?? 0) + weight);
      };
      evaluateConditions(table, packet, truth);
      walker.walk(hook, packet, { step, hotdrop: step, effect: () => {} });
      if (walker.steps > MOST_STEPS) return null;
      isMet = true;
    }
  }
  return isMet ? counts : null;
}

/**
 * Reads a rule chain: it clears its bits, asks groups one after the other, and gives a verdict for packets that have all bits.
 *
 *     -A R-MGMT -j MARK --set-xmark 0x0/0x7              the bits are 0, whatever came in
 *     -A R-MGMT -j S-LAN                                 sets 0x1 for its members
 *     -A R-MGMT -m mark ! --mark 0x1/0x7 -j RETURN       who has no bit leaves with none
 *     -A R-MGMT -j D-DMZ
 *     -A R-MGMT -m mark ! --mark 0x3/0x7 -g M-CLEAR      who has one leaves through a chain that clears it
 *     -A R-MGMT -j MARK --set-xmark 0x0/0x7
 *     -A R-MGMT -j ACCEPT
 *
 * A group is negated where packets go on that have no bit of it (`! --mark 0x1/0x3 -g M-CLEAR` behind the second group), or where the bit is turned over behind the call, as the article's S-NEGATE does.
 *
 * What is read is what the lines do to the bits, not how they are spelled: a chain is taken where every way out of it leaves the bits 0 (DROP aside, and the way of those that
 * have all bits, where the owner returns them). Then the chain that `rewrite/layouts/article.ts` writes does the same to every packet.
 */

import type { Chain, Rule } from "../../model/types.ts";
import { RuleChainReader } from "./rule-chain-reader.ts";
import type { AskedGroup, MarkChains, RuleChain } from "./rule-chain-types.ts";

/** Reads one; else why it is none, as the end of a sentence. */
export function readRuleChain(chain: Chain, chains: MarkChains): RuleChain | string {
  return readWith(new RuleChainReader(chain, chains), chain);
}

/** Three lines that clear the bits, ask a group, and send back who is not in it; null where they do something else. */
export function readAskedGroup(rules: readonly Rule[], chains: MarkChains): AskedGroup | null {
  const [reset, ask, test] = rules;
  if (reset === undefined || ask === undefined || test === undefined || ask.matches.length > 0) return null;
  const group = ask.target.kind === "jump" ? chains.groups.get(ask.target.chain) : undefined;
  if (group === undefined || group.axis === "service") return null;
  const chain = { name: reset.chain, policy: null, rules: [reset, ask, test], line: reset.line };
  const reader = new RuleChainReader(chain, chains);
  if (chain.rules.some((rule) => reader.step(rule) !== null)) return null;
  const read = reader.finish();
  const isPlain = typeof read !== "string" && read.leaves.length === 0 && read.negated.size === 0;
  return isPlain ? { group, mask: read.mask } : null;
}

/** The same for a chain that packets come to with the bit of a group, and come back from with it and no other. */
export function readRuleChainBehind(chain: Chain, start: AskedGroup, chains: MarkChains): RuleChain | string {
  const read = readWith(new RuleChainReader(chain, chains, start), chain);
  return typeof read !== "string" && read.negated.size > 0 ? "it asks a negated group" : read;
}

function readWith(reader: RuleChainReader, chain: Chain): RuleChain | string {
  for (const rule of chain.rules) {
    const fault = reader.step(rule);
    if (fault !== null) return `line ${rule.line} ${fault}`;
  }
  return reader.finish();
}

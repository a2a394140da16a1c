/**
 * Reads policy rules that ask their source group together (`rewrite/layouts/shared.ts`): a chain that asks one group, and calls the rule chains of all rules for packets in it.
 *
 *     -A P-S-LAN -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7
 *     -A P-S-LAN -j S-LAN
 *     -A P-S-LAN -m mark ! --mark 0x1/0x7 -j RETURN
 *     -A P-S-LAN -j R-LAN-WEB
 *     -A P-S-LAN -j MARK --set-xmark 0x0/0x7
 *
 * Each rule chain is read with the group's bit as one that its packets have and keep (`rule-chain.ts`).
 */
import type { Chain, Rule, Table } from "../../model/types.ts";
import { isKept } from "../segments.ts";
import { takeApart } from "../tree-levels.ts";
import type { ClusterOptions, OddChain } from "../types.ts";
import { type ChainIndex, clearedBits } from "./groups.ts";
import { touches } from "./mark-tests.ts";
import { readAskedGroup, readRuleChainBehind } from "./rule-chain.ts";
import type { MarkChains, RuleChain } from "./rule-chain-types.ts";
import { note } from "./find-runs.ts";
import { type CalledChain, rulesOf } from "./tree.ts";

/** What was found so far; the lists grow. */
interface FoundChains {
  readonly called: CalledChain[];
  /** Rules of chains that leave no bit, taken or not. */
  readonly tame: Rule[];
  readonly odd: OddChain[];
}

/** Finds chains that ask a group for several rules, with all of these; the answer is their names, and those of the rule chains. */
export function findSharedChains(
  table: Table,
  chains: readonly Chain[],
  known: MarkChains,
  index: ChainIndex,
  options: ClusterOptions,
  { called, tame, odd }: FoundChains,
): ReadonlySet<string> {
  const found = chains.flatMap((chain) => {
    const read = readSharedChain(chain, known, index);
    if (typeof read === "string") note(odd, chain, read);
    return read === null || typeof read === "string" ? [] : [read];
  });
  const names = new Set(
    found.flatMap(({ chain, calls }) => [chain.name, ...calls.map(({ read }) => read.chain.name)]),
  );
  for (const each of found) {
    const calls = findSharedCalls(table, each, known, names, options);
    if (typeof calls === "string") note(odd, each.chain, calls);
    else called.push(...calls);
    tame.push(...each.chain.rules, ...each.calls.flatMap(({ read }) => rulesOf(read, table)));
  }
  return names;
}

/** A chain that asks one group for several rules. */
interface SharedChain {
  readonly chain: Chain;
  /** Lines that call the rule chains, in their order. */
  readonly calls: readonly { readonly line: Rule; readonly read: RuleChain }[];
}

/** Reads one: null where a chain is something else, the end of a sentence where it is nearly one. */
function readSharedChain(chain: Chain, chains: MarkChains, index: ChainIndex): SharedChain | string | null {
  const start = readAskedGroup(chain.rules.slice(0, 3), chains);
  const lines = chain.rules.slice(3, -1);
  const last = chain.rules.at(-1);
  if (start === null || lines.length === 0 || last === undefined) return null;
  const isEnd = last.matches.length === 0 && (clearedBits(last) & start.mask) >>> 0 === start.mask;
  const called = lines.map(({ target }) => (target.kind === "jump" ? index.private(target.chain) : null));
  if (!isEnd || called.some((each) => each === null || chains.groups.has(each.name))) return null;
  const calls: { line: Rule; read: RuleChain }[] = [];
  for (const [at, line] of lines.entries()) {
    const read = readRuleChainBehind(called[at]!, start, chains);
    if (typeof read === "string") return `line ${line.line} calls ${called[at]!.name}, of which ${read}`;
    const call = takeApart(line, chains.family);
    if (call === null || call.tail !== "" || line.matches.some((match) => touches(match, start.mask)))
      return `line ${line.line} tests something that may change by being asked`;
    calls.push({ line, read });
  }
  return { chain, calls };
}

/** Its rules as called chains, all at the one place that calls it; else why it can't be taken, as the end of a sentence. */
function findSharedCalls(
  table: Table,
  { chain, calls }: SharedChain,
  chains: MarkChains,
  ruleChains: ReadonlySet<string>,
  options: ClusterOptions,
): readonly CalledChain[] | string {
  const callers = table.chains.flatMap((owner) =>
    owner.rules.filter(
      ({ target }) => (target.kind === "jump" || target.kind === "goto") && target.chain === chain.name,
    ),
  );
  const [rule] = callers;
  if (rule === undefined) return "nothing calls it";
  if (callers.length > 1) return "several rules call it";
  const isPlain = rule.target.kind === "jump" && rule.matches.every(({ kind }) => kind === "comment");
  if (!isPlain || isKept(rule.chain, options) || ruleChains.has(rule.chain))
    return "the rule that calls it has to stay as it is";
  return calls.map(({ line, read }) => ({
    ...{ table, read, rule, call: takeApart(line, chains.family)!, returns: null, family: chains.family },
    leaves: [...new Set([...read.leaves, ...chains.idleClears])],
    shared: { chain, line },
  }));
}

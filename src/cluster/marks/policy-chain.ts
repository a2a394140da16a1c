/**
 * Reads the chain of a policy rule in a run: it asks for its services, and decides about packets that have them.
 *
 *     -A R-LAN-WEB -j SRV-WEB
 *     -A R-LAN-WEB -m mark --mark 0x4/0x4 -m conntrack --ctstate NEW -j V-ACCEPT     clears all bits, and accepts
 *     -A R-LAN-WEB -j MARK --set-xmark 0x0/0x4                                       the next rule has services of its own
 */
import { AXES, type Chain, type Match, type Rule } from "../../model/types.ts";
import { takeApart } from "../tree-levels.ts";
import { clearedBits, type MarkGroup } from "./groups.ts";
import type { RunWords } from "./objects.ts";
import { touches } from "./rule-chain.ts";

/** A policy rule's chain that was understood. */
export interface PolicyChain {
  readonly chain: Chain;
  readonly services: MarkGroup | null;
  /** Matches between the protocol and the ports of services. */
  readonly pre: string;
  /** All else that its last line tests. */
  readonly rest: string;
  /** The rule with the verdict. */
  readonly verdict: Rule;
  /** The chain that the verdict stands in, where that is another one. */
  readonly verdictChain: Chain | null;
}

/** Reads one: `open` are bits that packets may have, `mask` all own bits. Null where it is something else. */
export function readPolicyChain(
  chain: Chain,
  open: number,
  mask: number,
  words: RunWords,
): PolicyChain | null {
  const asks = chain.rules.findIndex(
    ({ target }) => target.kind !== "jump" || !words.groups.has(target.chain),
  );
  const services = readServices(chain.rules.slice(0, asks === -1 ? undefined : asks), open, mask, words);
  const [decide, clear, ...others] = chain.rules.slice(asks === -1 ? chain.rules.length : asks);
  if (services === null || decide === undefined || others.length > 0) return null;
  const { group } = services;
  // The bit of the services is 0 again where packets come back.
  const isClear =
    group === null
      ? clear === undefined
      : clear !== undefined && clear.matches.length === 0 && clearedBits(clear) === group.bit;
  const live = (open | (group?.bit ?? 0)) >>> 0;
  const verdict = findVerdict(decide, live, words);
  const tests = isClear ? readTests(decide, group, mask) : null;
  if (verdict === null || tests === null) return null;
  // What a target demands beside itself has been asked before.
  const demanded = verdict.rule.matches.filter(({ kind }) => kind !== "comment");
  const asked = new Set([
    ...decide.matches.map(({ text }) => text),
    ...protocolsOf(group).map((name) => `-p ${name}`),
  ]);
  const isAsked =
    verdict.chain === null ||
    demanded.every(
      ({ kind, text }) =>
        kind === "protocol" && asked.has(text) && (group === null || protocolsOf(group).length === 1),
    );
  if (!isAsked) return null;
  return {
    ...{ chain, services: group, pre: services.pre, rest: tests.map(({ text }) => text).join(" ") },
    ...{ verdict: verdict.rule, verdictChain: verdict.chain },
  };
}

/** The services that some rules ask for, one after the other where something stands before the ports. */
function readServices(
  rules: readonly Rule[],
  open: number,
  mask: number,
  { groups, family }: RunWords,
): { readonly group: MarkGroup | null; readonly pre: string } | null {
  const [first] = rules;
  if (first === undefined) return { group: null, pre: "" };
  const group = first.target.kind === "jump" ? groups.get(first.target.chain) : undefined;
  if (group === undefined || group.axis !== "service") return null;
  if ((group.bit & mask) === 0 || (group.bit & open) !== 0) return null;
  const protocols: string[] = [];
  const pres = new Set<string>();
  for (const rule of rules) {
    const movable = takeApart(rule, family);
    const isSame = rule.target.kind === "jump" && rule.target.chain === group.name;
    if (movable === null || !isSame || rule.matches.some((match) => touches(match, mask))) return null;
    const isPlain =
      movable.guard.length === 0 &&
      AXES.every((axis, at) => axis === "service" || movable.tokens[at] === null);
    if (!isPlain) return null;
    if (movable.tail === "") {
      if (rules.length > 1) return null;
      return { group, pre: "" };
    }
    const found = /^-p (\S+) (.+)$/.exec(movable.tail);
    if (found === null || movable.profile !== "") return null;
    protocols.push(found[1]!);
    pres.add(found[2]!);
  }
  const [pre] = pres;
  const isWhole = pres.size === 1 && protocols.join() === protocolsOf(group).join();
  return isWhole && pre !== undefined ? { group, pre } : null;
}

function protocolsOf(group: MarkGroup | null): readonly string[] {
  return [...new Set((group?.tokens ?? []).map(({ key }) => key.split(" ")[0]!))];
}

/** What the last line tests beside the bit of its services and their protocol; null where something touches own bits. */
function readTests(rule: Rule, group: MarkGroup | null, mask: number): readonly Match[] | null {
  const tests = rule.matches.filter(({ kind }) => kind !== "comment");
  const marks = tests.filter((match) => touches(match, mask));
  const [mark] = marks;
  if (marks.length !== (group === null ? 0 : 1) || tests.some(({ kind }) => kind === "opaque")) return null;
  if (group !== null && mark?.kind === "mark") {
    if (mark.negated || mark.value !== group.bit || mark.mask !== group.bit) return null;
    // A test of a header before the bit would be asked of more packets.
    const before = tests.slice(0, tests.indexOf(mark));
    if (before.some(({ kind }) => kind !== "protocol")) return null;
  }
  const protocols = protocolsOf(group);
  return tests.filter(
    (match) =>
      match !== mark &&
      !(
        match.kind === "protocol" &&
        !match.negated &&
        protocols.length === 1 &&
        match.text === `-p ${protocols[0]}`
      ),
  );
}

/** The rule that decides, in this chain (DROP alone may leave bits) or in one that clears all of them first. */
function findVerdict(
  { target, ...rule }: Rule,
  live: number,
  { chains }: RunWords,
): { readonly rule: Rule; readonly chain: Chain | null } | null {
  if (target.kind === "verdict" && target.verdict === "DROP")
    return { rule: { ...rule, target }, chain: null };
  const chain = target.kind === "jump" ? chains.get(target.chain) : undefined;
  const [clear, last, ...others] = chain?.rules ?? [];
  if (chain === undefined || chain.policy !== null || clear === undefined || last === undefined) return null;
  const isClear = clear.matches.length === 0 && (live & ~clearedBits(clear)) === 0;
  if (!isClear || others.length > 0 || !ends(last)) return null;
  return { rule: last, chain };
}

function ends({ target }: Rule): boolean {
  if (target.kind === "verdict") return target.verdict !== "RETURN";
  return target.kind === "extension" && target.ends === "always";
}

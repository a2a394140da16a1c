/**
 * Reads the chain of a policy rule in a run: it asks for its services, and decides about packets that have them.
 *
 *     -A R-LAN-WEB -g SRV-WEB
 *     -A SRV-WEB -p tcp -m tcp --dport 80 -j V-ACCEPT-2
 *     -A V-ACCEPT-2 -m conntrack --ctstate NEW -j V-ACCEPT      what is left to test
 *     -A V-ACCEPT -j MARK --set-xmark 0x0/0x3                   clears all bits, and accepts
 *     -A V-ACCEPT -j ACCEPT
 */
import { AXES, type Chain, type Match, type Rule } from "../../model/types.ts";
import { takeApart } from "../tree-levels.ts";
import { clearedBits, commentsOf, readTested } from "./groups.ts";
import type { ObjectGroup, RunWords } from "./objects.ts";
import { touches } from "./mark-tests.ts";

/** A policy rule's chain that was understood. */
export interface PolicyChain {
  readonly chain: Chain;
  readonly services: ObjectGroup | null;
  /** Matches between the protocol and the ports of services. */
  readonly pre: string;
  /** All else that is tested before the verdict. */
  readonly rest: string;
  /** The rule with the verdict. */
  readonly verdict: Rule;
  /** Rules of the chains behind it, those of services aside. */
  readonly behind: readonly Rule[];
}

/** What rules lead to: a verdict, maybe behind tests. */
interface Ending {
  readonly tests: readonly Match[];
  readonly verdict: Rule;
  readonly behind: readonly Rule[];
}

/** Reads one: `open` are bits that packets may have. Null where it is something else. */
export function readPolicyChain(chain: Chain, open: number, words: RunWords): PolicyChain | null {
  const [first] = chain.rules;
  if (first === undefined) return null;
  if (first.target.kind === "goto") return readServiceCalls(chain, first.target.chain, open, words);
  const ending = chain.rules.length === 1 ? readEnding(first, open, words) : null;
  if (ending === null) return null;
  const texts = ending.tests.map(({ text }) => text);
  if (!isAsked(ending.verdict, texts)) return null;
  return { chain, services: null, pre: "", rest: texts.join(" "), ...partsOf(ending) };
}

function partsOf({ verdict, behind }: Ending): Pick<PolicyChain, "verdict" | "behind"> {
  return { verdict, behind };
}

/** All rules go to one chain of services, one after the other where something stands before the ports. */
function readServiceCalls(chain: Chain, name: string, open: number, words: RunWords): PolicyChain | null {
  const read = readServices(words.chains.get(name), open, words);
  if (read === null) return null;
  const pre = readPre(chain.rules, name, read.protocols, open, words);
  if (pre === null) return null;
  const { ending, protocols, services } = read;
  const needed = protocols.length === 1 ? [`-p ${protocols[0]}`] : [];
  const rest = ending.tests.map(({ text }) => text).filter((text) => !needed.includes(text));
  if (!isAsked(ending.verdict, [...needed, ...rest])) return null;
  return { chain, services, pre, rest: rest.join(" "), ...partsOf(ending) };
}

/** Whether all that the line of a verdict demands has been asked before. */
function isAsked({ matches }: Rule, asked: readonly string[]): boolean {
  return matches.every(
    ({ kind, text }) => kind === "comment" || (kind === "protocol" && asked.includes(text)),
  );
}

/** The members of a service group, all with one ending. */
function readServices(
  chain: Chain | undefined,
  open: number,
  words: RunWords,
): {
  readonly services: ObjectGroup;
  readonly protocols: readonly string[];
  readonly ending: Ending;
} | null {
  const [first] = chain?.rules ?? [];
  if (chain === undefined || chain.policy !== null || first === undefined) return null;
  const tested = chain.rules.map((rule) => readTested(rule, words.family));
  const isGroup = chain.rules.every(
    ({ target }, at) => tested[at]?.axis === "service" && target.text === first.target.text,
  );
  // Of a member nothing is left to test but what its rules lead to.
  const ending = isGroup ? readEnding({ ...first, matches: [] }, open, words) : null;
  if (ending === null) return null;
  const tokens = chain.rules.map((rule, at) => {
    const { key, text } = tested[at]!.token;
    return { key, text: [text, ...commentsOf(rule)].join(" ") };
  });
  const lines = new Map(chain.rules.map(({ line }, at) => [tokens[at]!.key, [line]]));
  if (lines.size < tokens.length) return null;
  const protocols = [...new Set(tokens.map(({ key }) => key.split(" ")[0]!))];
  const services: ObjectGroup = {
    ...{ name: chain.name, axis: "service", bits: 0, tokens, lines, rules: chain.rules },
    ...{ includes: [], isStored: false },
  };
  return { services, protocols, ending };
}

/** What the calls of a service group test before the ports, for each of its protocols; null where that can't be said. */
function readPre(
  rules: readonly Rule[],
  name: string,
  wanted: readonly string[],
  open: number,
  { family }: RunWords,
): string | null {
  const protocols: string[] = [];
  const pres = new Set<string>();
  for (const rule of rules) {
    const movable = takeApart(rule, family);
    const isCall = rule.target.kind === "goto" && rule.target.chain === name;
    if (movable === null || !isCall || rule.matches.some((match) => touches(match, open))) return null;
    const isPlain =
      movable.guard.length === 0 &&
      AXES.every((axis, at) => axis === "service" || movable.tokens[at] === null);
    if (!isPlain) return null;
    if (movable.tail === "") return rules.length === 1 ? "" : null;
    const found = /^-p (\S+) (.+)$/.exec(movable.tail);
    if (found === null || movable.profile !== "") return null;
    protocols.push(found[1]!);
    pres.add(found[2]!);
  }
  const [pre] = pres;
  return pres.size === 1 && pre !== undefined && protocols.join() === wanted.join() ? pre : null;
}

/** Where a rule leads: own bits are 0 where packets go on (DROP alone may leave some). On the way may be one chain with a test. */
function readEnding(rule: Rule, open: number, words: RunWords, mayTest = true): Ending | null {
  const { target, matches } = rule;
  const tests = matches.filter(({ kind }) => kind !== "comment");
  if (tests.some((match) => match.kind === "opaque" || touches(match, open))) return null;
  const drops = target.kind === "verdict" && target.verdict === "DROP";
  if (drops || (open === 0 && ends(rule))) return { tests, verdict: { ...rule, matches: [] }, behind: [] };
  const chain = target.kind === "jump" ? words.chains.get(target.chain) : undefined;
  const [first, last, ...others] = chain?.rules ?? [];
  if (chain === undefined || chain.policy !== null || first === undefined || others.length > 0) return null;
  if (last !== undefined) {
    const isClear = first.matches.length === 0 && (open & ~clearedBits(first)) === 0 && ends(last);
    return isClear ? { tests, verdict: last, behind: chain.rules } : null;
  }
  const inner = mayTest ? readEnding(first, open, words, false) : null;
  if (inner === null) return null;
  return { ...inner, tests: [...tests, ...inner.tests], behind: [first, ...inner.behind] };
}

function ends({ target }: Rule): boolean {
  if (target.kind === "verdict") return target.verdict !== "RETURN";
  return target.kind === "extension" && target.ends === "always";
}

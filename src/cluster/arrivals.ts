/**
 * Which packets may lack a part of their transport header where a rule reads it, told from the rules on their way: connection tracking calls those INVALID, but for what
 * this host has sent to itself. Said on the safe side: "some" wherever it isn't known.
 *
 * The checker comes to the same by itself (`verify/symbolic/universe.ts`, with the kernel's sources): what is taken for whole here has to be so there.
 */
import { type Chain, CTSTATE, type Match, type Rule, type Ruleset, type Table } from "../model/types.ts";
import { hasUnparsed } from "../model/unparsed.ts";
import { readsHeader } from "./header-profile.ts";

/** What may get to a place. */
interface Arrival {
  /** Packets without a connection. */
  readonly untracked: boolean;
  /** Packets of this host that come back by lo. */
  readonly looped: boolean;
  /** IPv6 packets to a multicast address, of which this host gets its own back. */
  readonly multicast: boolean;
}

const ANYTHING: Arrival = { untracked: true, looped: true, multicast: true };
const NOTHING: Arrival = { untracked: false, looped: false, multicast: false };

/** A rule that jumps, with its place in its chain. */
interface Call {
  readonly chain: Chain;
  readonly at: number;
}

/** What gets to the chains of a table; a class because it finds out when it is asked, and remembers. */
export class Arrivals {
  readonly #table: Table;
  readonly #ruleset: Ruleset;
  readonly #known = new Map<string, Arrival>();
  readonly #loopback = new Map<Chain, number>();
  #calls: ReadonlyMap<string, readonly Call[]> | null = null;
  #cutsHeaders: boolean | null = null;

  constructor(table: Table, ruleset: Ruleset) {
    this.#table = table;
    this.#ruleset = ruleset;
  }

  /** Whether the header tests of a rule see packets with whole tcp and udp headers only. */
  areWhole(chain: Chain, at: number): boolean {
    // In raw, connections are made, and what comes to be UNTRACKED was something else before.
    if (this.#table.name === "raw") return false;
    const { matches } = chain.rules[at]!;
    const header = matches.findIndex(readsHeader);
    const { untracked, looped, multicast } = narrow(
      this.#behindLoopback(chain, at),
      header === -1 ? matches : matches.slice(0, header),
    );
    if (untracked || looped || multicast) return false;
    this.#cutsHeaders ??= cutsHeaders(this.#ruleset);
    return !this.#cutsHeaders;
  }

  /** What gets to a rule of a chain. */
  #behindLoopback(chain: Chain, at: number): Arrival {
    const arrival = this.#arrivalAt(chain);
    if (!arrival.looped) return arrival;
    let gone = this.#loopback.get(chain);
    if (gone === undefined) {
      gone = firstOfLoopback(chain);
      this.#loopback.set(chain, gone);
    }
    return gone !== -1 && gone < at ? { ...arrival, looped: false } : arrival;
  }

  #arrivalAt({ name, policy }: Chain): Arrival {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // Until it is known: chains that call each other in a ring are reached by anything.
    this.#known.set(name, ANYTHING);
    const arrival = policy === null ? this.#arrivalByCalls(name) : this.#arrivalAtHook(name);
    this.#known.set(name, arrival);
    return arrival;
  }

  #arrivalAtHook(hook: string): Arrival {
    return {
      // The nat table sees packets of connections only.
      untracked: this.#table.name !== "nat",
      looped: hook === "PREROUTING" || hook === "INPUT",
      multicast: this.#ruleset.family === "v6" && hook !== "OUTPUT",
    };
  }

  #arrivalByCalls(name: string): Arrival {
    this.#calls ??= findCalls(this.#table);
    const calls = this.#calls.get(name);
    // Something that is not in the file may call it one day.
    if (calls === undefined) return ANYTHING;
    return calls.reduce((all, { chain, at }) => {
      const one = narrow(this.#behindLoopback(chain, at), chain.rules[at]!.matches);
      return {
        untracked: all.untracked || one.untracked,
        looped: all.looped || one.looped,
        multicast: all.multicast || one.multicast,
      };
    }, NOTHING);
  }
}

function findCalls({ chains }: Table): ReadonlyMap<string, readonly Call[]> {
  const calls = new Map<string, Call[]>();
  for (const chain of chains) {
    chain.rules.forEach(({ target }, at) => {
      if (target.kind !== "jump" && target.kind !== "goto") return;
      const list = calls.get(target.chain);
      if (list === undefined) calls.set(target.chain, [{ chain, at }]);
      else list.push({ chain, at });
    });
  }
  return calls;
}

/**
 * The first rule behind which nothing comes that came in by lo; -1: there is none. Such a rule stays before all that reads a header: what a search may put before it drops
 * the packet in any case, or is in conflict with it (`conflicts.ts`).
 */
function firstOfLoopback({ rules }: Chain): number {
  return rules.findIndex((rule) => {
    const [only, ...others] = rule.matches.filter(({ kind }) => kind !== "comment");
    return only?.kind === "in" && others.length === 0 && fitsLoopback(only) && endsWalk(rule);
  });
}

function endsWalk({ target }: Rule): boolean {
  return target.kind === "verdict" || (target.kind === "extension" && target.ends === "always");
}

function fitsLoopback({ name, negated }: Match & { kind: "in" | "out" }): boolean {
  const fits = name === LOOPBACK || (name.endsWith("+") && LOOPBACK.startsWith(name.slice(0, -1)));
  return fits !== negated;
}

const LOOPBACK = "lo";

/** What is left of packets where all matches are true. */
function narrow(arrival: Arrival, matches: readonly Match[]): Arrival {
  let { untracked, looped, multicast } = arrival;
  for (const match of matches) {
    if (match.kind === "ctstate") untracked &&= admits(match);
    else if (match.kind === "in") looped &&= fitsLoopback(match);
    else if (match.kind === "destination" && !match.negated && match.address !== null)
      multicast &&= mayBeMulticast(match.address);
  }
  return { untracked, looped, multicast };
}

function admits({ states, negated }: Match & { kind: "ctstate" }): boolean {
  return [CTSTATE.INVALID, CTSTATE.UNTRACKED].some((state) => ((states & state) !== 0) !== negated);
}

/** Whether an address may be in ff00::/8. */
function mayBeMulticast({
  address,
  mask,
}: {
  readonly address: readonly number[];
  readonly mask: readonly number[];
}): boolean {
  return ((address[0]! ^ 0xff000000) & mask[0]! & 0xff000000) === 0;
}

/** Whether packets of a connection may have lost a part of their headers: in programs that get them, or by CT, of which the templates count as NEW. */
function cutsHeaders({ tables }: Ruleset): boolean {
  return tables.some(
    (table) =>
      hasUnparsed(table) || table.chains.some(({ rules }) => rules.some(({ target }) => mayCut(target))),
  );
}

function mayCut(target: Rule["target"]): boolean {
  if (target.kind === "verdict") return target.verdict === "QUEUE";
  if (target.kind !== "extension") return false;
  return target.name === "NFQUEUE" || (target.name === "CT" && !/ --notrack\b/.test(target.text));
}

/**
 * The two rulesets of one family, and the packets that are sent through them.
 */
import { Routes, isRoute } from "../cost/traffic/routes.ts";
import { CTSTATE, type Ruleset } from "../model/types.ts";
import { pairTables } from "../verify/pairs.ts";
import { Evaluator, type Traveller } from "./evaluator.ts";
import { makeFold } from "./fold.ts";
import { wordsOf } from "./frame/frame.ts";
import { type FragmentWay, fragmentWay } from "./fragments.ts";
import { fieldsRead } from "./reads.ts";
import { Tally } from "./tally.ts";
import { Whereabouts } from "./whereabouts.ts";

/** Two rulesets of one family. Both are such as `import` accepts: every chain that is named is there, and no loop. */
export type ReplayPair = readonly [old: Ruleset, now: Ruleset];

/** What the file of packets does not say. */
export interface ReplayOptions {
  /** Output of `ip route show table all`; empty where nobody gave it. */
  readonly routes: string;
  /** The interface of a capture that doesn't name its own. */
  readonly device: string | null;
  /** Names of interfaces by their numbers on the host of the capture. */
  readonly deviceNames: ReadonlyMap<number, string>;
  /** The backend of broken packets and fragments; null: either. */
  readonly backend: "legacy" | "nft" | null;
}

/** All that one family's packets need. */
export interface FamilyReplay {
  readonly pair: ReplayPair;
  readonly tally: Tally;
  readonly evaluator: Evaluator;
  readonly whereabouts: Whereabouts;
  readonly fragments: FragmentWay;
  /** Whether rules ask for tcp options, and for hardware addresses. */
  readonly needsOptions: boolean;
  readonly needsMac: boolean;
  /** A first packet that helpers of connection tracking look at may be RELATED. */
  readonly hasHelpers: boolean;
  /** Sentences about what had to be assumed. */
  readonly limits: readonly string[];
}

/** Makes it ready; `routes` are lines that were found in the traffic. */
export function makeFamilyReplay(pair: ReplayPair, options: ReplayOptions, routes: string): FamilyReplay {
  const [old, now] = pair;
  const { family } = old;
  const paired = pairTables(old, now);
  const tables = paired.flatMap((each) => [each.pair.old, each.pair.new]);
  const evaluator = new Evaluator(paired, options.backend);
  const read = fieldsRead(tables);
  const known = new Routes(family);
  for (const line of `${options.routes}\n${routes}`.split("\n")) if (isRoute(line)) known.read(line);
  return {
    pair,
    evaluator,
    tally: new Tally(family, evaluator, makeFold(tables, wordsOf(family))),
    whereabouts: new Whereabouts(family, known),
    fragments: fragmentWay(old, now),
    needsOptions: read.has("tcpOption"),
    needsMac: read.has("mac"),
    hasHelpers: [old, now].some(usesHelpers),
    limits: paired.flatMap(({ limits }) => limits),
  };
}

/** Judges packets that are alike, and counts them. */
export function judge({ tally, hasHelpers }: FamilyReplay, traveller: Traveller, packets: number): void {
  const isFirst = hasHelpers && (traveller.states & CTSTATE.NEW) !== 0;
  tally.add(isFirst ? { ...traveller, states: traveller.states | CTSTATE.RELATED } : traveller, packets);
}

function usesHelpers({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) =>
    chains.some(({ rules }) => rules.some(({ target }) => /^-j CT .*--helper /.test(target.text))),
  );
}

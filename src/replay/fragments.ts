/**
 * Fragments: where connections are tracked, the kernel puts them together before any rule sees them; where they are not, rules see each of them.
 */
import type { Match, Rule, Ruleset } from "../model/types.ts";
import { FIELD } from "../verify/sample/packet.ts";
import { type Frame, passed, type Unjudged, unjudged } from "./frame/frame.ts";

/** What becomes of fragments: `joined` where both rulesets track connections, `single` where neither does. */
export type FragmentWay = "joined" | "single" | "unlike";

/** Datagrams that are remembered at once. */
const MOST_DATAGRAMS = 65_536;

const JOINED = passed("later fragments: the kernel puts them together with the first one, which is judged");
const NO_FIRST = unjudged("they are fragments, and the first one is not in the capture in front of them");
const SHORT_FIRST = unjudged("their transport header is spread over fragments");
const UNLIKE = unjudged(
  "they are fragments, which are put together for one ruleset and not for the other: only one of them tracks connections",
);

/** What becomes of fragments under both rulesets. */
export function fragmentWay(old: Ruleset, now: Ruleset): FragmentWay {
  const [before, after] = [tracksConnections(old), tracksConnections(now)];
  if (before !== after) return "unlike";
  return before ? "joined" : "single";
}

/** Matches and targets of other modules that make the kernel track connections. */
const TRACKING =
  /(?:^|\s)-[mj] (?:conn\w+|conntrack|state|helper|cluster|CT|NOTRACK|CONN\w+|SYNPROXY|CLUSTERIP)\b/;

function tracksConnections({ tables }: Ruleset): boolean {
  return tables.some(
    ({ name, chains }) => name === "nat" || chains.some(({ rules }) => rules.some(tracksFor)),
  );
}

function tracksFor({ matches, target }: Rule): boolean {
  const isTracking = (match: Match): boolean =>
    match.kind === "ctstate" || match.kind === "connmark" || ("text" in match && TRACKING.test(match.text));
  return target.kind === "connmark" || TRACKING.test(target.text) || matches.some(isTracking);
}

/** Knows of which datagrams the first fragment was seen; a class because it guards them. */
export class Fragments {
  readonly #way: FragmentWay;
  readonly #begun = new Set<string>();

  constructor(way: FragmentWay) {
    this.#way = way;
  }

  /** Null where the packet is judged as it is. */
  take(frame: Frame): Unjudged | null {
    const { fields, isFirstFragment } = frame;
    const isLater = fields[FIELD.FRAGMENT] !== 0;
    if ((!isLater && !isFirstFragment) || this.#way === "single") return null;
    if (this.#way === "unlike") return UNLIKE;
    const key = `${frame.fragmentId} ${fields.subarray(FIELD.SOURCE, FIELD.OPTIONS).join()} ${fields[FIELD.PROTOCOL]}`;
    if (isLater) return this.#begun.has(key) ? JOINED : NO_FIRST;
    if (fields[FIELD.SHORT] !== 0) return SHORT_FIRST;
    if (this.#begun.size >= MOST_DATAGRAMS) this.#begun.clear();
    this.#begun.add(key);
    return null;
  }
}

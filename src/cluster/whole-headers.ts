/**
 * Finds rules that say lists of ports where others say single ones, and where that is the same test: `multiport` and `tcp` read the header otherwise, but only packets
 * with whole headers get to them. Such rules become one kind, so that a product may have both.
 */
import { AXES, type Chain, type PortRange } from "../model/types.ts";
import type { Arrivals } from "./arrivals.ts";
import { type Features, type Movable, readWhole } from "./features.ts";
import { joinRanges, readPortToken, wholeShape } from "./port-tokens.ts";

const SERVICE = AXES.indexOf("service");

/** What lists of ports are read by; `bare` is a `-m tcp` beside it that asks for nothing. */
const isListProfile = (profile: string): boolean => profile === "multiport" || profile === "bare+multiport";

/** The rules of a chain, taken apart, in their order; where nothing is to gain, they stay what they are. */
export function findWhole(
  chain: Chain,
  features: readonly Features[],
  arrivals: Arrivals,
): readonly Features[] {
  const wanted = new Set<string>();
  const judged = new Set<string>();
  for (let at = 0; at < features.length; at++) {
    const each = features[at]!;
    if (each.kind === "barrier" || !isListProfile(each.profile) || judged.has(each.signature)) continue;
    // All rules of a signature become whole, or none.
    judged.add(each.signature);
    if (isPortTest(each) && arrivals.areWhole(chain, at)) wanted.add(readWhole(each).signature);
  }
  if (wanted.size === 0) return features;
  const kinds = findKinds(chain, features, wanted, arrivals);
  if (kinds.size === 0) return features;
  return features.map((each) =>
    each.kind === "movable" && kinds.has(each.signature) ? readWhole(each) : each,
  );
}

function isPortTest({ tokens }: Movable): boolean {
  const service = tokens[SERVICE];
  return service !== null && service !== undefined && wholeShape(service.key) !== null;
}

/** Rules of one signature. */
interface Kind {
  readonly signature: string;
  /** Whether all of them may become whole. */
  isWhole: boolean;
  /** Ports by shape. */
  readonly ports: Map<string, PortRange[]>;
}

/** Signatures of rules that become one kind with others: all rules of each are asked of whole headers, and some say the same ports. */
function findKinds(
  chain: Chain,
  features: readonly Features[],
  wanted: ReadonlySet<string>,
  arrivals: Arrivals,
): ReadonlySet<string> {
  const joined = new Map<string, Kind[]>([...wanted].map((signature) => [signature, []]));
  const kinds = new Map<string, Kind | null>();
  features.forEach((each, at) => {
    if (each.kind === "barrier") return;
    let kind = kinds.get(each.signature);
    if (kind === undefined) {
      const kin = canBeWhole(each) ? joined.get(readWhole(each).signature) : undefined;
      kind = kin === undefined ? null : { signature: each.signature, isWhole: true, ports: new Map() };
      if (kind !== null) kin!.push(kind);
      kinds.set(each.signature, kind);
    }
    if (kind?.isWhole === true) kind.isWhole = addRule(kind, each, arrivals.areWhole(chain, at));
  });
  return new Set(
    [...joined.values()].flatMap((kin) => {
      const whole = kin.filter(({ isWhole }) => isWhole);
      return whole.some((one, at) => whole.slice(at + 1).some((other) => sharePorts(one, other)))
        ? whole.map(({ signature }) => signature)
        : [];
    }),
  );
}

function canBeWhole({ profile, tokens }: Movable): boolean {
  return tokens[SERVICE] !== null && (profile === "plain" || isListProfile(profile));
}

/** Counts a rule in; whether its kind may still become whole. Other protocols never meet a packet of tcp or udp, and are read as before. */
function addRule({ ports }: Kind, { profile, tokens }: Movable, isWhole: boolean): boolean {
  const { key } = tokens[SERVICE]!;
  const shape = wholeShape(key);
  if (shape === null) return profile === "plain" && (isWhole || !/^(?:tcp|udp) /.test(key));
  const token = readPortToken(key);
  if (token !== null) {
    const list = ports.get(shape);
    if (list === undefined) ports.set(shape, [...token.ranges]);
    else list.push(...token.ranges);
  }
  return isWhole;
}

function sharePorts(one: Kind, other: Kind): boolean {
  return [...one.ports].some(([shape, ranges]) => {
    const [left, right] = [joinRanges(ranges), joinRanges(other.ports.get(shape) ?? [])];
    return left.some((range) => right.some(({ first, last }) => range.first <= last && first <= range.last));
  });
}

/**
 * Orders places of a chain by use, as far as packets of none come so late that they lose by it: one machine with precedence and deadlines (1|prec|Σ w·C, d), for which nobody knows a fast
 * exact way. From the end to the front the place of least use is taken of those that may stand so late and that nothing left has to follow (Smith's rule with deadlines, backwards).
 */
/** What a place asks for on one backend, in ns. */
export interface Limit {
  /** What testing it costs each packet that goes on. */
  readonly cost: number;
  /** What its packets pay before they come to its first rule, as the rules are written. */
  readonly paid: number;
  /** What they may pay more before they come to the place. */
  readonly room: number;
}

/**
 * The indexes of all places in their new order; where no place may stand last, the one that loses least does. `ranks`: those of the least stand last; `limits`: of each place, for each backend; `before`:
 * what has to stand before each.
 */
export function orderWithinLimits(
  ranks: readonly number[],
  limits: readonly (readonly Limit[])[],
  before: readonly ReadonlySet<number>[],
): readonly number[] {
  const waiting = countFollowers(before);
  const backends = [...(limits[0]?.keys() ?? [])];
  const starts = backends.map((at) =>
    limits.reduce((least, own) => Math.min(least, own[at]!.paid), Infinity),
  );
  const left = backends.map((at) => limits.reduce((sum, own) => sum + own[at]!.cost, 0));
  /** How much earlier than it has to a place would stand, were it the last one. */
  const slackOf = (place: number): number =>
    backends.reduce((least, at) => {
      const { cost, paid, room } = limits[place]![at]!;
      return Math.min(least, paid - starts[at]! + room - (left[at]! - cost));
    }, Infinity);
  // Those first that should stand last.
  const isLater = (one: number, other: number): boolean =>
    ranks[one] === ranks[other] ? one > other : ranks[one]! < ranks[other]!;
  const open: number[] = [];
  const add = (place: number): void => {
    const at = open.findIndex((other) => isLater(place, other));
    open.splice(at === -1 ? open.length : at, 0, place);
  };
  for (const place of ranks.keys()) if (waiting[place] === 0) add(place);
  const order: number[] = [];
  while (open.length > 0) {
    let at = open.findIndex((place) => slackOf(place) >= 0);
    if (at === -1) {
      const slacks = open.map(slackOf);
      at = slacks.indexOf(Math.max(...slacks));
    }
    const [place] = open.splice(at, 1) as [number];
    order.push(place);
    for (const backend of backends) left[backend]! -= limits[place]![backend]!.cost;
    for (const other of before[place]!) if (--waiting[other]! === 0) add(other);
  }
  return order.reverse();
}

/** For each place, how many have to stand behind it. */
function countFollowers(before: readonly ReadonlySet<number>[]): number[] {
  const followers = before.map(() => 0);
  for (const own of before) for (const place of own) followers[place]!++;
  return followers;
}

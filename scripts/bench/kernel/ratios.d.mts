/** Net cost of a class of packets; described beside the code. */
export interface Cost {
  readonly ns: number;
  readonly ratio: number | null;
  readonly isFloor: boolean;
  readonly extra: number;
}
type Samples = readonly (readonly number[])[];
export const FLOOR: number;
export function netCosts(
  samples: Samples,
  fates: readonly string[],
  empty: Readonly<Record<"passed" | "dropped", Samples>>,
): number[];
export function costsByClass(
  classes: readonly string[],
  nets: readonly number[],
  flat: readonly number[],
): Readonly<Record<string, Cost>>;
export function findUnlike(fates: readonly string[], flat: readonly string[]): number[];
export function short(value: number): string;
export function showRatio(cost: Cost): string;

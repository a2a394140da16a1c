/**
 * The sign of a policy rule in a picture: a letter and a colour for its services, full, hollow or dashed by what becomes of packets.
 */
import type { Fate } from "./policy-side.ts";

/** How many colours there are; sets beyond have the colour of another, and a letter of their own. */
export const COLOURS = 8;

interface ChipProps {
  /** Decides about the colour; negative: none. */
  readonly number: number;
  readonly fate: Fate;
  readonly code: string;
}

/** Shows it. */
export function Chip({ number, fate, code }: ChipProps) {
  return <span class={`chip ${fate}${number < 0 ? "" : ` hue-${number % COLOURS}`}`}>{code}</span>;
}

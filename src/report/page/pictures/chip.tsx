/**
 * The sign of a policy rule in a picture: a letter and a colour for its services, full, hollow or dashed by what becomes of packets.
 */
import type { Fate } from "./policy-side.ts";
import type { ServiceSet } from "./policy-matrix.ts";

/** How many colours there are; sets beyond have the colour of another, and a letter of their own. */
export const COLOURS = 8;

/** What becomes of packets, in words. */
export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  accepts: "accepted",
  denies: "dropped or rejected",
  other: "other targets",
};

/** Services in words. */
export function serviceWord({ label }: Pick<ServiceSet, "label">): string {
  return label === "" ? "all services" : label;
}

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

import type { Chain, Family } from "../../../src/model/types.ts";

/** A packet of a class; described beside the code. */
export interface Aim {
  readonly class: string;
  readonly hook: string;
  readonly in: string;
  readonly out: string | null;
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
  readonly icmpType: number;
  readonly flags: number;
}
export const CLASSES: readonly string[];
export function chooseAims(
  chains: readonly Chain[],
  family: Family,
  only?: string,
): { readonly chain: string; readonly aims: readonly Aim[] } | null;
export function frameOf(aim: Aim): string;
export function addressText(words: readonly number[]): string;

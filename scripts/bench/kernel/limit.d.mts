import type { Row } from "./send.mjs";

/** What auto chose for a chain. */
export interface Choice {
  readonly table: string;
  readonly chain: string;
  readonly form: string;
  readonly backends: readonly string[];
}
/** A class of packets in the three forms, in ns. */
export interface ClassCosts {
  readonly class: string;
  readonly flat: number;
  readonly auto: number;
  readonly article: number | null;
  readonly difference: number;
  readonly isBroken: boolean;
  readonly isBehindArticle: boolean;
  /** What was measured at first, where the other numbers are those of a second time. */
  readonly first?: Pick<ClassCosts, "flat" | "auto" | "article" | "difference">;
}
interface Place {
  readonly chain: string;
  readonly backend: string;
}
/** A chain on a backend. `isOwn`: auto chose for this backend, too. */
export interface Measured extends Place {
  readonly isOwn: boolean;
  readonly error?: string;
  readonly classes?: readonly ClassCosts[];
}
/** A file. */
export interface Held {
  readonly name: string;
  readonly left?: string;
  readonly choices?: readonly Choice[];
  readonly measured?: readonly Measured[];
}
interface Reason {
  readonly name: string;
  readonly why: string;
}
type Found = ClassCosts & Place & { readonly name: string; readonly isOwn: boolean };
export interface Summary {
  readonly files: number;
  readonly left: readonly Reason[];
  readonly nothing: number;
  readonly flat: number;
  readonly changed: number;
  readonly partlyFlat: number;
  readonly measured: number;
  readonly unmeasured: readonly (Reason & Place)[];
  readonly classes: number;
  readonly worst: Found | null;
  readonly broken: readonly Found[];
  readonly behindArticle: readonly Found[];
}
export const LIMIT: number;
export function describeForms(choices: readonly Pick<Choice, "chain" | "form">[]): string;
export function compareClasses(rows: readonly Row[]): readonly ClassCosts[];
export function isSuspect(measured: Measured): boolean;
export function confirm(first: Measured, again: Measured): Measured;
export function summarise(files: readonly Held[]): Summary;

import type { Planted } from "./planted.mjs";

/** What is loaded; described beside the code. */
export interface Form {
  readonly name: string;
  readonly form: "iptables" | "ipset" | "nft";
  readonly rules: string;
  readonly sets?: string;
  readonly only?: "nft";
}
export function filterTable(text: string): string;
export function peersOf(planted: Planted): Form[];
export function emptyForm(verdict: "passed" | "dropped"): Form;
export function countLines(form: Form): number;

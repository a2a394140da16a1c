import type { Aim } from "./aims.mjs";
import type { Form } from "./contestants.mjs";
import type { Cost } from "./ratios.mjs";

/** What came of a form in the namespaces. */
export interface Answer {
  readonly error: string | null;
  readonly load: readonly number[];
  readonly add: readonly number[];
  readonly fates: readonly string[];
  readonly samples: readonly (readonly number[])[];
}
export interface Row {
  readonly name: string;
  readonly error?: string;
  readonly lines?: number;
  readonly costs?: Readonly<Record<string, Cost>>;
}
export function findMissing(backends: readonly string[]): readonly string[];
export function send(
  forms: readonly Form[],
  aims: readonly Aim[],
  how: {
    readonly backend: string;
    readonly family: "v4" | "v6";
    readonly rounds: number;
    readonly loads?: number;
    readonly pause?: number;
    readonly nanoseconds?: number;
  },
): Readonly<Record<string, Answer>>;
export function judge(
  forms: readonly Form[],
  aims: readonly Aim[],
  answer: Readonly<Record<string, Answer>>,
): {
  readonly rows: readonly Row[];
  readonly fates: readonly { readonly class: string; readonly fate: string }[];
};

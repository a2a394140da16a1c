/**
 * What a person can do to a plan in the browser, one step at a time: each is something that the plan file can say, and that the plan's keys allow.
 */
import { CHAIN_FORMS, LAYOUTS, ORDERS } from "../layout.ts";
import type { ChainForm, Layout, Order, Storage } from "../types.ts";

/** Which of a plan's lists an entry is in. */
export type EntryList = "groups" | "policyRules";

/** One step. Entries are named by their ids, which edits never change. */
export type Edit =
  | { readonly kind: "rename"; readonly list: EntryList; readonly id: string; readonly name: string }
  | { readonly kind: "accept"; readonly list: EntryList; readonly id: string; readonly accept: boolean }
  /** Beside what the rules have, in any spelling: this changes the policy, and so does the next. */
  | { readonly kind: "add-members"; readonly id: string; readonly members: readonly string[] }
  | { readonly kind: "remove-members"; readonly id: string; readonly members: readonly string[] }
  /** Out of the group, not out of the ruleset: the rules that they came from stay flat. */
  | { readonly kind: "release-members"; readonly id: string; readonly members: readonly string[] }
  /** Removed from the one, added to the other. */
  | {
      readonly kind: "move-members";
      readonly id: string;
      readonly to: string;
      readonly members: readonly string[];
    }
  /** Each gets what only the other one has: an import of the new file makes one of two groups that are equal. */
  | { readonly kind: "merge-groups"; readonly id: string; readonly other: string }
  /** A combination that no rule says is let in, or stays as it is. */
  | {
      readonly kind: "answer-missing";
      readonly id: string;
      readonly combination: string;
      readonly accept: boolean;
    }
  /** null: as the plan says for all. */
  | { readonly kind: "store-group"; readonly id: string; readonly storage: Storage | null }
  /** As `--members` has it; null: nothing is said. */
  | { readonly kind: "store-all"; readonly storage: string | null }
  | { readonly kind: "log-partial"; readonly id: string; readonly rate: string | null }
  | { readonly kind: "layout"; readonly layout: Layout }
  /** Of the chain that a policy rule stands in; null: as for all chains. */
  | { readonly kind: "chain-layout"; readonly id: string; readonly layout: ChainForm | null }
  | { readonly kind: "order"; readonly order: Order };

type Check = (value: unknown) => boolean;

/** Longer than anything that a plan holds in one value. */
const LONGEST = 1000;

const isText: Check = (value) => typeof value === "string" && value.length <= LONGEST;
const isTruth: Check = (value) => typeof value === "boolean";
const isTexts: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isText);
const isList: Check = (value) => value === "groups" || value === "policyRules";
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && words.includes(value);

/** What each kind has beside its kind. */
const FIELDS: { readonly [Kind in Edit["kind"]]: Readonly<Record<string, Check>> } = {
  rename: { list: isList, id: isText, name: isText },
  accept: { list: isList, id: isText, accept: isTruth },
  "add-members": { id: isText, members: isTexts },
  "remove-members": { id: isText, members: isTexts },
  "release-members": { id: isText, members: isTexts },
  "move-members": { id: isText, to: isText, members: isTexts },
  "merge-groups": { id: isText, other: isText },
  "answer-missing": { id: isText, combination: isText, accept: isTruth },
  "store-group": { id: isText, storage: orNull(oneOf(["lines", "ipset"])) },
  "store-all": { storage: orNull(isText) },
  "log-partial": { id: isText, rate: orNull(isText) },
  layout: { layout: oneOf(LAYOUTS) },
  "chain-layout": { id: isText, layout: orNull(oneOf(CHAIN_FORMS)) },
  order: { order: oneOf(ORDERS) },
};

/** Whether data from outside is an edit: of a known kind, with its fields and no other. */
export function isEdit(value: unknown): value is Edit {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  const { kind, ...fields } = value;
  if (typeof kind !== "string" || !Object.hasOwn(FIELDS, kind)) return false;
  const checks = Object.entries(FIELDS[kind as Edit["kind"]]);
  const given = new Map<string, unknown>(Object.entries(fields));
  return (
    checks.length === given.size && checks.every(([key, check]) => given.has(key) && check(given.get(key)))
  );
}

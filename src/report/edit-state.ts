/**
 * What the page of `review --serve` is told beside the report: where the editing stands, and what of a plan can be chosen. It is no file format: page and server are of one
 * version always.
 */
import type { EditRequest } from "../plan/editing/session.ts";
import type { ChainForm, Layout, Order, Storage } from "../plan/types.ts";
import type { PageData } from "./page-data.ts";
import type { VerifyView } from "./verify-view.ts";

/** What is known about the plan as it is now. */
export type ProofState =
  | { readonly kind: "running" }
  | { readonly kind: "done"; readonly check: VerifyView }
  | { readonly kind: "failed"; readonly why: string };

/** Which answer is the latest: both grow. */
export interface Tick {
  /** Of the plan's text. */
  readonly revision: number;
  /** Of anything that the page shows. */
  readonly change: number;
}

/** Where the editing stands. */
export interface EditState extends Tick {
  /** Path of the plan, as the person gave it. */
  readonly planPath: string;
  /** What undo and redo would do; null for nothing. */
  readonly undo: string | null;
  readonly redo: string | null;
  /** Edits that were made here and that a change of the file has undone. */
  readonly lost: readonly string[];
  /** Why nothing can be edited at the moment: the file can't be carried out as it is. */
  readonly blocked: readonly string[];
  /** The last thing that happened to the file without anybody here. */
  readonly notice: string;
  /** What is worth knowing about the plan as it is, as `review` says it. */
  readonly notes: readonly string[];
  readonly proof: ProofState;
}

/** What can be chosen, and is in no report. */
export interface EditChoices {
  readonly layout: Layout;
  /** Of chains that have their own, by the ids of the policy rules in them. */
  readonly chainForms: Readonly<Record<string, ChainForm>>;
  readonly order: Order;
  readonly storage: string | null;
  /** Of groups that say where their members are, by id. */
  readonly stored: Readonly<Record<string, Storage>>;
  /** Ids of policy rules that are refused themselves: a report can't tell them from those whose groups are. */
  readonly refusedRules: readonly string[];
  /** Rates of policy rules that log, by id. */
  readonly logged: Readonly<Record<string, string>>;
}

/** All that the page shows. */
export interface ServedData {
  readonly page: PageData;
  readonly state: EditState;
  readonly choices: EditChoices;
}

/** What the page asks for; `revision`: of the plan that the person has seen. */
export interface StepRequest {
  readonly revision: number;
  readonly request: EditRequest;
}

/** What became of it. */
export type StepAnswer =
  | { readonly kind: "done"; readonly words: string; readonly revision: number }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "refused"; readonly why: readonly string[] }
  /** Somebody else was first: the page has to show what is there now. */
  | { readonly kind: "stale"; readonly why: string };

/** What the command says of the end. */
export interface EndAnswer {
  /** The command that follows; null where the file can't be carried out. */
  readonly next: string | null;
  /** Where the editing ended. */
  readonly state: EditState;
}

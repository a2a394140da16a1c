/**
 * What parts of the page know of editing: nothing, in a page that is a file.
 */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { EditRequest } from "../../../plan/editing/session.ts";
import type { EditChoices, EditState } from "../../edit-state.ts";

/** What is said about the last step. */
export interface Remark {
  readonly tone: "good" | "bad" | "warning";
  readonly lines: readonly string[];
}

/** A plan that is being edited. */
export interface Editor {
  readonly state: EditState;
  readonly choices: EditChoices;
  readonly remark: Remark | null;
  /** Why nothing can be edited any more, for people; null as long as it can. */
  readonly ended: string | null;
  readonly isBusy: boolean;
  /** Asks for a step; nothing happens while another one is on its way. */
  readonly send: (request: EditRequest) => void;
  readonly end: () => void;
}

/** Null where nothing is served. */
export const Editing = createContext<Editor | null>(null);

/** The editor around a part of the page. */
export function useEditing(): Editor | null {
  return useContext(Editing);
}

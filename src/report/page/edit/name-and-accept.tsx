/**
 * What can be done to a group and to a policy rule alike: another name, and whether it is taken.
 */
import type { Edit, EntryList } from "../../../plan/editing/types.ts";
import { TextForm } from "./controls.tsx";

/** An entry of one of the plan's lists. */
export interface NameAndAcceptProps {
  readonly list: EntryList;
  readonly id: string;
  readonly name: string;
  readonly isAccepted: boolean;
  readonly send: (edit: Edit) => void;
  /** Words behind the button. */
  readonly remark?: string;
}

/** Shows it. */
export function NameAndAccept({ list, id, name, isAccepted, send, remark }: NameAndAcceptProps) {
  return (
    <>
      <TextForm
        label="Name"
        button="Rename"
        value={name}
        onSend={(text) => send({ kind: "rename", list, id, name: text })}
      />
      <p>
        <button type="button" onClick={() => send({ kind: "accept", list, id, accept: !isAccepted })}>
          {isAccepted ? "Refuse: its rules stay flat" : "Accept: its rules are merged"}
        </button>
        {remark}
      </p>
    </>
  );
}

/**
 * What can be done to a group: its name, whether it is taken, its members, where they are kept.
 */
import { useState } from "preact/hooks";
import type { Edit } from "../../../plan/editing/types.ts";
import type { GroupView } from "../../view.ts";
import { Choice, PickForm, TextForm, useControlId } from "./controls.tsx";
import { type Editor, useEditing } from "./editing.ts";
import { NameAndAccept } from "./name-and-accept.tsx";
import { LastWords } from "./last-words.tsx";
import { findReached } from "./reach.ts";

/** A group, all that there are, and those of them that are nearly the same. */
export interface GroupEditProps {
  readonly group: GroupView;
  readonly groups: readonly GroupView[];
  readonly near: readonly GroupView[];
}

/** Shows it; nothing in a page that is a file. */
export function GroupEdit({ group, groups, near }: GroupEditProps) {
  const editor = useEditing();
  if (editor === null || editor.ended !== null) return null;
  const { id, name, accept, axis } = group;
  const send = (edit: Edit): void => editor.send({ kind: "edit", edit });
  const others = groups.filter((other) => other.axis === axis && other !== group && !near.includes(other));
  const choices = [...near, ...others].map((other) => [other.id, other.name] as const);
  const reached = findReached(group, groups);
  return (
    <fieldset class="edit">
      <legend>Edit {name}</legend>
      <NameAndAccept {...{ list: "groups", id, name, isAccepted: accept, send }} />
      {reached.length > 0 && (
        <p class="warning">Whatever changes its members changes {reached.join(", ")}, too.</p>
      )}
      <TextForm
        label="A member that no rule has; changes the policy"
        button="Add"
        value=""
        onSend={(text) => send({ kind: "add-members", id, members: [text] })}
      />
      <Members {...{ group, send, choices }} />
      <PickForm
        label="Both get the members of both; changes the policy"
        button="Merge with it"
        options={choices}
        onSend={(other) => send({ kind: "merge-groups", id, other })}
      />
      {(axis === "source" || axis === "destination") && <Storage {...{ group, editor, send }} />}
      <LastWords />
    </fieldset>
  );
}

interface MembersProps {
  readonly group: GroupView;
  readonly send: (edit: Edit) => void;
  readonly choices: readonly (readonly [id: string, name: string])[];
}

/** Members to choose from, and what to do with those that are chosen. */
function Members({ group: { id, members, added = [] }, send, choices }: MembersProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const list = useControlId();
  const all = [...members, ...added];
  // What is not there any more can't be chosen.
  const picked = chosen.filter((member) => all.includes(member));
  const act = (edit: (members: readonly string[]) => Edit) => () => {
    if (picked.length > 0) send(edit(picked));
  };
  return (
    <div class="members">
      <label for={list}>Members</label>
      <select
        id={list}
        multiple
        size={Math.min(8, Math.max(2, all.length))}
        onChange={({ currentTarget }) =>
          setChosen([...currentTarget.selectedOptions].map(({ value }) => value))
        }
      >
        {all.map((member) => (
          <option key={member} value={member} selected={picked.includes(member)}>
            {added.includes(member) ? `${member} (added)` : member}
          </option>
        ))}
      </select>
      <p>
        <button type="button" onClick={act((each) => ({ kind: "release-members", id, members: each }))}>
          Take out: their rules stay flat
        </button>
        <button type="button" onClick={act((each) => ({ kind: "remove-members", id, members: each }))}>
          Remove: changes the policy
        </button>
      </p>
      <PickForm
        label="Move them to another group; changes the policy"
        button="Move"
        options={choices}
        onSend={(to) => act((each) => ({ kind: "move-members", id, to, members: each }))()}
      />
    </div>
  );
}

function Storage({
  group: { id },
  editor: { choices },
  send,
}: {
  readonly group: GroupView;
  readonly editor: Editor;
  readonly send: (edit: Edit) => void;
}) {
  return (
    <Choice
      label="Its members are kept"
      value={choices.stored[id] ?? ""}
      options={[
        ["", `as for all groups (${choices.storage ?? "lines"})`],
        ["lines", "in lines of its chain"],
        ["ipset", "in an ipset"],
      ]}
      onChoose={(value) => {
        const storage = value === "lines" || value === "ipset" ? value : null;
        send({ kind: "store-group", id, storage });
      }}
    />
  );
}

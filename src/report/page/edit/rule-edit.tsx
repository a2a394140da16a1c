/**
 * What can be done to a policy rule: its name, whether it is taken, the combinations that no rule says, what is logged.
 */
import type { Edit } from "../../../plan/editing/types.ts";
import type { ProductView } from "../../view.ts";
import { CHAIN_FORMS } from "../../../plan/layout.ts";
import { Choice, TextForm } from "./controls.tsx";
import { type Editor, useEditing } from "./editing.ts";
import { NameAndAccept } from "./name-and-accept.tsx";
import { LastWords } from "./last-words.tsx";

/** Shows it; nothing in a page that is a file. */
export function RuleEdit({ rule }: { readonly rule: ProductView }) {
  const editor = useEditing();
  if (editor === null || editor.ended !== null) return null;
  const { id, name, missing, added = [] } = rule;
  const send = (edit: Edit): void => editor.send({ kind: "edit", edit });
  const isRefused = editor.choices.refusedRules.includes(id);
  return (
    <fieldset class="edit">
      <legend>Edit {name}</legend>
      <NameAndAccept
        {...{ list: "policyRules", id, name, isAccepted: !isRefused, send }}
        remark={!isRefused && !rule.accept ? " One of its groups is refused." : ""}
      />
      <Combinations
        title="Missing: stays as it is"
        button="Let in: changes the policy"
        texts={missing}
        onSend={(combination) => send({ kind: "answer-missing", id, combination, accept: true })}
      />
      <Combinations
        title="Let in"
        button="Leave out again"
        texts={added}
        onSend={(combination) => send({ kind: "answer-missing", id, combination, accept: false })}
      />
      <TextForm
        label="Log what matches in part, at most (6/min; empty: nothing)"
        button="Set"
        value={editor.choices.logged[id] ?? ""}
        onSend={(text) => send({ kind: "log-partial", id, rate: text === "" ? null : text })}
      />
      <ChainLayout {...{ rule, editor, send }} />
      <LastWords />
    </fieldset>
  );
}

interface ChainLayoutProps {
  readonly rule: ProductView;
  readonly editor: Editor;
  readonly send: (edit: Edit) => void;
}

/** The layout of all that stands in the rule's chain. */
function ChainLayout({ rule: { id, table, chain }, editor: { choices }, send }: ChainLayoutProps) {
  return (
    <Choice
      label={`Layout of all of ${table} ${chain}`}
      value={choices.chainForms[id] ?? ""}
      options={[
        ["", `as for all chains (${choices.layout})`],
        ...CHAIN_FORMS.map((form) => [form, form] as const),
      ]}
      onChoose={(value) => {
        const layout = CHAIN_FORMS.find((form) => form === value) ?? null;
        send({ kind: "chain-layout", id, layout });
      }}
    />
  );
}

interface CombinationsProps {
  readonly title: string;
  readonly button: string;
  readonly texts: readonly string[];
  readonly onSend: (text: string) => void;
}

/** Each with its button. */
function Combinations({ title, button, texts, onSend }: CombinationsProps) {
  if (texts.length === 0) return null;
  return (
    <>
      <p>{title}:</p>
      <ul>
        {texts.map((text) => (
          <li key={text}>
            <code>{text}</code>{" "}
            <button type="button" onClick={() => onSend(text)} aria-label={`${button}: ${text}`}>
              {button}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

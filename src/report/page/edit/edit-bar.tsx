/**
 * On top of a served page: what the last step did, what the proof says of it, undo and redo, what is chosen for the whole plan, and the end.
 */
import { LAYOUTS, ORDERS, parseLayout, parseOrder } from "../../../plan/layout.ts";
import type { Edit } from "../../../plan/editing/types.ts";
import { Choice, TextForm } from "./controls.tsx";
import { type Editor, useEditing } from "./editing.ts";
import { describeProof } from "./effect.ts";
import { Lines } from "./last-words.tsx";

/** Shows it; nothing in a page that is a file. */
export function EditBar() {
  const editor = useEditing();
  if (editor === null) return null;
  const { state, ended, send, end } = editor;
  const { tone, text } = describeProof(state.proof);
  return (
    <section class="edit bar" aria-label="Editing">
      <p>
        Editing <b>{state.planPath}</b>: every step is saved at once.{" "}
        <span role="status" class={tone}>
          {text}
        </span>
      </p>
      {ended === null && (
        <p>
          <StepBack verb="Undo" what={state.undo} onClick={() => send({ kind: "undo" })} />
          <StepBack verb="Redo" what={state.redo} onClick={() => send({ kind: "redo" })} />
          <button type="button" onClick={end}>
            Done
          </button>
        </p>
      )}
      <Words editor={editor} />
      {ended === null && <PlanChoices editor={editor} />}
    </section>
  );
}

function StepBack({
  verb,
  what,
  onClick,
}: {
  readonly verb: string;
  readonly what: string | null;
  readonly onClick: () => void;
}) {
  return (
    <button type="button" onClick={onClick} aria-disabled={what === null}>
      {what === null ? verb : `${verb}: ${what}`}
    </button>
  );
}

/** What has happened: of the last step, of the file, of edits that are not in it any more. */
function Words({ editor }: { readonly editor: Editor }) {
  const { state, ended, send } = editor;
  return (
    <>
      <div role="status">
        <Lines editor={editor} />
      </div>
      {ended !== null && <p role="alert">{ended}</p>}
      {state.notes.length > 0 && (
        <ul>
          {state.notes.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {state.blocked.length > 0 && (
        <div role="alert" class="bad">
          <p>Nothing can be edited at the moment:</p>
          <ul>
            {state.blocked.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
      {state.lost.length > 0 && ended === null && (
        <div role="alert" class="warning">
          <p>The file was changed by something else, and these edits made here are not in it any more:</p>
          <ul>
            {state.lost.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <p>
            <button type="button" onClick={() => send({ kind: "again" })}>
              Make them again
            </button>
            <button type="button" onClick={() => send({ kind: "leave" })}>
              Leave the file as it is
            </button>
          </p>
        </div>
      )}
    </>
  );
}

const LAYOUT_WORDS = {
  article: "each policy rule for itself (article)",
  shared: "a source asked once (shared)",
  hoisted: "all addresses tested once (hoisted)",
  auto: "what costs less (auto)",
} as const;

const ORDER_WORDS = { used: "what is used most first (used)", written: "as written (written)" } as const;

function PlanChoices({ editor: { choices, send } }: { readonly editor: Editor }) {
  const edit = (step: Edit): void => send({ kind: "edit", edit: step });
  return (
    <details>
      <summary>For the whole plan: layout, order, members</summary>
      <Choice
        label="Layout"
        value={choices.layout}
        options={LAYOUTS.map((word) => [word, LAYOUT_WORDS[word]] as const)}
        onChoose={(value) => {
          const layout = parseLayout(value);
          if (layout !== null) edit({ kind: "layout", layout });
        }}
      />
      <Choice
        label="Order of rules that may swap"
        value={choices.order}
        options={ORDERS.map((word) => [word, ORDER_WORDS[word]] as const)}
        onChoose={(value) => {
          const order = parseOrder(value);
          if (order !== null) edit({ kind: "order", order });
        }}
      />
      <TextForm
        label="Members of groups are kept in (lines, ipset, ipset:64; empty: not said)"
        button="Set"
        value={choices.storage ?? ""}
        onSend={(text) => edit({ kind: "store-all", storage: text === "" ? null : text })}
      />
    </details>
  );
}

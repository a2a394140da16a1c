/**
 * What the last step came to: on top of the page, where it is read out, and beside the form that a person has before the eyes.
 */
import { type Editor, useEditing } from "./editing.ts";

/** Beside a form. */
export function LastWords() {
  const editor = useEditing();
  return editor === null ? null : <Lines editor={editor} />;
}

/** The lines alone. */
export function Lines({ editor: { remark, isBusy } }: { readonly editor: Editor }) {
  return (
    <div class={remark?.tone ?? ""}>
      {isBusy && <p>Checking …</p>}
      {remark?.lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

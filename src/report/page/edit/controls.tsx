/**
 * Small forms that edits are made with. None is switched off while a step is on its way: a control that goes away takes the keyboard's place with it.
 */
import { useLayoutEffect, useState } from "preact/hooks";

let ids = 0;

/** An id for a control and its label: no other one has it, whenever and wherever either is made. */
export function useControlId(): string {
  const [id] = useState(() => `control-${++ids}`);
  return id;
}

/** A field with a button. */
export interface TextFormProps {
  readonly label: string;
  readonly button: string;
  /** What stands in it at first, and again whenever it changes. */
  readonly value: string;
  readonly onSend: (text: string) => void;
}

/** Shows it. */
export function TextForm({ label, button, value, onSend }: TextFormProps) {
  const id = useControlId();
  const [text, setText] = useState(value);
  useLayoutEffect(() => setText(value), [value]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSend(text.trim());
      }}
    >
      <label for={id}>{label}</label>
      <input
        id={id}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        autocomplete="off"
      />
      <button type="submit">{button}</button>
    </form>
  );
}

/** A choice that is made at once. */
export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, title: string])[];
  readonly onChoose: (value: string) => void;
}

/** Shows it. */
export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const id = useControlId();
  return (
    <span class="choice">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {options.map(([key, title]) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
    </span>
  );
}

/** A choice of another item and what is done with it. */
export interface PickFormProps {
  readonly label: string;
  readonly button: string;
  readonly options: readonly (readonly [value: string, title: string])[];
  readonly onSend: (value: string) => void;
}

/** Shows it; nothing where there is nothing to pick. */
export function PickForm({ label, button, options, onSend }: PickFormProps) {
  const [picked, setPicked] = useState("");
  const id = useControlId();
  const first = options[0];
  if (first === undefined) return null;
  const value = options.some(([key]) => key === picked) ? picked : first[0];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSend(value);
      }}
    >
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => setPicked(currentTarget.value)}>
        {options.map(([key, title]) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
      <button type="submit">{button}</button>
    </form>
  );
}

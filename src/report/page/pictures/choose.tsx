/** A list of what a picture can be of; nothing to choose from is nothing to show. */
export function Choose({
  label,
  value,
  choices,
  link,
}: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly key: string; readonly title: string }[];
  /** The address of a choice. */
  readonly link: (key: string) => string;
}) {
  if (choices.length < 2) return null;
  return (
    <label>
      {label}{" "}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          location.hash = link(currentTarget.value);
        }}
      >
        {choices.map(({ key, title }) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

/**
 * Small pieces that several tabs use.
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** A titled part of an open item. */
export function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

const FEW = 60;

/** A list of members. */
export function Names({ names }: { readonly names: readonly string[] }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? names : names.slice(0, FEW);
  return (
    <>
      <ul class="names">
        {shown.map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
      </ul>
      {shown.length < names.length && (
        <button type="button" onClick={() => setWhole(true)}>
          show all {names.length.toLocaleString("en")}
        </button>
      )}
    </>
  );
}

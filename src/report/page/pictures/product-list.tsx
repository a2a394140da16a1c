/**
 * The policy rules of a chain of flat rules, as its picture numbers them.
 */
import { useState } from "preact/hooks";
import type { ProductView } from "../../view.ts";
import { amount } from "./in-words.ts";
import { Chip } from "./chip.tsx";
import { linkPicture } from "./choice.ts";

/** Policy rules that are listed before somebody asks for the others. */
const FEW = 30;

/** Shows them, numbered as in the picture. */
export function ProductList({
  products,
  isPrinted,
}: {
  readonly products: readonly ProductView[];
  readonly isPrinted: boolean;
}) {
  const [isWhole, setWhole] = useState(false);
  if (products.length === 0) return <p>No policy rule was found in this chain: all its rules stay flat.</p>;
  const shown = isWhole || isPrinted ? products : products.slice(0, FEW);
  return (
    <section class="legend">
      <h3>Policy rules of this chain</h3>
      <ul>
        {shown.map(({ id, name, lines, missing }, at) => (
          <li key={id}>
            <Chip number={at} fate="accepts" code={String(at + 1)} />{" "}
            <a href={linkPicture("rule", id)}>{name}</a>{" "}
            <span class="count">
              {amount(lines.length, "rule")}
              {missing.length > 0 ? `, ${missing.length} missing` : ""}
            </span>
          </li>
        ))}
      </ul>
      {shown.length < products.length && (
        <button type="button" onClick={() => setWhole(true)}>
          show all {products.length.toLocaleString("en")}
        </button>
      )}
    </section>
  );
}

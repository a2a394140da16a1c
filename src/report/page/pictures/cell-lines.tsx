/**
 * A cell of flat rules in words, and what the signs of such a picture mean.
 */
import type { LineView } from "../../view.ts";
import { Quotes } from "../lines.tsx";
import { linkPicture } from "./choice.ts";
import type { FlatCell, FlatMatrix, Lane, Mark } from "./flat-matrix.ts";
import type { DrawnData } from "./drawn.ts";

const MARK_WORDS: Readonly<Record<Mark, string>> = {
  missing: "Some combinations of it are missing in the policy rule: probably forgotten, or meant.",
  gap: "Missing here: the others of the group have it.",
  chains: "No single rule says it: rules of several chains do together.",
  added: "Added by the plan, which changes the policy.",
  removed: "Removed by the plan, which changes the policy: of a member that is taken out of a group.",
};

interface CellProps {
  readonly data: DrawnData;
  readonly matrix: FlatMatrix;
  readonly cell: FlatCell;
}

/** Says it. */
export function CellLines({ data, matrix, cell }: CellProps) {
  const { path, picture } = data.files[matrix.file]!;
  const lines = cell.rules.map((at): LineView => ({ file: path, line: picture.rules.line[at]! }));
  return (
    <>
      <p>
        <b>{nameLane(matrix.rows[cell.row]!)}</b> → <b>{nameLane(matrix.columns[cell.column]!)}</b>
        {cell.products.length > 0 && ", in "}
        {cell.products.map((at, nth) => {
          const { id, name } = matrix.products[at]!;
          return (
            <span key={id}>
              {nth > 0 ? ", " : ""}
              <a href={linkPicture("rule", id)}>{name}</a>
            </span>
          );
        })}
        {cell.products.length === 0 && cell.rules.length > 0 && ", in no policy rule that is drawn here"}
      </p>
      {cell.mark !== null && <p class={cell.mark === "chains" ? "" : "warning"}>{MARK_WORDS[cell.mark]}</p>}
      <Quotes data={data} lines={lines} />
    </>
  );
}

const FEW = 6;

function nameLane({ members }: Lane): string {
  const names = members.slice(0, FEW).map((member) => (member === "" ? "any" : member));
  return members.length > FEW ? `${names.join(", ")} and ${members.length - FEW} more` : names.join(", ");
}

/** What the signs mean. */
export function FlatKey({ matrix }: { readonly matrix: FlatMatrix }) {
  return (
    <ul class="key">
      <li>
        <span class="swatch hue-0" /> in a policy rule (framed; number and colour as in the list)
      </li>
      <li>
        <span class="swatch flat" /> in no policy rule
      </li>
      <li>
        <span class="swatch missing">✕</span> missing in a policy rule
      </li>
      <li>
        <span class="swatch corner" /> has other rules, too
      </li>
      <RemovedKey matrix={matrix} />
    </ul>
  );
}

/** The sign of what the plan removes, where it does. */
export function RemovedKey({ matrix }: { readonly matrix: FlatMatrix }) {
  if (!matrix.cells.some(({ mark }) => mark === "removed")) return null;
  return (
    <li>
      <span class="swatch removed">−</span> removed by the plan
    </li>
  );
}

/**
 * A policy rule as a picture: whether the flat rules say all combinations of its groups, and who is nearly of them.
 */
import { useMemo } from "preact/hooks";
import type { ProductView } from "../../view.ts";
import { printAddress } from "../address.ts";
import { Names, Part } from "../parts.tsx";
import { describeRule } from "./in-words.ts";
import { RemovedKey } from "./cell-lines.tsx";
import { CellPicture } from "./cell-picture.tsx";
import { linkPicture, parseChoice } from "./choice.ts";
import { findSpot, nameSpot } from "./flat-matrix.ts";
import { makeRuleMatrix, type Near, type RuleMatrix } from "./rule-matrix.ts";
import type { DrawnProps } from "./drawn.ts";

/** Shows the one that is asked for. */
export function RulePicture({ data, address }: DrawnProps) {
  const { focus } = parseChoice(address.item);
  const product = data.report.products.find(({ id }) => id === focus);
  if (product === undefined) return <p>There is no such policy rule.</p>;
  return <Picture key={focus} data={data} product={product} place={address.only} />;
}

interface PictureProps extends Pick<DrawnProps, "data"> {
  readonly product: ProductView;
  /** The chosen cell. */
  readonly place: string;
}

function Picture({ data, product, place: spot }: PictureProps) {
  const matrix = useMemo(() => makeRuleMatrix(data, product), [data, product]);
  const chosen = findSpot(matrix.cells, spot);
  const place = `${data.files.findIndex(({ path }) => path === product.file)} ${product.table} ${product.chain}`;
  return (
    <>
      <h3>
        <a href={printAddress({ tab: "policy", item: product.id })}>{product.name}</a> in {product.table}{" "}
        {product.chain}
        {product.accept ? "" : " (refused in the plan)"}
      </h3>
      <p>
        <code>{product.summary}</code>
      </p>
      <p>
        {describeRule(matrix, product)} See all of the chain in{" "}
        <a href={linkPicture("flat", "", { only: place })}>its flat rules</a>, or{" "}
        <a href={linkPicture("policy", product.id)}>its cell of the policy</a>.
      </p>
      <CellPicture
        {...{ data, matrix, chosen }}
        isPrinted={false}
        label={`${product.name}: sources in rows, destinations in columns`}
        onChoose={(at) =>
          location.replace(linkPicture("rule", product.id, { only: nameSpot(matrix.cells[at]!) }))
        }
      >
        <RuleKey matrix={matrix} />
        {product.missing.length > 0 && (
          <Part title="Combinations that no rule says: probably forgotten, or meant">
            <Names names={product.missing} />
          </Part>
        )}
        <NearList near={matrix.near} />
      </CellPicture>
    </>
  );
}

function RuleKey({ matrix }: { readonly matrix: RuleMatrix }) {
  const marks = new Set(matrix.cells.map(({ mark }) => mark));
  return (
    <ul class="key">
      <li>
        <span class="swatch hue-0" /> said by rules of this policy rule
      </li>
      {matrix.cells.some(({ products, hasOthers }) => products.length > 0 && hasOthers) && (
        <li>
          <span class="swatch corner" /> has other rules, too
        </li>
      )}
      {marks.has("missing") && (
        <li>
          <span class="swatch missing">✕</span> missing
        </li>
      )}
      {marks.has("chains") && (
        <li>
          <span class="swatch chains" /> said by rules of several chains together
        </li>
      )}
      {marks.has("added") && (
        <li>
          <span class="swatch added">+</span> added by the plan
        </li>
      )}
      <RemovedKey matrix={matrix} />
      {matrix.near.length > 0 && (
        <>
          <li>
            <span class="swatch flat" /> ≈ said by rules of somebody who is nearly of the group
          </li>
          <li>
            <span class="swatch gap" /> lacking there
          </li>
        </>
      )}
    </ul>
  );
}

function NearList({ near }: { readonly near: readonly Near[] }) {
  if (near.length === 0) return null;
  return (
    <Part title="Nearly of its groups: forgotten, or meant to be apart">
      <ul>
        {near.map(({ side, member, has, of, lacks }) => (
          <li key={`${side} ${member}`}>
            {side} <code>{member}</code> has {has} of {of} combinations
            {lacks.length === 0 ? ": all, by other rules" : `; lacks some for ${listFew(lacks)}`}
          </li>
        ))}
      </ul>
    </Part>
  );
}

const FEW = 5;

function listFew(names: readonly string[]): string {
  const words = names.slice(0, FEW).map((name) => (name === "" ? "any" : name));
  return words.join(", ") + (names.length > FEW ? ` and ${names.length - FEW} more` : "");
}

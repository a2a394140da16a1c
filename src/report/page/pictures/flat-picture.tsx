/**
 * The flat rules of a chain as a picture, with the policy rules that were found drawn over it, and listed beside it.
 */
import { useMemo } from "preact/hooks";
import { parseLineKey, printLineKey } from "../lookup.ts";
import { amount, describeMatrix } from "./in-words.ts";
import { FlatKey } from "./cell-lines.tsx";
import { CellPicture } from "./cell-picture.tsx";
import { linkPicture, parseChoice } from "./choice.ts";
import { Choose } from "./choose.tsx";
import {
  findSpot,
  type FlatChain,
  type FlatMatrix,
  listChains,
  makeFlatMatrix,
  nameSpot,
} from "./flat-matrix.ts";
import { ProductList } from "./product-list.tsx";
import type { DrawnData, DrawnProps } from "./drawn.ts";

/** Shows it. On paper only chains that have policy rules are of interest. */
export function FlatPicture({ data, address, isPrinted }: DrawnProps) {
  const chains = useMemo(() => listChains(data), [data]);
  const { focus } = parseChoice(address.item);
  const chain = chooseChain(data, chains, address.only, focus);
  if (chain === undefined) return <p>There is no rule to draw.</p>;
  return (
    <>
      {!isPrinted && (
        <Choose
          label="Chain"
          value={chain.key}
          choices={chains.map(({ key, title, rules }) => ({
            key,
            title: `${title} (${amount(rules.length, "rule")})`,
          }))}
          link={(only) => linkPicture("flat", "", { only })}
        />
      )}
      <ChainPicture key={chain.key} {...{ data, chain, focus, isPrinted }} />
    </>
  );
}

/** The chain of the line that is asked for, the one that is asked for, or the one of which there is most to see. */
function chooseChain(
  data: DrawnData,
  chains: readonly FlatChain[],
  key: string,
  focus: string,
): FlatChain | undefined {
  const line = parseLineKey(focus);
  if (line !== null && line.side === "old") {
    const at = data.files[line.file]?.picture.rules.line.indexOf(line.line) ?? -1;
    const holding = chains.find(({ file, rules }) => file === line.file && rules.includes(at));
    if (holding !== undefined) return holding;
  }
  const asked = chains.find((chain) => chain.key === key);
  if (asked !== undefined) return asked;
  const merged = new Map<string, number>();
  for (const { accept, file, table, chain, groups, lines } of data.report.products) {
    // A group on one side only is a strip: there is little to see.
    const isField = groups.source !== undefined && groups.destination !== undefined;
    const name = `${file} ${table} ${chain}`;
    if (accept) merged.set(name, (merged.get(name) ?? 0) + (isField ? lines.length : lines.length / 1000));
  }
  const weight = ({ file, table, chain }: FlatChain): number =>
    merged.get(`${data.files[file]!.path} ${table} ${chain}`) ?? 0;
  return chains.reduce<FlatChain | undefined>(
    (best, chain) => (best === undefined || weight(chain) > weight(best) ? chain : best),
    undefined,
  );
}

interface ChainProps extends Pick<DrawnProps, "data" | "isPrinted"> {
  readonly chain: FlatChain;
  readonly focus: string;
}

function ChainPicture({ data, chain, focus, isPrinted }: ChainProps) {
  const matrix = useMemo(() => makeFlatMatrix(data, chain), [data, chain]);
  const chosen = findCell(data, matrix, focus);
  return (
    <>
      <p>{describeMatrix(matrix, chain)}</p>
      <CellPicture
        {...{ data, matrix, chosen, isPrinted }}
        label={`${chain.title}: sources in rows, destinations in columns`}
        onChoose={(at) =>
          location.replace(linkPicture("flat", nameCell(data, matrix, at), { only: chain.key }))
        }
      >
        <FlatKey matrix={matrix} />
        <ProductList products={matrix.products} isPrinted={isPrinted} />
      </CellPicture>
    </>
  );
}

/** The cell of a line, or the one of which row and column are given. */
function findCell(data: DrawnData, { file, cells }: FlatMatrix, focus: string): number {
  const line = parseLineKey(focus);
  if (line !== null) {
    if (line.side !== "old" || line.file !== file) return -1;
    const at = data.files[file]!.picture.rules.line.indexOf(line.line);
    return cells.findIndex(({ rules }) => rules.includes(at));
  }
  return findSpot(cells, focus);
}

function nameCell(data: DrawnData, { file, cells }: FlatMatrix, at: number): string {
  const cell = cells[at]!;
  const line = data.files[file]!.picture.rules.line[cell.rules[0] ?? -1];
  return line === undefined ? nameSpot(cell) : printLineKey({ side: "old", file, line });
}

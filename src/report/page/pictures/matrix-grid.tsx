/**
 * A matrix as a table in which the arrow keys go from cell to cell. Cells without anything in them are joined: a large matrix is mostly empty.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { moveInCells } from "./policy-matrix.ts";

/** Where a cell is, from 0. */
interface Spot {
  readonly row: number;
  readonly column: number;
}

/** A matrix. */
export interface MatrixGridProps<Cell extends Spot> {
  readonly label: string;
  readonly isPrinted: boolean;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By row, then column. */
  readonly cells: readonly Cell[];
  /** Index of the chosen cell; -1 for none. */
  readonly chosen: number;
  readonly describe: (cell: Cell) => string;
  readonly show: (cell: Cell) => ComponentChildren;
  readonly onChoose: (index: number) => void;
  readonly onPoint: (index: number) => void;
}

const CHOSEN = "chosen-cell";

/** More columns than these are cut off on paper. */
const MOST_ON_PAPER = 24;

/** Shows it. */
export function MatrixGrid<Cell extends Spot>(props: MatrixGridProps<Cell>) {
  const { label, columns, isPrinted } = props;
  if (!isPrinted || columns.length <= MOST_ON_PAPER) return <Grid {...props} />;
  return (
    <p>
      {label}: {columns.length} columns are too many for paper; the tables say the same.
    </p>
  );
}

function Grid<Cell extends Spot>(props: MatrixGridProps<Cell>) {
  const { label, rows, columns, cells, chosen, onChoose, onPoint } = props;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (chosen >= 0)
      box.current
        ?.querySelector('[aria-selected="true"]')
        ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen, cells]);
  const body = useMemo(() => <Body {...props} />, [cells, chosen]);
  return (
    <div class="wide matrix-box" ref={box}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the practices for ARIA make grids of tables
        role="grid"
        class="matrix"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        aria-activedescendant={chosen >= 0 ? CHOSEN : undefined}
        tabIndex={0}
        onKeyDown={(event) => {
          const next = moveInCells(cells, chosen, event.key);
          if (next === null) return;
          event.preventDefault();
          onChoose(next);
        }}
        onClick={({ target }) => onCell(target, onChoose)}
        onPointerOver={({ target }) => onCell(target, onPoint)}
        onPointerLeave={() => onPoint(-1)}
      >
        <Heads columns={columns} />
        {body}
      </table>
    </div>
  );
}

function Heads({ columns }: { readonly columns: readonly string[] }) {
  return (
    <thead>
      <tr>
        <td />
        {columns.map((name, at) => (
          <th key={at} scope="col" title={name}>
            <span>{name}</span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Body<Cell extends Spot>(props: MatrixGridProps<Cell>) {
  const { rows, columns, cells } = props;
  const byRow = rows.map((): number[] => []);
  for (const [at, { row }] of cells.entries()) byRow[row]!.push(at);
  return (
    <tbody>
      {rows.map((name, row) => {
        const own = byRow[row]!;
        const end = own.length === 0 ? 0 : cells[own.at(-1)!]!.column + 1;
        return (
          <tr key={row}>
            <th scope="row" title={name}>
              <span>{name}</span>
            </th>
            {own.map((at, nth) => {
              const before = nth === 0 ? 0 : cells[own[nth - 1]!]!.column + 1;
              return <Filled key={at} {...props} at={at} before={cells[at]!.column - before} />;
            })}
            <Gap columns={columns.length - end} />
          </tr>
        );
      })}
    </tbody>
  );
}

function Gap({ columns }: { readonly columns: number }) {
  return columns === 0 ? null : <td class="gap" colSpan={columns} />;
}

interface FilledProps<Cell extends Spot> extends MatrixGridProps<Cell> {
  readonly at: number;
  /** Empty cells between the last one that has something in it and this one. */
  readonly before: number;
}

function Filled<Cell extends Spot>({
  cells,
  rows,
  columns,
  chosen,
  describe,
  show,
  at,
  before,
}: FilledProps<Cell>) {
  const cell = cells[at]!;
  const words = `${rows[cell.row]} → ${columns[cell.column]}: ${describe(cell)}`;
  return (
    <>
      <Gap columns={before} />
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: a cell of a grid can be chosen */}
      <td
        id={at === chosen ? CHOSEN : undefined}
        aria-selected={at === chosen}
        aria-colindex={cell.column + 2}
        aria-label={words}
        title={words}
        data-cell={at}
      >
        {show(cell)}
      </td>
    </>
  );
}

/** Tells of the cell that an event is about, where it is about one. */
function onCell(target: EventTarget | null, tell: (index: number) => void): void {
  const at = target instanceof Element ? target.closest("[data-cell]")?.getAttribute("data-cell") : null;
  if (at !== null && at !== undefined) tell(Number(at));
}

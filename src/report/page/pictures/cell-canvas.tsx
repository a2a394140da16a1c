/**
 * A large matrix on a canvas, with the keys and the pointer of a table. What it shows stands in words beside it.
 */
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FlatMatrix } from "./flat-matrix.ts";
import { cellAt, endOf, LABELLED, LEAST, laneLabel, placeLanes, type Sheet } from "./lanes.ts";
import { FONT, paintSheet, readLook } from "./paint.ts";
import { moveInCells } from "./policy-matrix.ts";

/** A matrix. */
export interface CellCanvasProps {
  readonly label: string;
  readonly matrix: FlatMatrix;
  /** Index of the chosen cell; -1 for none. */
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
  readonly onPoint: (index: number) => void;
}

/** Rows are fitted into about so many pixels, where they are not too many. */
const FITTED_HEIGHT = 640;
/** Lanes that all have labels take this much at most: browsers draw no larger canvas. */
const LONGEST = 7000;
/** Room for labels is no wider. */
const WIDEST_LABEL = 190;

/** Shows it. */
export function CellCanvas({ label, matrix, chosen, onChoose, onPoint }: CellCanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useWidth(box);
  const isDark = useDark();
  const sheet = useMemo(() => (room === 0 ? null : layOut(matrix, room)), [matrix, room]);
  useLayoutEffect(() => {
    if (canvas.current !== null && sheet !== null) paint(canvas.current, sheet, chosen);
  }, [sheet, chosen, isDark]);
  useLayoutEffect(() => {
    if (box.current !== null && sheet !== null) bringIntoSight(box.current, sheet, chosen);
  }, [sheet, chosen]);
  const indexAt = ({ offsetX, offsetY }: MouseEvent): number =>
    sheet === null ? -1 : cellAt(sheet, offsetX, offsetY);
  return (
    <div
      class="wide matrix-box"
      ref={box}
      role="application"
      aria-label={`${label}: the arrow keys move from cell to cell`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application has keys of its own
      tabIndex={0}
      onKeyDown={(event) => {
        const next = moveInCells(matrix.cells, chosen, event.key);
        if (next === null) return;
        event.preventDefault();
        onChoose(next);
      }}
    >
      <canvas
        ref={canvas}
        onClick={(event) => {
          const at = indexAt(event);
          if (at !== -1) onChoose(at);
        }}
        onPointerMove={(event) => onPoint(indexAt(event))}
        onPointerLeave={() => onPoint(-1)}
      />
    </div>
  );
}

/** How wide an element is, in pixels; 0 before that is known. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => setWidth(element.current!.clientWidth);
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  return width;
}

/** Whether the system is dark: a canvas has to be drawn again when that changes. */
function useDark(): boolean {
  const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [isDark, setDark] = useState(query.matches);
  useLayoutEffect(() => {
    const change = (): void => setDark(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return isDark;
}

function layOut(matrix: FlatMatrix, room: number): Sheet {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = FONT;
  const labelRoom = (lanes: FlatMatrix["rows"]): number => {
    const widest = Math.max(40, ...lanes.map((lane) => context.measureText(`≈ ${laneLabel(lane)}`).width));
    return Math.ceil(Math.min(WIDEST_LABEL, room / 3, widest + 12));
  };
  const [left, top] = [labelRoom(matrix.rows), labelRoom(matrix.columns)];
  const rows = placeLanes(matrix.rows, top, FITTED_HEIGHT, leastFor(matrix, "row"));
  const columns = placeLanes(matrix.columns, left, room - left - 4, leastFor(matrix, "column"));
  const isWide = [...rows, ...columns].every(({ size }) => size >= LABELLED);
  return {
    matrix,
    rows,
    columns,
    isWide,
    left,
    top,
    width: endOf(columns, left) + 2,
    height: endOf(rows, top) + 2,
  };
}

/** Single lanes have labels as long as the canvas allows it; lanes with a sign have room for it. */
function leastFor({ rows, columns, cells }: FlatMatrix, side: "row" | "column"): (lane: number) => number {
  const lanes = side === "row" ? rows : columns;
  const isSingle = lanes.every(({ members }) => members.length === 1);
  if (isSingle && lanes.length * LABELLED <= LONGEST) return () => LABELLED + 2;
  const signed = new Set(cells.flatMap((cell) => (cell.mark === null ? [] : [cell[side]])));
  return (lane) => (signed.has(lane) ? LABELLED : LEAST);
}

function paint(canvas: HTMLCanvasElement, sheet: Sheet, chosen: number): void {
  const scale = Math.min(devicePixelRatio, 2);
  canvas.width = Math.round(sheet.width * scale);
  canvas.height = Math.round(sheet.height * scale);
  canvas.style.width = `${sheet.width}px`;
  const context = canvas.getContext("2d")!;
  context.scale(scale, scale);
  paintSheet({ context, sheet, look: readLook(canvas) }, chosen);
}

/** Leaves the box where it is when the cell is in sight. */
function bringIntoSight(box: HTMLElement, { matrix, rows, columns, left, top }: Sheet, chosen: number): void {
  const cell = matrix.cells[chosen];
  if (cell === undefined) return;
  const [row, column] = [rows[cell.row]!, columns[cell.column]!];
  if (row.start < box.scrollTop || row.start + row.size > box.scrollTop + box.clientHeight)
    box.scrollTop = row.start - top;
  if (column.start < box.scrollLeft || column.start + column.size > box.scrollLeft + box.clientWidth)
    box.scrollLeft = column.start - left;
}

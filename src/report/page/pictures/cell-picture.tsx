/**
 * A matrix of flat rules, with the lines of the cell that is pointed at or chosen beside it.
 */
import type { ComponentChildren } from "preact";
import { Beside } from "./beside.tsx";
import { CellCanvas, type CellCanvasProps } from "./cell-canvas.tsx";
import { CellLines } from "./cell-lines.tsx";
import { useShown } from "./use-shown.ts";
import type { DrawnData } from "./drawn.ts";

interface CellPictureProps extends Omit<CellCanvasProps, "onPoint"> {
  readonly data: DrawnData;
  readonly isPrinted: boolean;
  /** Stands below. */
  readonly children: ComponentChildren;
}

/** Shows it. */
export function CellPicture({ data, isPrinted, children, ...canvas }: CellPictureProps) {
  const { matrix, chosen } = canvas;
  const [shown, point] = useShown(chosen);
  const cell = matrix.cells[shown];
  const words =
    cell === undefined ? (
      <p>Choose a cell to see its rules. The arrow keys move from cell to cell.</p>
    ) : (
      <CellLines {...{ data, matrix, cell }} />
    );
  return (
    <Beside words={isPrinted ? null : words}>
      <CellCanvas {...canvas} onPoint={point} />
      {children}
    </Beside>
  );
}

/**
 * Draws a matrix on a canvas: cells, signs of what is missing, frames of policy rules, labels.
 */
import { COLOURS } from "./chip.tsx";
import type { FlatCell, Lane, Mark } from "./flat-matrix.ts";
import { type Block, type Extent, findBlocks, LABELLED, laneLabel, type Sheet } from "./lanes.ts";

/** Colours of the page, as its style has them. */
export type Look = Readonly<
  Record<"ground" | "raised" | "line" | "text" | "faint" | "bad" | "warning" | "good" | "on-hue", string>
> & {
  readonly hues: readonly string[];
};

/** Asks the style of an element for them. */
export function readLook(element: Element): Look {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const names = ["ground", "raised", "line", "text", "faint", "bad", "warning", "good", "on-hue"] as const;
  const look = Object.fromEntries(names.map((name) => [name, value(name)])) as Omit<Look, "hues">;
  return { ...look, hues: Array.from({ length: COLOURS }, (_, at) => value(`hue-${at}`)) };
}

/** What a picture is drawn with. */
export interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly sheet: Sheet;
  readonly look: Look;
}

/** Font of labels and numbers. */
export const FONT = "11px system-ui, sans-serif";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Draws all of it; `chosen`: index of a cell, -1 for none. */
export function paintSheet(drawing: Drawing, chosen: number): void {
  const { context, sheet, look } = drawing;
  context.font = FONT;
  context.fillStyle = look.ground;
  context.fillRect(0, 0, sheet.width, sheet.height);
  paintGround(drawing);
  for (const cell of sheet.matrix.cells) paintCell(drawing, cell);
  const blocks = findBlocks(sheet.matrix);
  for (const block of blocks) paintFrame(drawing, block);
  if (sheet.matrix.products.length > 1) paintNumbers(drawing, blocks);
  paintRowLabels(drawing);
  paintColumnLabels(drawing);
  const cell = sheet.matrix.cells[chosen];
  if (cell !== undefined) paintChoice(drawing, cell);
}

function boxOf({ rows, columns }: Sheet, cell: Pick<FlatCell, "row" | "column">): Box {
  const [row, column] = [rows[cell.row]!, columns[cell.column]!];
  return { x: column.start, y: row.start, width: column.size, height: row.size };
}

/** The field, with lines between lanes where all are wide enough for them. */
function paintGround({ context, sheet, look }: Drawing): void {
  const { rows, columns, left, top, width, height } = sheet;
  context.fillStyle = look.raised;
  context.fillRect(left, top, width - left, height - top);
  context.fillStyle = look.ground;
  if (!sheet.isWide) return;
  for (const { start } of rows) context.fillRect(left, start, width - left, 1);
  for (const { start } of columns) context.fillRect(start, top, 1, height - top);
}

function paintCell(drawing: Drawing, cell: FlatCell): void {
  const { context, sheet, look } = drawing;
  const whole = boxOf(sheet, cell);
  const gap = sheet.isWide ? 1 : 0;
  const box = { x: whole.x + gap, y: whole.y + gap, width: whole.width - gap, height: whole.height - gap };
  const fills =
    cell.products.length > 0
      ? cell.products.slice(0, 3).map((product) => look.hues[product % COLOURS]!)
      : cell.rules.length > 0
        ? [look.faint]
        : [];
  for (const [at, fill] of fills.entries()) {
    context.fillStyle = fill;
    const width = box.width / fills.length;
    if (cell.rules.length > 0 && cell.mark !== "chains")
      context.fillRect(box.x + at * width, box.y, width, box.height);
  }
  if (cell.products.length > 0 && cell.hasOthers && gap > 0) paintCorner(drawing, box);
  if (cell.mark === "chains") paintHatch(drawing, box);
  else if (cell.mark !== null) paintMark(drawing, cell.mark, cell.rules.length > 0, box);
}

/** Other rules of the same pair: a corner. */
function paintCorner({ context, look }: Drawing, { x, y, width, height }: Box): void {
  context.fillStyle = look.ground;
  context.beginPath();
  context.moveTo(x + width, y + height - 6);
  context.lineTo(x + width, y + height);
  context.lineTo(x + width - 6, y + height);
  context.fill();
}

function paintMark(
  { context, look }: Drawing,
  mark: Exclude<Mark, "chains">,
  isSaid: boolean,
  box: Box,
): void {
  const sign = { missing: look.bad, gap: look.warning, added: look.good, removed: look.bad }[mark];
  const inner = Math.min(box.width, box.height) >= LABELLED ? 2.5 : 1;
  const { x, y } = { x: box.x + inner, y: box.y + inner };
  const [width, height] = [box.width - 2 * inner, box.height - 2 * inner];
  if (mark !== "added" || !isSaid) {
    context.fillStyle = look.ground;
    context.fillRect(box.x, box.y, box.width, box.height);
  }
  if (mark === "gap" && isSaid) {
    context.fillStyle = look.faint;
    context.fillRect(box.x + box.width / 3, box.y + box.height / 3, box.width / 3, box.height / 3);
  }
  context.strokeStyle = sign;
  context.lineWidth = inner > 1 ? 2 : 1;
  context.beginPath();
  if (mark === "missing") {
    context.moveTo(x, y);
    context.lineTo(x + width, y + height);
    context.moveTo(x + width, y);
    context.lineTo(x, y + height);
    context.rect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
  } else if (mark === "gap") {
    context.setLineDash(inner > 1 ? [3, 2] : []);
    context.rect(x, y, width, height);
  } else if (mark === "removed") {
    context.moveTo(x, y + height / 2);
    context.lineTo(x + width, y + height / 2);
    context.rect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
  } else {
    context.moveTo(x, y + height / 2);
    context.lineTo(x + width, y + height / 2);
    context.moveTo(x + width / 2, y);
    context.lineTo(x + width / 2, y + height);
  }
  context.stroke();
  context.setLineDash([]);
}

/** Said by rules of several chains together. */
function paintHatch({ context, look }: Drawing, { x, y, width, height }: Box): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = look.hues[0]!;
  context.lineWidth = 2;
  context.beginPath();
  for (let at = -height; at < width; at += 6) {
    context.moveTo(x + at, y + height);
    context.lineTo(x + at + height, y);
  }
  context.stroke();
  context.restore();
}

function blockBox({ rows, columns }: Sheet, block: Block): Box {
  const [top, bottom] = block.rows.map((at) => rows[at]!);
  const [left, right] = block.columns.map((at) => columns[at]!);
  return {
    x: left!.start,
    y: top!.start,
    width: right!.start + right!.size - left!.start,
    height: bottom!.start + bottom!.size - top!.start,
  };
}

function paintFrame({ context, sheet, look }: Drawing, block: Block): void {
  const { x, y, width, height } = blockBox(sheet, block);
  context.strokeStyle = look.hues[block.product % COLOURS]!;
  context.lineWidth = 2;
  context.strokeRect(x + 0.5, y + 0.5, width, height);
}

/** The number of a policy rule, once, on its first block that has room: colours repeat. */
function paintNumbers({ context, sheet, look }: Drawing, blocks: readonly Block[]): void {
  const numbered = new Set<number>();
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const block of blocks) {
    const { x, y, width, height } = blockBox(sheet, block);
    const text = String(block.product + 1);
    const room = context.measureText(text).width + 6;
    if (numbered.has(block.product) || width < room || height < 13) continue;
    numbered.add(block.product);
    context.fillStyle = look.ground;
    context.fillRect(x + 1, y + 1, room, 12);
    context.fillStyle = look.hues[block.product % COLOURS]!;
    context.fillText(text, x + 1 + room / 2, y + 7.5);
  }
}

function labelColour(look: Look, lane: Lane): string {
  return lane.isRemoved ? look.bad : lane.isNear ? look.warning : look.text;
}

/** A label as long as there is room for it. */
export function fitLabel(measure: (text: string) => number, text: string, room: number): string {
  if (measure(text) <= room) return text;
  let end = text.length;
  while (end > 1 && measure(`${text.slice(0, end)}…`) > room) end -= 1;
  return `${text.slice(0, end)}…`;
}

function paintRowLabels({ context, sheet, look }: Drawing): void {
  const { matrix, rows, left } = sheet;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const [at, { start, size }] of rows.entries()) {
    if (size < LABELLED) continue;
    const lane = matrix.rows[at]!;
    context.fillStyle = labelColour(look, lane);
    context.fillText(
      fitLabel((text) => context.measureText(text).width, sign(lane), left - 8),
      left - 5,
      start + size / 2,
    );
  }
}

function paintColumnLabels({ context, sheet, look }: Drawing): void {
  const { matrix, columns, top } = sheet;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const [at, extent] of columns.entries()) {
    if (extent.size < LABELLED) continue;
    paintColumnLabel(context, extent, top, matrix.columns[at]!, look);
  }
}

function paintColumnLabel(
  context: CanvasRenderingContext2D,
  extent: Extent,
  top: number,
  lane: Lane,
  look: Look,
): void {
  context.save();
  context.translate(extent.start + extent.size / 2, top - 5);
  context.rotate(-Math.PI / 2);
  context.fillStyle = labelColour(look, lane);
  context.fillText(
    fitLabel((text) => context.measureText(text).width, sign(lane), top - 8),
    0,
    0,
  );
  context.restore();
}

function sign(lane: Lane): string {
  return `${lane.isNear ? "≈ " : lane.isRemoved ? "− " : ""}${laneLabel(lane)}`;
}

function paintChoice({ context, sheet, look }: Drawing, cell: FlatCell): void {
  const { x, y, width, height } = boxOf(sheet, cell);
  context.strokeStyle = look.ground;
  context.lineWidth = 5;
  context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  context.strokeStyle = look.text;
  context.lineWidth = 2.5;
  context.strokeRect(x - 1, y - 1, width + 2, height + 2);
}

/**
 * The drawing of chains: boxes in layers, lines for jumps. Each box leads to the picture of its own chain.
 */
import { useMemo } from "preact/hooks";
import { BOX, type ChainDrawing, type ChainGraph, type DrawnChain, drawChains } from "./chain-graph.ts";

interface DrawingProps {
  readonly graph: ChainGraph;
  readonly starts: readonly string[];
  /** Chains of the other side. */
  readonly others: ReadonlyMap<string, unknown>;
  readonly title: string;
  readonly link: (chain: string) => string;
}

/** Signs of a name that fit into a box. */
const FITS = 22;

/** Shows it. */
export function ChainDrawingView({ graph, starts, others, title, link }: DrawingProps) {
  const drawing = useMemo(() => drawChains(graph, starts), [graph, starts.join("\n")]);
  const [width, height] = [drawing.width + 4, drawing.height + 4];
  if (drawing.lines.length === 0) return null;
  return (
    <figure>
      <figcaption>
        {title}, drawn: a blue frame is a chain that is on this side only, a broken line is a goto
      </figcaption>
      <div class="wide">
        <svg class="drawing" width={width} height={height} viewBox={`-2 -2 ${width} ${height}`}>
          <title>{title}</title>
          {drawing.lines.map(({ from, to, isGoto }, at) => (
            <path key={at} class={isGoto ? "goto" : ""} d={curve(drawing, from, to)} />
          ))}
          {drawing.boxes.map((box, at) => (
            <ChainBox key={at} box={box} link={link} isOwn={box.chain !== "" && !others.has(box.chain)} />
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** From box to box: to the right, or around where it leads back. */
function curve({ boxes }: ChainDrawing, from: number, to: number): string {
  const [start, end] = [boxes[from]!, boxes[to]!];
  const [x, y] = [start.x + BOX.width, start.y + BOX.height / 2];
  const [toX, toY] = [end.x, end.y + BOX.height / 2];
  const bend = Math.max(BOX.across / 2, Math.abs(toX - x) / 3);
  return `M${x} ${y}C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`;
}

interface BoxProps {
  readonly box: DrawnChain;
  readonly link: (chain: string) => string;
  /** It is on this side only. */
  readonly isOwn: boolean;
}

function ChainBox({ box: { chain, label, x, y }, link, isOwn }: BoxProps) {
  const text = label.length > FITS ? `${label.slice(0, FITS - 1)}…` : label;
  const inside = (
    <>
      <title>{label}</title>
      {chain !== "" && (
        <rect class={isOwn ? "own" : ""} x={x} y={y} width={BOX.width} height={BOX.height} rx={4} />
      )}
      <text x={x + 8} y={y + BOX.height / 2 + 4}>
        {text}
      </text>
    </>
  );
  return chain === "" ? <g>{inside}</g> : <a href={link(chain)}>{inside}</a>;
}

/**
 * Lines of rulesets: a few as quotes with links, or many in a box of which only the part in sight is built.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { PageData } from "../page-data.ts";
import type { LineView } from "../view.ts";
import { printAddress } from "./address.ts";
import { fileIndex, type LineKey, oldText, printLineKey } from "./lookup.ts";

/** Quoted lines that are shown before somebody asks for the others. */
const FEW = 25;

/** Lines of the inputs, each with a link to its place. */
export function Quotes({ data, lines }: { readonly data: PageData; readonly lines: readonly LineView[] }) {
  const quotes = lines.map((at) => ({
    key: { side: "old", file: fileIndex(data, at.file), line: at.line } as const,
    text: oldText(data, at),
  }));
  return <QuoteList quotes={quotes} />;
}

/** Lines of either side. */
export function QuoteList({
  quotes,
}: {
  readonly quotes: readonly { readonly key: LineKey; readonly text: string }[];
}) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? quotes : quotes.slice(0, FEW);
  return (
    <>
      <ol class="quotes">
        {shown.map(({ key, text }) => (
          <li key={printLineKey(key)}>
            <a href={printAddress({ tab: "rules", item: printLineKey(key) })}>{key.line}</a>
            <code>{text}</code>
          </li>
        ))}
      </ol>
      {shown.length < quotes.length && (
        <button type="button" onClick={() => setWhole(true)}>
          show all {quotes.length.toLocaleString("en")} lines
        </button>
      )}
    </>
  );
}

/** Height of a line in pixels, as the style has it. */
const LINE_HEIGHT = 20;
const MARGIN = 20;

/** A box of lines. */
export interface LineBoxProps {
  readonly label: string;
  readonly count: number;
  /** Index of the line that is chosen, and the one to bring into sight where none is; -1 for none. */
  readonly chosen: number;
  readonly wanted: number;
  readonly classOf: (index: number) => string;
  readonly show: (index: number) => ComponentChildren;
  readonly onChoose: (index: number) => void;
  readonly onPoint: (index: number) => void;
}

/** Shows it: a list box that the arrow keys move in. */
export function LineBox({ label, count, chosen, wanted, classOf, show, onChoose, onPoint }: LineBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const target = chosen >= 0 ? chosen : wanted;
  useLayoutEffect(() => {
    if (box.current !== null && target >= 0) bringIntoSight(box.current, target);
  }, [target, count]);
  const first = Math.max(0, Math.floor(view.top / LINE_HEIGHT) - MARGIN);
  const last = Math.min(count, Math.ceil((view.top + view.height) / LINE_HEIGHT) + MARGIN);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moveBy(event.key, chosen, count);
    if (next === null) return;
    event.preventDefault();
    onChoose(next);
  };
  const name = label.replaceAll(/\W/g, "-");
  return (
    <div
      class="lines"
      role="listbox"
      aria-label={label}
      aria-activedescendant={chosen >= first && chosen < last ? `${name}-${chosen}` : undefined}
      tabIndex={0}
      ref={box}
      onKeyDown={onKeyDown}
      onClick={({ target }) => onRow(target, onChoose)}
      onPointerOver={({ target }) => onRow(target, onPoint)}
      onPointerLeave={() => onPoint(-1)}
      onScroll={({ currentTarget: { scrollTop, clientHeight } }) =>
        setView({ top: scrollTop, height: clientHeight })
      }
    >
      <div role="presentation" class="all" style={{ height: `${count * LINE_HEIGHT}px` }}>
        <div role="presentation" class="shown" style={{ top: `${first * LINE_HEIGHT}px` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at).map((index) => (
            <Option
              key={index}
              {...{ index, count, show }}
              box={name}
              isChosen={index === chosen}
              kind={classOf(index)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface OptionProps extends Pick<LineBoxProps, "count" | "show"> {
  readonly index: number;
  readonly box: string;
  readonly isChosen: boolean;
  readonly kind: string;
}

/** A line in its box. */
function Option({ index, count, show, box, isChosen, kind }: OptionProps) {
  return (
    <div
      id={`${box}-${index}`}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-setsize={count}
      aria-posinset={index + 1}
      class={`line ${kind}`}
      data-row={index}
    >
      {show(index)}
    </div>
  );
}

/** Tells of the line that an event is about, where it is about one. */
function onRow(target: EventTarget | null, tell: (index: number) => void): void {
  const row = target instanceof Element ? target.closest("[data-row]")?.getAttribute("data-row") : null;
  if (row !== null && row !== undefined) tell(Number(row));
}

/** Leaves the box where it is when the line is in sight. */
function bringIntoSight(box: HTMLElement, index: number): void {
  const top = index * LINE_HEIGHT;
  if (top < box.scrollTop || top + LINE_HEIGHT > box.scrollTop + box.clientHeight)
    box.scrollTop = Math.max(0, top - box.clientHeight / 3);
}

/** Where a key leads; null for keys that mean nothing here. */
function moveBy(key: string, chosen: number, count: number): number | null {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };
  if (count === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, chosen + step));
}

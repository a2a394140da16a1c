/**
 * A table that is filtered, sorted and opened in place. What is chosen stands in the page's address.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Address, printAddress } from "./address.ts";
import { type RowReader, selectRows } from "./select-rows.ts";

/** A column. */
export interface Column<Row> {
  /** Names it in the address, and what it is sorted by in the reader. */
  readonly key: string;
  readonly title: string;
  readonly isNumber?: boolean;
  readonly show: (row: Row) => ComponentChildren;
}

/** What a table is made from. */
export interface TableProps<Row> {
  readonly address: Address;
  readonly isPrinted: boolean;
  /** The address's item while no row is open; empty where it is not given. */
  readonly home?: string;
  readonly caption: string;
  /** What the kinds are called together. */
  readonly kindTitle: string;
  readonly rows: readonly Row[];
  readonly reader: RowReader<Row>;
  /** The first one is the row's name, and opens it. */
  readonly columns: readonly Column<Row>[];
  readonly id: (row: Row) => string;
  readonly detail: (row: Row) => ComponentChildren;
}

/** Rows that are built at first, and more at a time. */
const STEP = 200;

/** Shows it. */
export function Table<Row>(props: TableProps<Row>) {
  const { address, isPrinted, rows, reader, columns, id, caption } = props;
  const [steps, setSteps] = useState(1);
  const selected = selectRows(rows, reader, address);
  const open = address.item === "" ? -1 : selected.rows.findIndex((row) => id(row) === address.item);
  const limit = isPrinted ? Number.POSITIVE_INFINITY : Math.max(steps * STEP, open + 1);
  const shown = selected.rows.slice(0, limit);
  if (rows.length === 0) return <p>There are none.</p>;
  return (
    <>
      {!isPrinted && <Filter {...props} kinds={selected.kinds} found={selected.found} />}
      <p role="status">
        {selected.rows.length.toLocaleString("en")} of {rows.length.toLocaleString("en")} shown
      </p>
      <div class="wide">
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.key} column={column} address={address} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              <Rows key={id(row)} {...props} row={row} isOpen={at === open || isPrinted} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < selected.rows.length && (
        <button type="button" onClick={() => setSteps(steps + 1)}>
          show {Math.min(STEP, selected.rows.length - shown.length)} more
        </button>
      )}
    </>
  );
}

function Head<Row>({ column, address }: { readonly column: Column<Row>; readonly address: Address }) {
  const { key, title, isNumber } = column;
  const up = address.sort === key;
  const down = address.sort === `-${key}`;
  const first = isNumber ? `-${key}` : key;
  const next = up ? `-${key}` : down ? key : first;
  return (
    <th
      scope="col"
      class={isNumber ? "number" : ""}
      aria-sort={up ? "ascending" : down ? "descending" : undefined}
    >
      <a href={printAddress({ ...address, sort: next })}>
        {title}
        <span aria-hidden="true">{up ? " ▲" : down ? " ▼" : ""}</span>
      </a>
    </th>
  );
}

function Rows<Row>(props: TableProps<Row> & { readonly row: Row; readonly isOpen: boolean }) {
  const { row, isOpen, columns, id, detail, address, home = "" } = props;
  const head = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    if (address.item === id(row)) head.current?.scrollIntoView({ block: "nearest" });
  }, [address.item]);
  const link = printAddress({ ...address, item: isOpen ? home : id(row) });
  const [first, ...others] = columns;
  return (
    <>
      <tr ref={head} class={isOpen ? "open" : ""}>
        <th scope="row">
          <a href={link} aria-expanded={isOpen}>
            {first!.show(row)}
          </a>
        </th>
        {others.map((column) => (
          <td key={column.key} class={column.isNumber ? "number" : ""}>
            {column.show(row)}
          </td>
        ))}
      </tr>
      {isOpen && (
        <tr class="detail">
          <td colSpan={columns.length}>{detail(row)}</td>
        </tr>
      )}
    </>
  );
}

function Filter<Row>({
  address,
  home = "",
  kindTitle,
  kinds,
  found,
}: TableProps<Row> & { readonly kinds: ReadonlyMap<string, number>; readonly found: number }) {
  const choices = [["", found] as const, ...kinds];
  return (
    <div class="filter">
      <Search address={address} />
      {choices.length > MOST_LINKS ? (
        <KindList {...{ address, home, kindTitle, choices }} />
      ) : (
        <KindLinks {...{ address, home, kindTitle, choices }} />
      )}
    </div>
  );
}

/** More kinds than these are a list to choose from. */
const MOST_LINKS = 9;

interface KindProps {
  readonly address: Address;
  readonly home: string;
  readonly kindTitle: string;
  readonly choices: readonly (readonly [kind: string, rows: number])[];
}

function KindLinks({ address, home, kindTitle, choices }: KindProps) {
  return (
    <fieldset>
      <legend>{kindTitle}</legend>
      {choices.map(([kind, number]) => (
        <a
          key={kind}
          href={printAddress({ ...address, only: kind, item: home })}
          aria-current={kind === address.only ? "true" : undefined}
        >
          {kind === "" ? "all" : kind} <span class="count">{number.toLocaleString("en")}</span>
        </a>
      ))}
    </fieldset>
  );
}

function KindList({ address, home, kindTitle, choices }: KindProps) {
  return (
    <label>
      {kindTitle}{" "}
      <select
        value={address.only}
        onChange={({ currentTarget: { value } }) => {
          location.hash = printAddress({ ...address, only: value, item: home });
        }}
      >
        {choices.map(([kind, number]) => (
          <option key={kind} value={kind}>
            {kind === "" ? "all" : kind} ({number.toLocaleString("en")})
          </option>
        ))}
      </select>
    </label>
  );
}

/** The field for words; each letter changes the address, without a step back for each. */
export function Search({ address }: { readonly address: Address }) {
  const search = (query: string): void => {
    history.replaceState(null, "", printAddress({ ...address, query }));
    dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return (
    <label>
      Filter{" "}
      <input
        type="search"
        value={address.query}
        onInput={({ currentTarget: { value } }) => search(value)}
        placeholder="words, in any order"
      />
    </label>
  );
}

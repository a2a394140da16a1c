/**
 * Chains and their jumps before and after: a nested list, and a drawing of the first layers.
 */
import { useMemo, useState } from "preact/hooks";
import type { PageData } from "../../page-data.ts";
import type { TabProps } from "../tab-props.ts";
import { type ChainGraph, makeChainGraph } from "./chain-graph.ts";
import { ChainDrawingView } from "./chain-drawing.tsx";
import { linkPicture, parseChoice } from "./choice.ts";
import { Choose } from "./choose.tsx";

/** A table of an input. */
interface TablePlace {
  /** Stands in addresses: `0 filter`. */
  readonly key: string;
  readonly title: string;
  readonly file: number;
  readonly table: string;
  readonly chains: number;
}

/** Shows a table, or what a chain of it leads to. */
export function ChainsPicture({ data, address, isPrinted }: TabProps) {
  const places = useMemo(() => listTables(data), [data]);
  const { focus } = parseChoice(address.item);
  const most = places.reduce<TablePlace | undefined>(
    (best, place) => (best === undefined || place.chains > best.chains ? place : best),
    undefined,
  );
  const place = places.find(({ key }) => key === address.only) ?? most;
  if (place === undefined) return <p>There is no chain to draw.</p>;
  const shown = isPrinted ? places : [place];
  return (
    <>
      {!isPrinted && (
        <Choose
          label="Table"
          value={place.key}
          choices={places.map(({ key, title, chains }) => ({ key, title: `${title} (${chains} chains)` }))}
          link={(only) => linkPicture("chains", "", { only })}
        />
      )}
      {shown.map((each) => (
        <div class="pair" key={each.key}>
          <Side data={data} place={each} focus={isPrinted ? "" : focus} side="old" />
          <Side data={data} place={each} focus={isPrinted ? "" : focus} side="new" />
        </div>
      ))}
    </>
  );
}

function listTables({ files }: PageData): readonly TablePlace[] {
  return files.flatMap(({ path, picture: { chains } }, file) => {
    const tables = [...new Set([...chains.old, ...chains.new].map(({ table }) => table))];
    return tables.map((table) => ({
      key: `${file} ${table}`,
      title: files.length > 1 ? `${path}: ${table}` : table,
      file,
      table,
      chains: chains.new.filter((node) => node.table === table).length,
    }));
  });
}

interface SideProps extends Pick<TabProps, "data"> {
  readonly place: TablePlace;
  readonly focus: string;
  readonly side: "old" | "new";
}

const TITLES = { old: "Before", new: "After" } as const;

function Side({ data, place, focus, side }: SideProps) {
  const { old, new: now } = data.files[place.file]!.picture.chains;
  const nodes = useMemo(
    () => (side === "old" ? old : now).filter(({ table }) => table === place.table),
    [old, now, side, place],
  );
  const graph = useMemo(() => makeChainGraph(nodes), [nodes]);
  const others = useMemo(
    () =>
      new Set(
        (side === "old" ? now : old).filter(({ table }) => table === place.table).map(({ chain }) => chain),
      ),
    [old, now, side, place],
  );
  const starts = focus === "" ? graph.roots : graph.byName.has(focus) ? [focus] : [];
  return (
    <section class="side">
      <h3>
        {TITLES[side]}: {place.title}, {nodes.length.toLocaleString("en")} chains
      </h3>
      {focus !== "" && <Callers {...{ graph, focus, place }} />}
      <ul class="tree">
        {starts.map((chain) => (
          <Branch key={chain} {...{ graph, chain, others, place, side }} isFirst={starts.length < 8} />
        ))}
      </ul>
      {starts.length > 0 && (
        <ChainDrawingView
          {...{ graph, starts, others }}
          label={`${TITLES[side]}: drawing of the list above`}
          link={(chain) => linkPicture("chains", chain, { only: place.key })}
        />
      )}
    </section>
  );
}

function Callers({
  graph,
  focus,
  place,
}: {
  readonly graph: ChainGraph;
  readonly focus: string;
  readonly place: TablePlace;
}) {
  const callers = graph.callers.get(focus);
  if (callers === undefined) return <p>There is no chain {focus} here.</p>;
  return (
    <p>
      {callers.length === 0 ? "Called by no chain. " : "Called by "}
      {callers.map((chain, at) => (
        <span key={chain}>
          {at > 0 ? ", " : ""}
          <a href={linkPicture("chains", chain, { only: place.key })}>{chain}</a>
        </span>
      ))}{" "}
      <a href={linkPicture("chains", "", { only: place.key })}>Show all chains</a>
    </p>
  );
}

interface BranchProps extends Pick<SideProps, "place" | "side"> {
  readonly graph: ChainGraph;
  readonly chain: string;
  /** Chains of the other side. */
  readonly others: ReadonlySet<string>;
  readonly isFirst: boolean;
}

/** A chain and, once somebody opens it, where it leads. */
function Branch(props: BranchProps) {
  const { graph, chain, others, place, side, isFirst } = props;
  const [isOpen, setOpen] = useState(isFirst);
  const node = graph.byName.get(chain);
  const jumps = (node?.jumps ?? []).filter(({ to }) => graph.byName.has(to));
  const name = (
    <>
      <a href={linkPicture("chains", chain, { only: place.key })}>{chain}</a>{" "}
      <span class="count">
        {node?.rules} {node?.rules === 1 ? "rule" : "rules"}
        {node?.policy == null ? "" : `, policy ${node.policy}`}
        {others.has(chain) ? "" : side === "old" ? ", goes" : ", new"}
      </span>
    </>
  );
  if (jumps.length === 0) return <li>{name}</li>;
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-label={`chains that ${chain} jumps to`}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? "−" : "+"}
      </button>{" "}
      {name}
      {isOpen && (
        <ul>
          {jumps.map(({ to }) => (
            <Branch key={to} {...props} chain={to} isFirst={false} />
          ))}
        </ul>
      )}
    </li>
  );
}

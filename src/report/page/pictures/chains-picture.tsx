/**
 * Chains and their jumps before and after: a nested list, and a drawing of the first layers.
 */
import { useMemo, useState } from "preact/hooks";
import { amount } from "./in-words.ts";
import { type ChainGraph, makeChainGraph } from "./chain-graph.ts";
import { ChainDrawingView } from "./chain-drawing.tsx";
import { linkPicture, parseChoice } from "./choice.ts";
import { Choose } from "./choose.tsx";
import type { DrawnData, DrawnProps } from "./drawn.ts";

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
export function ChainsPicture({ data, address, isPrinted }: DrawnProps) {
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
          choices={places.map(({ key, title, chains }) => ({
            key,
            title: `${title} (${amount(chains, "chain")})`,
          }))}
          link={(only) => linkPicture("chains", "", { only })}
        />
      )}
      {shown.map((each) => (
        <TablePicture key={each.key} data={data} place={each} focus={isPrinted ? "" : focus} />
      ))}
    </>
  );
}

interface PictureProps extends Pick<DrawnProps, "data"> {
  readonly place: TablePlace;
  readonly focus: string;
}

/** The lists side by side, then the drawings, which need more room. */
function TablePicture({ data, place, focus }: PictureProps) {
  const sides = useMemo(() => {
    const { old, new: now } = data.files[place.file]!.picture.chains;
    const [before, after] = [old, now].map((nodes) =>
      makeChainGraph(nodes.filter(({ table }) => table === place.table)),
    );
    return [
      { title: "Before", isOld: true, graph: before!, others: after!.byName },
      { title: "After", isOld: false, graph: after!, others: before!.byName },
    ] as const;
  }, [data, place]);
  return (
    <>
      <div class="pair">
        {sides.map((side) => (
          <ChainList key={side.title} {...{ side, place, focus }} />
        ))}
      </div>
      {sides.map(({ title, graph, others }) => (
        <ChainDrawingView
          key={title}
          {...{ title, graph, others }}
          starts={startsOf(graph, focus)}
          link={(chain) => linkPicture("chains", chain, { only: place.key })}
        />
      ))}
    </>
  );
}

function startsOf({ roots, byName }: ChainGraph, focus: string): readonly string[] {
  if (focus === "") return roots;
  return byName.has(focus) ? [focus] : [];
}

function listTables({ files }: DrawnData): readonly TablePlace[] {
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

interface Side {
  readonly title: string;
  readonly isOld: boolean;
  readonly graph: ChainGraph;
  /** Chains of the other side. */
  readonly others: ReadonlyMap<string, unknown>;
}

interface ListProps {
  readonly side: Side;
  readonly place: TablePlace;
  readonly focus: string;
}

function ChainList({ side, place, focus }: ListProps) {
  const { title, graph } = side;
  const starts = startsOf(graph, focus);
  return (
    <section class="side">
      <h3>
        {title}: {place.title}, {amount(graph.byName.size, "chain")}
      </h3>
      {focus !== "" && <Callers {...{ graph, focus, place }} />}
      <ul class="tree">
        {starts.map((chain) => (
          <Branch key={chain} {...{ side, chain, place }} isFirst />
        ))}
      </ul>
      {focus === "" && graph.uncalled.length > 0 && (
        <>
          <h4>Called by no chain</h4>
          <ul class="tree">
            {graph.uncalled.map((chain) => (
              <Branch key={chain} {...{ side, chain, place }} isFirst={false} />
            ))}
          </ul>
        </>
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

interface BranchProps {
  readonly side: Side;
  readonly place: TablePlace;
  readonly chain: string;
  readonly isFirst: boolean;
}

/** A chain and, once somebody opens it, where it leads. */
function Branch(props: BranchProps) {
  const { side, chain, place, isFirst } = props;
  const { graph, others, isOld } = side;
  const [isOpen, setOpen] = useState(isFirst);
  const node = graph.byName.get(chain);
  const jumps = (node?.jumps ?? []).filter(({ to }) => graph.byName.has(to));
  const name = (
    <>
      <a href={linkPicture("chains", chain, { only: place.key })}>{chain}</a>{" "}
      <span class="count">
        {amount(node?.rules ?? 0, "rule")}
        {node?.policy == null ? "" : `, policy ${node.policy}`}
        {others.has(chain) ? "" : isOld ? ", goes" : ", new"}
      </span>
    </>
  );
  if (jumps.length === 0) return <li class="leaf">{name}</li>;
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

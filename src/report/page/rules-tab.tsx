/**
 * The old file and the new one side by side. A line that is pointed at or chosen shows what it goes with on the other side, and which policy rule
 * that is or why it stays flat.
 */
import { useMemo, useState } from "preact/hooks";
import type { PageData, PageFile } from "../page-data.ts";
import { type Address, printAddress } from "./address.ts";
import type { TabProps } from "./tab-props.ts";
import { LineBox } from "./lines.tsx";
import {
  describeOldLine,
  invertOrigins,
  type LineKey,
  parseLineKey,
  printLineKey,
  relatedLines,
} from "./lookup.ts";
import { TryPacket } from "./packet/packet-try.tsx";
import { linkPicture } from "./pictures/choice.ts";
import { makeMatcher } from "./select-rows.ts";
import { Search } from "./table.tsx";

/** Shows one input; links lead to the others. */
export function RulesTab({ data, address }: TabProps) {
  const chosen = parseLineKey(address.item);
  const index = chosen !== null && data.files[chosen.file] !== undefined ? chosen.file : 0;
  const file = data.files[index];
  if (file === undefined) return null;
  return (
    <>
      <div class="filter">
        <Search address={address} />
        {data.files.length > 1 &&
          data.files.map(({ path }, at) => (
            <a
              key={path}
              href={printAddress({ ...address, item: `old:${at}:1` })}
              aria-current={at === index ? "true" : undefined}
            >
              {path}
            </a>
          ))}
      </div>
      <Pair key={index} {...{ data, address, file, index }} chosen={chosen?.file === index ? chosen : null} />
    </>
  );
}

interface PairProps {
  readonly data: PageData;
  readonly address: Address;
  readonly file: PageFile;
  readonly index: number;
  readonly chosen: LineKey | null;
}

type Spot = Pick<LineKey, "side" | "line">;

function Pair(props: PairProps) {
  const { data, address, file, index, chosen } = props;
  const [pointed, setPointed] = useState<Spot | null>(null);
  const becomes = useMemo(() => invertOrigins(file), [file]);
  const spot = pointed ?? chosen;
  const related = new Set(spot === null ? [] : relatedLines(file, spot));
  const wanted = new Set(chosen === null ? [] : relatedLines(file, chosen));
  const side = (name: LineKey["side"]) => (
    <Side
      {...{ address, index, chosen, setPointed, name }}
      lines={file[name]}
      related={spot !== null && spot.side !== name ? related : new Set()}
      wanted={chosen !== null && chosen.side !== name ? Math.min(...wanted) : Number.POSITIVE_INFINITY}
      kindOf={(line) => kindOf(file, becomes, name, line)}
    />
  );
  return (
    <>
      <div class="about" role="status">
        {chosen === null ? (
          <p>Choose a line to see what it goes with. The arrow keys move in a list.</p>
        ) : (
          <About {...{ data, file, chosen }} lines={[...wanted]} />
        )}
      </div>
      <div class="pair">
        {side("old")}
        {side("new")}
      </div>
    </>
  );
}

/** `kept`: the same line on both sides; `gone`, `made`: it is on one. */
function kindOf(
  file: PageFile,
  becomes: readonly (readonly number[])[],
  side: LineKey["side"],
  line: number,
): string {
  const [own, other] = side === "old" ? [file.old, file.new] : [file.new, file.old];
  const related = side === "old" ? becomes[line - 1]! : file.origins[line - 1]!;
  if (related.some((at) => other[at - 1] === own[line - 1])) return "kept";
  return side === "old" ? "gone" : "made";
}

interface SideProps {
  readonly address: Address;
  readonly index: number;
  readonly chosen: LineKey | null;
  readonly name: LineKey["side"];
  readonly lines: readonly string[];
  readonly related: ReadonlySet<number>;
  /** The line to bring into sight; infinite for none. */
  readonly wanted: number;
  readonly kindOf: (line: number) => string;
  readonly setPointed: (spot: Spot | null) => void;
}

const TITLES = { old: "Old", new: "New" } as const;

function Side({ address, index, chosen, name, lines, related, wanted, kindOf, setPointed }: SideProps) {
  const shown = useMemo(() => findShown(lines, address.query), [lines, address.query]);
  const at = chosen?.side === name ? shown.indexOf(chosen.line) : -1;
  const title = `${TITLES[name]}: ${shown.length.toLocaleString("en")} of ${lines.length.toLocaleString("en")} lines`;
  return (
    <div class="side">
      <h3>{title}</h3>
      <LineBox
        label={`${TITLES[name]} lines`}
        count={shown.length}
        chosen={at}
        wanted={shown.indexOf(wanted)}
        classOf={(row) => `${kindOf(shown[row]!)}${related.has(shown[row]!) ? " related" : ""}`}
        show={(row) => (
          <>
            <span class="at">{shown[row]}</span> {lines[shown[row]! - 1]}
          </>
        )}
        onChoose={(row) => {
          const item = printLineKey({ side: name, file: index, line: shown[row]! });
          location.replace(printAddress({ ...address, item }));
        }}
        onPoint={(row) => setPointed(row === -1 ? null : { side: name, line: shown[row]! })}
      />
    </div>
  );
}

function findShown(lines: readonly string[], query: string): readonly number[] {
  const isMatch = makeMatcher(query);
  return lines.flatMap((text, at) => (isMatch(text) ? [at + 1] : []));
}

interface AboutProps {
  readonly data: PageData;
  readonly file: PageFile;
  readonly chosen: LineKey;
  readonly lines: readonly number[];
}

/** In words what a line goes with. */
function About({ data, file, chosen, lines }: AboutProps) {
  const text = file[chosen.side][chosen.line - 1];
  const others =
    lines.length === 0 ? "no line" : `line${lines.length === 1 ? "" : "s"} ${lines.slice(0, 20).join(", ")}`;
  const more = lines.length > 20 ? ` and ${lines.length - 20} more` : "";
  const isOld = chosen.side === "old";
  return (
    <>
      <p>
        {TITLES[chosen.side]} line {chosen.line}: <code>{text}</code>
      </p>
      <p>
        {isOld ? "It is in" : "It stands for"} {others}
        {more} of the {isOld ? "new" : "old"} file.
      </p>
      {isOld && <Fate data={data} file={file.path} line={chosen.line} />}
      {isOld && file.picture?.rules.line.includes(chosen.line) && (
        <p>
          <a href={linkPicture("flat", printLineKey(chosen))}>Show it among the flat rules of its chain</a>
        </p>
      )}
    </>
  );
}

function Fate({
  data,
  file,
  line,
}: {
  readonly data: PageData;
  readonly file: string;
  readonly line: number;
}) {
  const { products, flat } = describeOldLine(data, { file, line });
  return (
    <>
      {products.map(({ id, name, summary }) => (
        <p key={id}>
          Merged by <a href={printAddress({ tab: "policy", item: id })}>{name}</a>: {summary}
        </p>
      ))}
      {flat !== undefined && <p>Stays flat: {flat.why}.</p>}
      <TryPacket data={data} lines={[{ file, line }]} />
    </>
  );
}

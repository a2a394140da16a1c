/**
 * Groups that share members: a matrix of groups with the number of shared members, and the pairs as a table.
 */
import { useMemo } from "preact/hooks";
import type { GroupView } from "../../view.ts";
import { printAddress } from "../address.ts";
import { Names, Part } from "../parts.tsx";
import type { TabProps } from "../tab-props.ts";
import { type Column, Table } from "../table.tsx";
import { MatrixGrid } from "./matrix-grid.tsx";
import { linkPicture, parseChoice } from "./choice.ts";
import { findOverlaps, makeOverlapMatrix, type Overlap, type Relation } from "./overlaps.ts";
import { useShown } from "./use-shown.ts";

const RELATION_WORDS: Readonly<Record<Relation, string>> = {
  equal: "same members",
  within: "one is in the other",
  overlap: "share some",
};

/** Groups in the matrix; the table has all. */
const MOST_DRAWN = 60;

const percent = ({ likeness }: Overlap): string =>
  likeness < 0.01 ? "<1" : String(Math.round(likeness * 100));

const COLUMNS: readonly Column<Overlap>[] = [
  { key: "one", title: "Group", show: ({ one, other }) => `${one.name} and ${other.name}` },
  { key: "relation", title: "How", show: describeRelation },
  { key: "shared", title: "Shared members", isNumber: true, show: ({ shared }) => shared.length },
  {
    key: "members",
    title: "Members of each",
    isNumber: true,
    show: ({ one, other }) => `${one.members.length}, ${other.members.length}`,
  },
  { key: "likeness", title: "Shared of all, %", isNumber: true, show: percent },
];

const READER = {
  text: ({ one, other, shared }: Overlap) => [one.name, other.name, ...shared].join(" "),
  kind: ({ relation }: Overlap) => RELATION_WORDS[relation],
  keys: {
    one: ({ one }: Overlap) => one.name,
    relation: ({ relation }: Overlap) => relation,
    shared: ({ shared }: Overlap) => shared.length,
    members: ({ other }: Overlap) => other.members.length,
    likeness: ({ likeness }: Overlap) => likeness,
  },
};

function describeRelation({ one, other, relation }: Overlap): string {
  const across = one.axis === other.axis ? "" : ` (${one.axis} and ${other.axis})`;
  return `${relation === "within" ? `${one.name} is in ${other.name}` : RELATION_WORDS[relation]}${across}`;
}

/** Shows them. Of a group that is asked for, its own pairs alone. */
export function SharedPicture(props: TabProps) {
  const { data, address } = props;
  const { groups } = data.report;
  const all = useMemo(() => findOverlaps(groups), [groups]);
  const { focus } = parseChoice(address.item);
  const group = groups.find(({ id }) => id === focus);
  const overlaps = useMemo(
    () => (group === undefined ? all : all.filter(({ one, other }) => one === group || other === group)),
    [all, group],
  );
  if (all.length === 0) return <p>No two groups share a member.</p>;
  return (
    <>
      {group !== undefined && (
        <p>
          {overlaps.length === 0
            ? `${group.name} shares no member with another group.`
            : `Only pairs of ${group.name}.`}{" "}
          <a href={linkPicture("shared")}>Show all</a>
        </p>
      )}
      {overlaps.length > 0 && <Pairs {...props} overlaps={overlaps} />}
    </>
  );
}

const addressOf = ({ id }: Overlap): string => `shared:${id}`;

interface PairsProps extends Pick<TabProps, "address" | "isPrinted"> {
  readonly overlaps: readonly Overlap[];
}

function Pairs({ address, isPrinted, overlaps }: PairsProps) {
  return (
    <>
      <OverlapGrid {...{ address, isPrinted, overlaps }} />
      <Table
        {...{ address, isPrinted }}
        home="shared"
        reader={READER}
        caption="Pairs of groups that share members"
        kindTitle="How"
        rows={overlaps}
        columns={COLUMNS}
        id={addressOf}
        detail={(overlap) => <Detail overlap={overlap} />}
      />
    </>
  );
}

function OverlapGrid({ address, isPrinted, overlaps }: PairsProps) {
  const matrix = useMemo(() => makeOverlapMatrix(overlaps, MOST_DRAWN), [overlaps]);
  const chosen = matrix.cells.findIndex(({ overlap }) => addressOf(overlap) === address.item);
  const [at, point] = useShown(chosen);
  const shown = matrix.cells[at];
  const names = matrix.groups.map(({ name }) => name);
  return (
    <>
      <p>
        {shown === undefined
          ? "Each number is how many members two groups share; ● stands for groups that are equal, ◐ for one in the other."
          : `${shown.overlap.one.name} and ${shown.overlap.other.name}: ${shown.overlap.shared.length} members in both, ${describeRelation(shown.overlap)}.`}
        {matrix.groups.length === MOST_DRAWN && ` The ${MOST_DRAWN} groups that share most are drawn.`}
      </p>
      <MatrixGrid
        isPrinted={isPrinted}
        label="Groups that share members"
        rows={names}
        columns={names}
        cells={matrix.cells}
        chosen={chosen}
        describe={({ overlap }) => `${overlap.shared.length} in both, ${describeRelation(overlap)}`}
        show={({ overlap }) => <Share overlap={overlap} />}
        onChoose={(index) =>
          location.replace(printAddress({ ...address, item: addressOf(matrix.cells[index]!.overlap) }))
        }
        onPoint={point}
      />
    </>
  );
}

const SIGNS: Readonly<Record<Relation, string>> = { equal: "●", within: "◐", overlap: "" };

function Share({ overlap }: { readonly overlap: Overlap }) {
  const { relation, likeness, shared } = overlap;
  return (
    <span class={`share step-${Math.min(3, Math.floor(likeness * 4))}`}>
      {SIGNS[relation]}
      {shared.length}
    </span>
  );
}

function Detail({ overlap: { one, other, shared } }: { readonly overlap: Overlap }) {
  const only = (group: GroupView): readonly string[] => {
    const both = new Set(shared);
    return group.members.filter((member) => !both.has(member));
  };
  return (
    <>
      {[one, other].map((group) => (
        <Part key={group.id} title={`Only in ${group.name}`}>
          <p>
            <a href={printAddress({ tab: "groups", item: group.id })}>{group.name}</a>: {group.axis},{" "}
            {group.members.length} members, in {group.uses} policy rules
          </p>
          <Names names={only(group)} />
        </Part>
      ))}
      <Part title="In both">
        <Names names={shared} />
      </Part>
    </>
  );
}

/**
 * The groups: a table, and for each its members, the lines that use it, its chain, and why it is called so.
 */
import type { GroupView } from "../view.ts";
import type { PageData } from "../page-data.ts";
import { useMemo } from "preact/hooks";
import { printAddress } from "./address.ts";
import type { TabProps } from "./tab-props.ts";
import { QuoteList, Quotes } from "./lines.tsx";
import { chainLines, countChainLines, findNearDuplicates, type Likeness } from "./lookup.ts";
import { GroupEdit } from "./edit/group-edit.tsx";
import { Names, Part } from "./parts.tsx";
import { linkPicture } from "./pictures/choice.ts";
import { type Column, Table } from "./table.tsx";

type Near = ReadonlyMap<GroupView, readonly Likeness[]>;

function nearOf(near: Near, group: GroupView): readonly Likeness[] {
  return near.get(group) ?? [];
}

function makeColumns(near: Near, chains: ReadonlyMap<string, number>): readonly Column<GroupView>[] {
  return [
    { key: "name", title: "Group", show: ({ name }) => name },
    { key: "axis", title: "Of", show: ({ axis }) => axis },
    { key: "from", title: "Name from", show: ({ nameFrom }) => nameFrom },
    { key: "members", title: "Members", isNumber: true, show: ({ members }) => members.length },
    {
      key: "uses",
      title: "Policy rules",
      isNumber: true,
      show: ({ accept, uses }) => (accept ? uses : "refused"),
    },
    { key: "lines", title: "Rules merged", isNumber: true, show: ({ lines }) => lines.length },
    { key: "own", title: "Lines of its chain", isNumber: true, show: ({ name }) => chains.get(name) ?? 0 },
    { key: "near", title: "Near-duplicates", isNumber: true, show: (group) => nearOf(near, group).length },
  ];
}

/** Shows them. */
export function GroupsTab({ data, address, isPrinted }: TabProps) {
  const { groups } = data.report;
  const near = useMemo(() => findNearDuplicates(groups), [groups]);
  const chains = useMemo(() => countChainLines(data.files), [data]);
  const reader = {
    text: ({ name, axis, members, nameNote = "" }: GroupView) =>
      `${name} ${axis} ${nameNote} ${members.join(" ")}`,
    kind: ({ axis }: GroupView) => axis,
    keys: {
      name: ({ name }: GroupView) => name,
      axis: ({ axis }: GroupView) => axis,
      from: ({ nameFrom }: GroupView) => nameFrom,
      members: ({ members }: GroupView) => members.length,
      uses: ({ uses }: GroupView) => uses,
      lines: ({ lines }: GroupView) => lines.length,
      own: ({ name }: GroupView) => chains.get(name) ?? 0,
      near: (group: GroupView) => nearOf(near, group).length,
    },
  };
  return (
    <Table
      {...{ address, isPrinted, reader }}
      caption="Groups of addresses, services and interfaces that were found"
      kindTitle="Groups of"
      rows={groups}
      columns={makeColumns(near, chains)}
      id={({ id }) => id}
      detail={(group) => <Detail data={data} group={group} near={nearOf(near, group)} />}
    />
  );
}

interface DetailProps {
  readonly data: PageData;
  readonly group: GroupView;
  readonly near: readonly Likeness[];
}

function Detail({ data, group, near }: DetailProps) {
  const users = data.report.products.filter(({ groups }) => groups[group.axis] === group.name);
  const chain = chainLines(data, group.name).map((key) => ({
    key,
    text: data.files[key.file]!.new[key.line - 1]!,
  }));
  return (
    <>
      {group.nameNote !== undefined && <p>{group.nameNote}</p>}
      {!group.accept && <p class="warning">Refused in the plan.</p>}
      <GroupEdit group={group} groups={data.report.groups} near={near.map((like) => like.group)} />
      <Part title="Members">
        <Names names={group.members} />
      </Part>
      <Changes group={group} />
      <Part title="Used by">
        {users.map(({ id, name, summary, accept }) => (
          <p key={id}>
            <a href={printAddress({ tab: "policy", item: id })}>{name}</a> {summary}
            {accept ? "" : " (refused)"}{" "}
            <a href={linkPicture("rule", id)} aria-label={`picture of ${name}`}>
              picture
            </a>
          </p>
        ))}
      </Part>
      <NearDuplicates own={group} near={near} />
      <Part title="Its chain in the new file">
        {chain.length === 0 ? <p>It has no chain of its own name there.</p> : <QuoteList quotes={chain} />}
      </Part>
      {group.lines.length > 0 && (
        <Part title="Rules that are merged by it">
          <Quotes data={data} lines={group.lines} />
        </Part>
      )}
    </>
  );
}

function Changes({ group }: { readonly group: GroupView }) {
  const { includes = [], sameAs, added = [], removed = [], negatedBy = [] } = group;
  return (
    <>
      {sameAs !== undefined && <p>Has the members of {sameAs}, with all that is added and removed there.</p>}
      {includes.length > 0 && <p>Put together from {includes.join(", ")}.</p>}
      {added.length > 0 && <p class="warning">Added, which changes the policy: {added.join(", ")}</p>}
      {removed.length > 0 && <p class="warning">Removed, which changes the policy: {removed.join(", ")}</p>}
      {negatedBy.length > 0 && <p>{negatedBy.join(", ")}: for packets that are not in it.</p>}
    </>
  );
}

/** Members told of each side; the picture has them all. */
const MOST_TOLD = 5;

/** What one of two groups that are nearly the same has and the other has not: it may have been forgotten there. */
function tellOnly(name: string, one: GroupView, other: GroupView): string {
  const known = new Set(other.members);
  const only = one.members.filter((member) => !known.has(member));
  if (only.length === 0) return "";
  const more = only.length > MOST_TOLD ? ` and ${only.length - MOST_TOLD} more` : "";
  return `; only in ${name}: ${only.slice(0, MOST_TOLD).join(", ")}${more}`;
}

function NearDuplicates({ own, near }: { readonly own: GroupView; readonly near: readonly Likeness[] }) {
  if (near.length === 0) return null;
  return (
    <Part title="Near-duplicates">
      {near.map(({ group, shared, likeness }) => (
        <p key={group.id}>
          <a href={printAddress({ tab: "groups", item: group.id })}>{group.name}</a>: {shared} members in
          both, {Math.round(likeness * 100)} % of all
          {tellOnly(group.name, group, own)}
          {tellOnly(own.name, own, group)}
        </p>
      ))}
      <p>
        <a href={linkPicture("shared", own.id)}>All groups that share members with it</a>
      </p>
    </Part>
  );
}

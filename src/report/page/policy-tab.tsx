/**
 * The policy rules: what each says, the rules that it stands for, and what it lacks.
 */
import { AXES } from "../../model/types.ts";
import type { PageData } from "../page-data.ts";
import type { ProductView } from "../view.ts";
import { printAddress } from "./address.ts";
import type { TabProps } from "./tab-props.ts";
import { QuoteList, Quotes } from "./lines.tsx";
import { chainLines } from "./lookup.ts";
import { RuleEdit } from "./edit/rule-edit.tsx";
import { TryPacket } from "./packet/packet-try.tsx";
import { Names, Part } from "./parts.tsx";
import { linkPicture } from "./pictures/choice.ts";
import { type Column, Table } from "./table.tsx";

const COLUMNS: readonly Column<ProductView>[] = [
  { key: "name", title: "Policy rule", show: ({ name }) => name },
  { key: "chain", title: "Chain", show: placeOf },
  {
    key: "summary",
    title: "Says",
    show: ({ summary, accept }) => (accept ? summary : `refused: ${summary}`),
  },
  { key: "lines", title: "Rules merged", isNumber: true, show: ({ lines }) => lines.length },
  { key: "missing", title: "Missing combinations", isNumber: true, show: ({ missing }) => missing.length },
];

function placeOf({ table, chain }: ProductView): string {
  return `${table} ${chain}`;
}

/** Shows them. A rule is found by the members of its groups, too. */
export function PolicyTab({ data, address, isPrinted }: TabProps) {
  const members = new Map(data.report.groups.map((group) => [`${group.axis} ${group.name}`, group.members]));
  const reader = {
    text: (rule: ProductView) =>
      [
        rule.name,
        placeOf(rule),
        rule.summary,
        ...groupsOf(rule).flatMap((key) => members.get(key) ?? []),
      ].join(" "),
    kind: placeOf,
    keys: {
      name: ({ name }: ProductView) => name,
      chain: placeOf,
      summary: ({ summary }: ProductView) => summary,
      lines: ({ lines }: ProductView) => lines.length,
      missing: ({ missing }: ProductView) => missing.length,
    },
  };
  return (
    <Table
      {...{ address, isPrinted, reader }}
      caption="Policy rules: what merged rules become"
      kindTitle="In chain"
      rows={data.report.products}
      columns={COLUMNS}
      id={({ id }) => id}
      detail={(rule) => <Detail data={data} rule={rule} />}
    />
  );
}

function groupsOf({ groups }: ProductView): readonly string[] {
  return Object.entries(groups).map(([axis, name]) => `${axis} ${name}`);
}

function Detail({ data, rule }: { readonly data: PageData; readonly rule: ProductView }) {
  const chain = chainLines(data, rule.name).map((key) => ({
    key,
    text: data.files[key.file]!.new[key.line - 1]!,
  }));
  return (
    <>
      {rule.nameNote !== undefined && <p>{rule.nameNote}</p>}
      <GroupLinks data={data} rule={rule} />
      <RuleEdit rule={rule} />
      <p>
        In pictures: {rule.accept && <a href={linkPicture("policy", rule.id)}>its place in the policy</a>}
        {rule.accept && ", "}
        <a href={linkPicture("rule", rule.id)}>its rules</a>
      </p>
      <TryPacket data={data} lines={rule.lines} />
      {rule.added !== undefined && (
        <p class="warning">Added, which changes the policy: {rule.added.join(", ")}</p>
      )}
      {rule.turned !== undefined && (
        <p class="warning">Turned round, which changes the policy: {rule.turned.join(", ")}</p>
      )}
      {rule.missing.length > 0 && (
        <Part title="Combinations that no rule says: probably forgotten, or meant">
          <Names names={rule.missing} />
        </Part>
      )}
      {chain.length > 0 && (
        <Part title="Its chain in the new file">
          <QuoteList quotes={chain} />
        </Part>
      )}
      <Part title={rule.accept ? "Rules that it stands for" : "Rules that it could stand for"}>
        <Quotes data={data} lines={rule.lines} />
      </Part>
    </>
  );
}

function GroupLinks({ data, rule }: { readonly data: PageData; readonly rule: ProductView }) {
  const found = AXES.flatMap((axis) => {
    const name = rule.groups[axis];
    return data.report.groups.filter((group) => group.axis === axis && group.name === name);
  });
  return (
    <ul>
      {found.map(({ id, axis, name, members }) => (
        <li key={id}>
          {axis}: {rule.negated?.includes(axis) ? "not in " : ""}
          <a href={printAddress({ tab: "groups", item: id })}>{name}</a>, {members.length} members
        </li>
      ))}
    </ul>
  );
}

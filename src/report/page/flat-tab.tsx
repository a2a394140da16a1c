/**
 * What stays flat, and why.
 */
import type { FlatView } from "../view.ts";
import type { TabProps } from "./tab-props.ts";
import { Quotes } from "./lines.tsx";
import { TryPacket } from "./packet/packet-try.tsx";
import { type Column, Table } from "./table.tsx";

const COLUMNS: readonly Column<FlatView>[] = [
  { key: "chain", title: "Chain", show: placeOf },
  { key: "why", title: "Why", show: ({ why }) => why },
  { key: "lines", title: "Rules", isNumber: true, show: ({ lines }) => lines.length },
];

const READER = {
  text: (flat: FlatView) => `${placeOf(flat)} ${flat.why}`,
  kind: ({ reason }: FlatView) => reason,
  keys: {
    chain: placeOf,
    why: ({ why }: FlatView) => why,
    lines: ({ lines }: FlatView) => lines.length,
  },
};

function placeOf({ table, chain }: FlatView): string {
  return `${table} ${chain}`;
}

/** Shows it. */
export function FlatTab({ data, address, isPrinted }: TabProps) {
  return (
    <Table
      {...{ address, isPrinted }}
      reader={READER}
      caption="Rules that stay as they are: a row for each chain and reason"
      kindTitle="Reason"
      rows={data.report.flat}
      columns={COLUMNS}
      id={({ file, table, chain, reason }) => [file, table, chain, reason].join(" ")}
      detail={({ lines }) => (
        <>
          <TryPacket data={data} lines={lines} />
          <Quotes data={data} lines={lines} />
        </>
      )}
    />
  );
}

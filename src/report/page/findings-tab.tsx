/**
 * The findings, worst first, each with its lines, the lines that are the reason, and what to do.
 */
import { useMemo } from "preact/hooks";
import { describeLint } from "../lint-lines.ts";
import type { PageData } from "../page-data.ts";
import { FindingDetail } from "./finding-detail.tsx";
import { type FindingItem, listFindings } from "./findings.ts";
import { oldText } from "./lookup.ts";
import { Part } from "./parts.tsx";
import type { RowReader } from "./select-rows.ts";
import { isLinted, type TabProps } from "./tab-props.ts";
import { type Column, Table } from "./table.tsx";

const COLUMNS: readonly Column<FindingItem>[] = [
  { key: "message", title: "Finding", show: ({ message }) => <span class="sentence">{message}</span> },
  { key: "kind", title: "Kind", show: ({ kind }) => <span class="word">{kind}</span> },
  { key: "severity", title: "Severity", show: ({ severity }) => <span class={severity}>{severity}</span> },
  { key: "at", title: "First line", isNumber: true, show: ({ lines }) => lines[0]?.line ?? "" },
  { key: "lines", title: "Lines", isNumber: true, show: ({ lines }) => lines.length },
];

function makeReader(data: PageData): RowReader<FindingItem> {
  return {
    text: ({ message, kind, step, lines }) =>
      [message, kind, step, ...lines.slice(0, MOST_SEARCHED).map((line) => oldText(data, line))].join(" "),
    kind: ({ kind }) => kind,
    keys: {
      message: ({ message }) => message,
      kind: ({ kind }) => kind,
      severity: ({ severity }) => severity,
      at: ({ lines }) => lines[0]?.line ?? 0,
      lines: ({ lines }) => lines.length,
    },
  };
}

/** Lines of a finding in which words are looked for. */
const MOST_SEARCHED = 20;

/** Shows them. */
export function FindingsTab({ data, address, isPrinted }: TabProps) {
  const reader = useMemo(() => makeReader(data), [data]);
  const findings = listFindings(data);
  if (findings.length === 0 && !isLinted(data))
    return (
      <>
        <p>The import has found nothing; the rules themselves were not looked at, or not all of them.</p>
        <LintWords data={data} />
      </>
    );
  return (
    <>
      <Table
        {...{ address, isPrinted, reader }}
        caption="What is worth knowing before this is applied, worst first"
        kindTitle="Kind"
        rows={findings}
        columns={COLUMNS}
        id={({ id }) => id}
        detail={(finding) => <FindingDetail data={data} finding={finding} />}
      />
      <LintWords data={data} />
    </>
  );
}

/** What lint did not look at. Pages of old have its first findings alone, and say how many there are. */
function LintWords({ data }: { readonly data: PageData }) {
  const summaries = (data.report.lint ?? []).map((summary) =>
    data.lint === undefined || summary.found === null
      ? summary
      : { ...summary, found: { ...summary.found, findings: 0, first: [] } },
  );
  const words = describeLint(summaries).filter(({ severity }) => severity === null);
  if (words.length === 0) return null;
  return (
    <Part title="Lint">
      {words.map(({ text }) => (
        <p key={text}>{text}</p>
      ))}
    </Part>
  );
}

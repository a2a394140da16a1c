/**
 * The findings, worst first, each with its lines, the lines that are the reason, and what to do.
 */
import type { TabProps } from "./tab-props.ts";
import { describeLint } from "../lint-lines.ts";
import type { PageData } from "../page-data.ts";
import { type FindingItem, listFindings } from "./findings.ts";
import { Quotes } from "./lines.tsx";
import { Names, Part } from "./parts.tsx";
import { linkPicture } from "./pictures/choice.ts";
import { type Column, Table } from "./table.tsx";

const COLUMNS: readonly Column<FindingItem>[] = [
  { key: "message", title: "Finding", show: ({ message }) => message },
  { key: "kind", title: "Kind", show: ({ kind }) => kind },
  { key: "severity", title: "Severity", show: ({ severity }) => <span class={severity}>{severity}</span> },
  { key: "lines", title: "Lines", isNumber: true, show: ({ lines }) => lines.length },
];

const READER = {
  text: ({ message, kind, step }: FindingItem) => `${message} ${kind} ${step}`,
  kind: ({ severity }: FindingItem) => severity,
  keys: {
    message: ({ message }: FindingItem) => message,
    kind: ({ kind }: FindingItem) => kind,
    severity: ({ severity }: FindingItem) => severity,
    lines: ({ lines }: FindingItem) => lines.length,
  },
};

/** Shows them. */
export function FindingsTab({ data, address, isPrinted }: TabProps) {
  return (
    <>
      <Table
        {...{ address, isPrinted }}
        reader={READER}
        caption="What is worth knowing before this is applied, worst first"
        kindTitle="Severity"
        rows={listFindings(data)}
        columns={COLUMNS}
        id={({ id }) => id}
        detail={(finding) => <Detail data={data} finding={finding} />}
      />
      <LintWords data={data} />
    </>
  );
}

function Detail({ data, finding }: { readonly data: PageData; readonly finding: FindingItem }) {
  const { step, lines, because, missing, policyRule } = finding;
  return (
    <>
      {step !== "" && <p>What to do: {step}</p>}
      {policyRule !== undefined && (
        <p>
          <a href={linkPicture("rule", policyRule)}>Show it in a picture</a>
        </p>
      )}
      {missing.length > 0 && (
        <Part title="Missing">
          <Names names={missing} />
        </Part>
      )}
      {lines.length > 0 && (
        <Part title="Lines">
          <Quotes data={data} lines={lines} />
        </Part>
      )}
      {because.length > 0 && (
        <Part title="Because of">
          <Quotes data={data} lines={because} />
        </Part>
      )}
    </>
  );
}

/** What lint says of all findings together: here are only its first. */
function LintWords({ data }: { readonly data: PageData }) {
  const words = describeLint(data.report.lint ?? []).filter(({ severity }) => severity === null);
  if (words.length === 0) return null;
  return (
    <Part title="Lint">
      {words.map(({ text }) => (
        <p key={text}>{text}</p>
      ))}
    </Part>
  );
}

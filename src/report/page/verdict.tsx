/**
 * The top of the page: what the proof says, and the numbers that a decision hangs on.
 */
import type { ComponentChildren } from "preact";
import type { Costs } from "../../cost/meter.ts";
import { summariseCheck } from "../verify-terminal.ts";
import type { PageData } from "../page-data.ts";
import { printAddress } from "./address.ts";
import { dearestChain } from "./costs.ts";
import { EditBar } from "./edit/edit-bar.tsx";
import { useEditing } from "./edit/editing.ts";
import { describeProof } from "./edit/effect.ts";

/** Shows it. */
export function Verdict({ data }: { readonly data: PageData }) {
  const { report } = data;
  const editor = useEditing();
  // Of a plan that is being edited, also that the proof is not there yet.
  const { tone, text } =
    editor !== null && data.check === null ? describeProof(editor.state.proof) : judge(data);
  const open = listUncovered(data);
  return (
    <header>
      <p class="inputs">
        markify review of{" "}
        {report.inputs.map(({ path, digest }, at) => (
          <span key={path}>
            {at > 0 ? ", " : ""}
            <b>{path}</b> <small title={digest}>{digest.slice(0, 19)}</small>
          </span>
        ))}
      </p>
      <h1 class={`verdict ${tone}`}>{text}</h1>
      <dl class="numbers">
        <Fact title="rules">
          <Change old={report.rulesBefore} now={report.rulesAfter} />
        </Fact>
        <Fact title="lines">
          <Change old={countLines(data, "old")} now={countLines(data, "new")} />
        </Fact>
        <ChainFact data={data} />
        <Fact title="policy rules">{report.policyRules.toLocaleString("en")}</Fact>
        <Fact title="groups in use">
          {report.groups.filter(({ uses }) => uses > 0).length.toLocaleString("en")}
        </Fact>
        <CostFacts data={data} />
        <Fact title="not covered">
          <a href={printAddress({ tab: "proof" })}>{data.check === null ? "not checked" : open.length}</a>
        </Fact>
      </dl>
      <EditBar />
    </header>
  );
}

/** Chains of save files; a script has no list of them. */
function ChainFact({ data }: { readonly data: PageData }) {
  const count = (side: "old" | "new"): number =>
    data.files.reduce((sum, file) => sum + file[side].filter((line) => line.startsWith(":")).length, 0);
  const old = count("old");
  if (old === 0) return null;
  return (
    <Fact title="chains">
      <Change old={old} now={count("new")} />
    </Fact>
  );
}

/** The verdict, and whether it is a good one. */
function judge({ check }: PageData): { readonly tone: "good" | "bad" | "warning"; readonly text: string } {
  if (check === null)
    return { tone: "warning", text: "not checked: markify review --check --html proves it" };
  const text = summariseCheck(check);
  if (check.result === "different") return { tone: "bad", text };
  const isGood = check.result === "equal" && check.policyChange === undefined;
  return { tone: isGood ? "good" : "warning", text };
}

/** What the verdict says nothing of. */
export function listUncovered({ report, check }: PageData): readonly string[] {
  const kept =
    report.unparsed === 0 ? [] : [`${report.unparsed} rules can't be read, and are kept word for word`];
  const missing = report.inputs.flatMap(({ path, partial = [] }) =>
    partial.map((what) => `${path}: ${what}`),
  );
  return [...kept, ...missing, ...(check?.limits ?? [])];
}

/** The chain in which a packet gains or loses most, for each kind of cost. */
function CostFacts({ data }: { readonly data: PageData }) {
  const chain = dearestChain(data.report.costs ?? []);
  if (chain === null) return null;
  return (
    <>
      <Fact title={`expected cost in ${chain.chain}, ns`}>
        <CostChange old={chain.old.expected} now={chain.new.expected} />
      </Fact>
      <Fact title={`worst cost in ${chain.chain}, ns`}>
        <CostChange old={chain.old.worst} now={chain.new.worst} />
      </Fact>
    </>
  );
}

/** A cost before and after, on both backends. */
export function CostChange({ old, now }: { readonly old: Costs; readonly now: Costs }) {
  return (
    <span class="costs">
      <span>
        legacy <Change old={old.legacy} now={now.legacy} />
      </span>
      <span>
        nft <Change old={old.nft} now={now.nft} />
      </span>
    </span>
  );
}

function Change({ old, now }: { readonly old: number; readonly now: number }) {
  return (
    <>
      {old.toLocaleString("en")} → {now.toLocaleString("en")}
    </>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function countLines({ files }: PageData, side: "old" | "new"): number {
  return files.reduce((sum, file) => sum + file[side].length, 0);
}

/**
 * The walk of a packet through one side: rules as they were tested, chains that they led to inside them. What ended is folded, and is built when somebody opens it.
 */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Explanation, RuleStep } from "../../../verify/explain/types.ts";
import { describeRun } from "../../explain-runs.ts";
import { describeReturn } from "../../explain-terminal.ts";
import { printAddress } from "../address.ts";
import { printLineKey } from "../lookup.ts";
import { type ChainNode, makeWalkTree, type WalkNode } from "./packet-walk.ts";

/** Where the lines of a walk are, and the groups that they are of. */
export interface WalkSide {
  readonly side: "old" | "new";
  readonly file: number;
  readonly groups: ReadonlyMap<number, string>;
}

/** The same with what came of the walk: the groups that were asked, and whether the packet is in them. */
interface WalkPlace extends WalkSide {
  readonly asked: ReadonlyMap<string, boolean>;
}

interface PlaceProps {
  readonly place: WalkPlace;
}

/** Shows it, table by table. */
export function Walk({ walk, ...side }: WalkSide & { readonly walk: Explanation }) {
  const { matched, notMatched } = walk.groups;
  const asked = new Map([
    ...notMatched.map((name) => [name, false] as const),
    ...matched.map((name) => [name, true] as const),
  ]);
  const place = { ...side, asked };
  const roots = useMemo(() => makeWalkTree(walk.steps), [walk]);
  const verdicts = new Map(walk.tables.map(({ table, verdict }) => [table, verdict]));
  return (
    <>
      {roots.map((root) => (
        <section key={root.table} class="walk">
          <h4>
            {root.table} {root.chain}: {verdicts.get(root.table) ?? "can't tell"}
          </h4>
          <Nodes nodes={root.nodes} place={place} />
          <Policy walk={walk} root={root} />
        </section>
      ))}
    </>
  );
}

function Policy({ walk, root }: { readonly walk: Explanation; readonly root: ChainNode }) {
  const decider = walk.tables.find(({ table }) => table === root.table)?.decidedBy;
  if (decider?.line !== 0) return null;
  return (
    <p class="matched">
      the policy of {decider.chain} decides: <code>{decider.text}</code>
    </p>
  );
}

/** Items that are built at first, and more at a time. */
const STEP = 200;

function Nodes({ nodes, place }: PlaceProps & { readonly nodes: readonly WalkNode[] }) {
  const [steps, setSteps] = useState(1);
  const shown = nodes.slice(0, steps * STEP);
  return (
    <>
      <ol>
        {shown.map((node, at) => (
          <li key={at}>
            <Node node={node} place={place} />
          </li>
        ))}
      </ol>
      {shown.length < nodes.length && (
        <button type="button" onClick={() => setSteps(steps + 1)}>
          show {Math.min(STEP, nodes.length - shown.length)} more
        </button>
      )}
    </>
  );
}

function Node({ node, place }: PlaceProps & { readonly node: WalkNode }) {
  switch (node.kind) {
    case "rule":
      return (
        <>
          <RuleLine step={node.step} place={place} />
          {node.inside !== null && <Inside chain={node.inside} place={place} />}
        </>
      );
    case "run":
      return (
        <Fold
          title={`${node.steps.length.toLocaleString("en")} rules that do not match, ${describeRun(node.steps, "×")}`}
          isOpen={false}
        >
          {() => (
            <Nodes nodes={node.steps.map((step) => ({ kind: "rule", step, inside: null }))} place={place} />
          )}
        </Fold>
      );
    case "end":
      return <div class="failed">{describeReturn(node.step)}</div>;
  }
}

/** A chain that a rule led to; open where the walk came to its end in it. */
function Inside({ chain, place }: PlaceProps & { readonly chain: ChainNode }) {
  const { tested, groups, mark } = summarise(chain, place);
  const rules = tested === 1 ? "1 rule" : `${tested.toLocaleString("en")} rules`;
  const isMember = place.asked.get(chain.chain);
  const inside =
    isMember === undefined
      ? groups.map((name, at) => (at === 0 ? `the packet is in ${name}` : name))
      : [isMember ? `${mark ?? ""}the packet is in it` : "the packet is not in it"];
  return (
    <Fold title={[`${chain.chain}: ${rules} tested`, ...inside].join(", ")} isOpen={!chain.isLeft}>
      {() => <Nodes nodes={chain.nodes} place={place} />}
    </Fold>
  );
}

/** What came of a chain and of those that it led to. */
interface Summary {
  readonly tested: number;
  /** Groups that were asked there and have the packet. */
  readonly groups: readonly string[];
  /** The last mark that was set, in words; null where none was. */
  readonly mark: string | null;
}

function summarise({ nodes }: ChainNode, place: WalkPlace): Summary {
  let tested = 0;
  let mark: string | null = null;
  const groups = new Set<string>();
  for (const node of nodes) {
    if (node.kind === "run") tested += node.steps.length;
    if (node.kind !== "rule") continue;
    tested += 1;
    if (node.step.mark !== null) mark = `mark ${node.step.mark}: `;
    if (node.inside === null) continue;
    const inner = summarise(node.inside, place);
    tested += inner.tested;
    mark = inner.mark ?? mark;
    for (const name of [node.inside.chain, ...inner.groups])
      if (place.asked.get(name) === true) groups.add(name);
  }
  return { tested, groups: [...groups], mark };
}

/** The mark after a rule, and the group that it says the packet is in. */
function sayMark({ line, mark }: RuleStep, { groups }: WalkPlace): string {
  const group = groups.get(line);
  return group === undefined ? `mark ${mark}` : `mark ${mark}: in ${group}`;
}

interface FoldProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly children: () => ComponentChildren;
}

function Fold({ title, isOpen, children }: FoldProps) {
  const [opened, setOpened] = useState(isOpen);
  return (
    <details open={opened} onToggle={({ currentTarget }) => setOpened(currentTarget.open)}>
      <summary>{title}</summary>
      {opened && children()}
    </details>
  );
}

const WORDS: Readonly<Record<RuleStep["result"], readonly [word: string, why: string]>> = {
  matched: ["yes", ""],
  failed: ["no", "fails: "],
  dropped: ["drop", "its header can't be read: "],
  unknown: ["?", "no answer: "],
};

function RuleLine({ step, place }: PlaceProps & { readonly step: RuleStep }) {
  const { result, line, text, condition, mark, connmark } = step;
  const [word, why] = WORDS[result];
  const notes = [
    ...(condition === null ? [] : [`${why}${condition}`]),
    ...(mark === null ? [] : [sayMark(step, place)]),
    ...(connmark === null ? [] : [`connmark ${connmark}`]),
  ];
  const item = printLineKey({ side: place.side, file: place.file, line });
  return (
    <div class={`tested ${result}`}>
      <b class="result">{word}</b>
      <a href={printAddress({ tab: "rules", item })}>{line}</a>
      <div>
        <code>{text}</code>
        {notes.length > 0 && <div class="why">{notes.join(", ")}</div>}
      </div>
    </div>
  );
}

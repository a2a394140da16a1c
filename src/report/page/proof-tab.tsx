/**
 * What stands behind the verdict: the checks, what they leave out, what differs, and what packets cost.
 */
import type { PageData } from "../page-data.ts";
import type { VerifyView } from "../verify-view.ts";
import type { CostView } from "../cost-view.ts";
import { describeChoices } from "../cost-words.ts";
import { witnessAddress } from "./packet/packet-links.ts";
import type { TabProps } from "./tab-props.ts";
import { Part } from "./parts.tsx";
import { CostChange, listUncovered } from "./verdict.tsx";

/** Shows it. */
export function ProofTab({ data }: TabProps) {
  const { check, report } = data;
  const costs = report.costs ?? [];
  return (
    <>
      {check === null ? (
        <p>
          Nobody has asked for the proof: <code>markify review PLAN --check --html FILE</code> does. apply
          proves it in any case before it writes anything.
        </p>
      ) : (
        <Checks check={check} />
      )}
      <Sentences title="Not covered" sentences={listUncovered(data)} />
      {check !== null && <Sentences title="Assumed" sentences={check.assumptions} />}
      {check !== null && (
        <Sentences title="Left out, since such packets do not exist" sentences={check.exclusions} />
      )}
      {check !== null && <Differences data={data} check={check} />}
      {costs.length > 0 && <Costs costs={costs} />}
    </>
  );
}

function Sentences({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <Part title={title}>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Part>
  );
}

function Checks({ check }: { readonly check: VerifyView }) {
  return (
    <div class="wide">
      <table>
        <caption>What was checked</caption>
        <thead>
          <tr>
            <th scope="col">Table and hook</th>
            <th scope="col">How</th>
            <th scope="col">Answer</th>
            <th scope="col">In words</th>
          </tr>
        </thead>
        <tbody>
          {check.checks.map(({ family, kind, table, hook, result, detail }, at) => (
            <tr key={at}>
              <th scope="row">
                {family} {table} {hook ?? ""}
              </th>
              <td>{kind}</td>
              <td class={{ equal: "good", different: "bad", unknown: "warning" }[result]}>{result}</td>
              <td>{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The packets that fare otherwise: of a wrong rewrite, or of a change of policy that the plan asks for. */
function Differences({ data, check }: { readonly data: PageData; readonly check: VerifyView }) {
  const source = check.policyChange ?? check;
  const { differences = [], moreDifferences } = source;
  if (differences.length === 0 && check.witness === undefined) return null;
  const sentences = differences.map(({ family, table, hook, fields, old, new: now }) => {
    const packets = Object.entries(fields).map(([name, values]) => `${name} ${values.join(", ")}`);
    return `${family} ${table} ${hook}: ${packets.join("; ")}: ${old} before, ${now} after`;
  });
  const more = moreDifferences === true ? ["There are more."] : [];
  return (
    <>
      <Sentences title="Packets that fare otherwise" sentences={[...sentences, ...more]} />
      {check.witness !== undefined && <Witness data={data} witness={check.witness} />}
    </>
  );
}

interface WitnessProps {
  readonly data: PageData;
  readonly witness: NonNullable<VerifyView["witness"]>;
}

function Witness({ data, witness }: WitnessProps) {
  const { packet, old, new: now } = witness;
  const fields = Object.entries(packet.fields).map(([name, value]) => `${name} ${value}`);
  return (
    <Part title="One such packet">
      <p>
        {packet.table} {packet.hook}: {fields.join(", ")}
      </p>
      <p>
        <a href={witnessAddress(data, witness)}>Try this packet</a>
      </p>
      {[old, now].map((walk, at) => (
        <section key={at}>
          <h4>
            {at === 0 ? "Before" : "After"}: {walk.verdict}
          </h4>
          <ol class="quotes">
            {walk.steps.map(({ chain, line, text }) => (
              <li key={line}>
                {line === 0 ? `policy of ${chain}` : `${line}`} <code>{text}</code>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </Part>
  );
}

function Costs({ costs }: { readonly costs: readonly CostView[] }) {
  return (
    <>
      <div class="wide">
        <table>
          <caption>Estimated cost of a packet in ns, beside what every packet costs</caption>
          <thead>
            <tr>
              <th scope="col">Chain</th>
              <th scope="col">Expected</th>
              <th scope="col">At most</th>
              <th scope="col">Rules that it reaches</th>
              <th scope="col">Judged by</th>
            </tr>
          </thead>
          <tbody>
            {costs.flatMap(({ family, chains }) =>
              chains.map(({ table, chain, old, new: now, basis }) => (
                <tr key={`${family} ${table} ${chain}`}>
                  <th scope="row">
                    {family} {table} {chain}
                  </th>
                  <td>
                    <CostChange old={old.expected} now={now.expected} />
                  </td>
                  <td>
                    <CostChange old={old.worst} now={now.worst} />
                  </td>
                  <td>
                    {old.rules} → {now.rules}
                  </td>
                  <td>{BASES[basis.kind]}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
      <Sentences title="What was chosen" sentences={describeChoices(costs)} />
    </>
  );
}

const BASES = { traffic: "traffic", counters: "counters of the rules", rules: "all rules alike" } as const;

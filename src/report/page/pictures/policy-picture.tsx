/**
 * The policy as a picture: a table of those who send and those who get, whose cells have a letter and a colour for each set of services.
 */
import { useMemo } from "preact/hooks";
import { printAddress } from "../address.ts";
import type { TabProps } from "../tab-props.ts";
import { amount, describeCell, FATE_WORDS, serviceWord } from "./in-words.ts";
import { Beside } from "./beside.tsx";
import { linkPicture, parseChoice } from "./choice.ts";
import { Choose } from "./choose.tsx";
import { MatrixGrid } from "./matrix-grid.tsx";
import {
  type Head,
  listPlaces,
  makePolicyMatrix,
  type Place,
  type PolicyCell,
  type PolicyMark,
  type PolicyMatrix,
  type ServiceSet,
} from "./policy-matrix.ts";
import { Chip } from "./chip.tsx";
import { targetOf } from "./policy-side.ts";
import { useShown } from "./use-shown.ts";

/** Shows it: of one place, or of each on paper. */
export function PolicyPicture(props: TabProps) {
  const { data, address, isPrinted } = props;
  const places = useMemo(() => listPlaces(data), [data]);
  const refused = data.report.products.filter(({ accept }) => !accept).length;
  if (places.length === 0)
    return (
      <p>
        There is no policy rule to draw: no group was found that saves a line, or all are refused in the plan.
        What the rules say one by one is in <a href={linkPicture("flat")}>the flat rules</a>.
      </p>
    );
  const focus = isPrinted ? "" : parseChoice(address.item).focus;
  const holding = places.filter(({ rules }) => rules.some(({ id }) => id === focus));
  const place =
    places.find(
      ({ key }) => key === address.only && (holding.length === 0 || holding.some((has) => has.key === key)),
    ) ??
    holding[0] ??
    places[0]!;
  const shown = isPrinted
    ? places.filter(({ key }) => key.split(" ").length === 2 || isAlone(places, key))
    : [place];
  return (
    <>
      {!isPrinted && (
        <Choose
          label="Chain"
          value={place.key}
          choices={places.map(({ key, title, rules }) => ({ key, title: `${title} (${rules.length})` }))}
          link={(only) => linkPicture("policy", "", { only })}
        />
      )}
      {refused > 0 && (
        <p>
          {refused.toLocaleString("en")} refused in the plan: not drawn, in{" "}
          <a href={printAddress({ tab: "policy" })}>Policy rules</a>.
        </p>
      )}
      {shown.map((each) => (
        <PlacePicture key={each.key} {...props} place={each} focus={focus} />
      ))}
    </>
  );
}

/** Whether a chain is the only one of its table. */
function isAlone(places: readonly Place[], key: string): boolean {
  const table = key.split(" ").slice(0, 2).join(" ");
  return !places.some((other) => other.key === table);
}

interface PlaceProps extends TabProps {
  readonly place: Place;
  /** Id of the policy rule whose cell is chosen. */
  readonly focus: string;
}

function PlacePicture({ data, place, focus, isPrinted }: PlaceProps) {
  const matrix = useMemo(() => makePolicyMatrix(place.rules, data.report.groups), [data, place]);
  const chosen = matrix.cells.findIndex(({ marks }) => marks.some(({ rule }) => rule.id === focus));
  const [shown, point] = useShown(chosen);
  const cell = matrix.cells[shown];
  const words =
    cell === undefined ? (
      <p>Choose a cell to see its policy rules. The arrow keys move from cell to cell.</p>
    ) : (
      <CellRules matrix={matrix} cell={cell} />
    );
  return (
    <Beside words={isPrinted ? null : words}>
      <MatrixGrid
        isPrinted={isPrinted}
        label={`${place.title}: sources in rows, destinations in columns`}
        rows={matrix.rows.map(({ label }) => labelOf(label))}
        columns={matrix.columns.map(({ label }) => labelOf(label))}
        cells={matrix.cells}
        chosen={chosen}
        describe={(cell) => describeCell(matrix, cell)}
        show={({ marks }) => <Chips matrix={matrix} marks={marks} />}
        onChoose={(at) =>
          location.replace(linkPicture("policy", matrix.cells[at]!.marks[0]!.rule.id, { only: place.key }))
        }
        onPoint={point}
      />
      <Legend matrix={matrix} />
    </Beside>
  );
}

function labelOf(label: string): string {
  return label === "" ? "any" : label;
}

/** A letter, with a sign where there are further conditions. */
function codeOf(
  { services }: PolicyMatrix,
  { service, limits }: Pick<PolicyMark, "service" | "limits">,
): string {
  return services[service]!.code + (limits === "" ? "" : "*");
}

/** More rules than these in a cell are counted. */
const MOST_CHIPS = 4;

function Chips({ matrix, marks }: { readonly matrix: PolicyMatrix; readonly marks: PolicyCell["marks"] }) {
  const shown = marks.length > MOST_CHIPS ? marks.slice(0, MOST_CHIPS - 1) : marks;
  return (
    <>
      {shown.map((mark) => (
        <Chip key={mark.rule.id} number={mark.service} fate={mark.fate} code={codeOf(matrix, mark)} />
      ))}
      {shown.length < marks.length && <span class="count">+{marks.length - shown.length}</span>}
    </>
  );
}

function CellRules({ matrix, cell }: { readonly matrix: PolicyMatrix; readonly cell: PolicyCell }) {
  return (
    <>
      <p>
        <Side head={matrix.rows[cell.row]!} /> → <Side head={matrix.columns[cell.column]!} />
      </p>
      <ul>
        {cell.marks.map(({ rule, service, fate, limits }) => (
          <li key={rule.id}>
            <Chip number={service} fate={fate} code={codeOf(matrix, { service, limits })} />{" "}
            <a href={printAddress({ tab: "policy", item: rule.id })}>{rule.name}</a> in {rule.chain}:{" "}
            <Service set={matrix.services[service]!} /> <b>{targetOf(rule)}</b>
            {limits !== "" && (
              <>
                {" "}
                only if <code>{limits}</code>
              </>
            )}
            ; stands for <a href={linkPicture("rule", rule.id)}>{amount(rule.lines.length, "rule")}</a>:{" "}
            <code>{rule.summary}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

function Side({ head }: { readonly head: Head }) {
  if (head.groups.length === 0) return <b>{labelOf(head.label)}</b>;
  return (
    <>
      <b>{head.label}</b> (
      {head.groups.map(({ id, name, members }, at) => (
        <span key={id}>
          {at > 0 ? ", " : ""}
          <a href={printAddress({ tab: "groups", item: id })}>{name}</a>: {members.length} members
        </span>
      ))}
      )
    </>
  );
}

function Service({ set }: { readonly set: ServiceSet }) {
  if (set.group === null) return <>{serviceWord(set)}</>;
  return <a href={printAddress({ tab: "groups", item: set.group.id })}>{set.label}</a>;
}

function Legend({ matrix: { services, cells } }: { readonly matrix: PolicyMatrix }) {
  const isLimited = cells.some(({ marks }) => marks.some(({ limits }) => limits !== ""));
  return (
    <section class="legend">
      <h3>Services, and what becomes of packets</h3>
      <ul>
        {(["accepts", "denies", "other"] as const).map((fate) => (
          <li key={fate}>
            <Chip number={-1} fate={fate} code="A" /> {FATE_WORDS[fate]}
          </li>
        ))}
        {isLimited && (
          <li>
            <Chip number={-1} fate="accepts" code="A*" /> with further conditions: only if these hold
          </li>
        )}
      </ul>
      <ul>
        {services.map((set, at) => (
          <li key={set.code}>
            <Chip number={at} fate="accepts" code={set.code} /> <Service set={set} />{" "}
            <span class="count" title={amount(set.rules, "policy rule")}>
              {set.rules}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

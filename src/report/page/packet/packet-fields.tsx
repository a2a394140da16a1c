/**
 * The fields of a packet. What is wrong with a value stands at its field, in the words of `markify explain`.
 */
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { ExplainFault } from "../../../verify/explain/types.ts";
import { type FormField, fieldOf, formOf, HOOKS, type PacketForm, textOf } from "./packet-form.ts";
import type { PacketSides } from "./packet-rulesets.ts";

interface FieldSpec {
  readonly field: Exclude<FormField, "hook">;
  readonly label: string;
  readonly placeholder: string;
  readonly isWide?: true;
  /** Whether a packet like the one in the form has it; missing for what every packet has. */
  readonly isFor?: (form: PacketForm) => boolean;
}

const PORTLESS = /^(icmp|icmpv6|ipv6-icmp|1|58|esp|ah|gre|50|51|47)$/i;

const SPECS: readonly FieldSpec[] = [
  { field: "in", label: "In by interface", placeholder: "eth0", isFor: ({ hook }) => hook !== "OUTPUT" },
  {
    field: "out",
    label: "Out by interface",
    placeholder: "eth1",
    isFor: ({ hook }) => hook !== "INPUT" && hook !== "PREROUTING",
  },
  { field: "source", label: "Source", placeholder: "one address" },
  { field: "destination", label: "Destination", placeholder: "one address" },
  { field: "protocol", label: "Protocol", placeholder: "tcp" },
  {
    field: "sport",
    label: "Source port",
    placeholder: "49152",
    isFor: ({ protocol }) => !PORTLESS.test(protocol),
  },
  {
    field: "dport",
    label: "Destination port",
    placeholder: "443",
    isFor: ({ protocol }) => !PORTLESS.test(protocol),
  },
  {
    field: "icmpType",
    label: "ICMP type",
    placeholder: "echo-request",
    isFor: ({ protocol }) => /icmp|^(1|58)$/i.test(protocol),
  },
  {
    field: "tcpFlags",
    label: "TCP flags",
    placeholder: "SYN when NEW, else ACK",
    isFor: ({ protocol }) => /^(tcp|6)$/i.test(protocol),
  },
  { field: "state", label: "Connection state", placeholder: "NEW" },
  { field: "table", label: "Table", placeholder: "filter" },
  {
    field: "more",
    label: "More, as markify explain takes it",
    placeholder: "--mark 0x1 --match '-m limit --limit 5/min=true'",
    isWide: true,
  },
];

const PLACES: Readonly<Record<(typeof HOOKS)[number], string>> = {
  INPUT: "to this host (INPUT)",
  FORWARD: "through this host (FORWARD)",
  OUTPUT: "from this host (OUTPUT)",
  PREROUTING: "before routing (PREROUTING)",
  POSTROUTING: "after routing (POSTROUTING)",
};

/** What the form is made from. */
export interface PacketFieldsProps {
  /** The packet of the address; empty for none. */
  readonly text: string;
  /** The address of a packet by its words. */
  readonly addressOf: (text: string) => string;
  readonly faults: readonly ExplainFault[];
  /** Null where they are not read yet. */
  readonly sides: PacketSides | null;
}

/** Shows it. Nothing is walked before somebody asks for it: half an address is no packet. */
export function PacketFields({ text, addressOf, faults, sides }: PacketFieldsProps) {
  const [form, setForm] = useState(() => formOf(text));
  useLayoutEffect(() => setForm(formOf(text)), [text]);
  const wrong = new Set(faults.map(fieldOf));
  const shown = SPECS.filter(
    ({ field, isFor }) => isFor?.(form) !== false || form[field] !== "" || wrong.has(field),
  );
  const names = useMemo(() => (sides === null ? [] : listInterfaces(sides)), [sides]);
  const set = (field: FormField, value: string): void => setForm({ ...form, [field]: value });
  return (
    <form
      class="packet"
      onSubmit={(event) => {
        event.preventDefault();
        location.hash = addressOf(textOf(form));
      }}
    >
      <label class="field where">
        Where it is
        <select value={form.hook} onChange={({ currentTarget: { value } }) => set("hook", value)}>
          {HOOKS.map((hook) => (
            <option key={hook} value={hook}>
              {PLACES[hook]}
            </option>
          ))}
        </select>
      </label>
      {shown.map((spec) => (
        <Field
          key={spec.field}
          spec={spec}
          value={form[spec.field]}
          faults={faults.filter((fault) => fieldOf(fault) === spec.field)}
          onInput={(value) => set(spec.field, value)}
        />
      ))}
      <Choices id="packet-in" values={names} />
      <Choices id="packet-out" values={names} />
      <Choices id="packet-protocol" values={["tcp", "udp", "icmp", "icmpv6", "esp", "gre", "sctp"]} />
      <Choices id="packet-state" values={["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"]} />
      <Choices id="packet-table" values={["filter", "nat", "mangle", "raw", "security", "all"]} />
      <button type="submit">walk both rulesets</button>
    </form>
  );
}

interface FieldProps {
  readonly spec: FieldSpec;
  readonly value: string;
  readonly faults: readonly ExplainFault[];
  readonly onInput: (value: string) => void;
}

function Field({ spec: { field, label, placeholder, isWide }, value, faults, onInput }: FieldProps) {
  const isWrong = faults.length > 0;
  return (
    <div class={isWide === true ? "field wide-field" : "field"}>
      <label for={`packet-field-${field}`}>{label}</label>
      <input
        id={`packet-field-${field}`}
        name={field}
        value={value}
        placeholder={placeholder}
        list={`packet-${field}`}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={isWrong ? "true" : undefined}
        aria-describedby={isWrong ? `packet-fault-${field}` : undefined}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {isWrong && (
        <span id={`packet-fault-${field}`} class="bad" role="alert">
          {faults.map(({ message, next }) => (next === "" ? message : `${message}: ${next}`)).join("; ")}
        </span>
      )}
    </div>
  );
}

function Choices({ id, values }: { readonly id: string; readonly values: readonly string[] }) {
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

/** Interfaces that rules name, without patterns. */
function listInterfaces({ old, new: now }: PacketSides): readonly string[] {
  const names = new Set<string>();
  for (const { ruleset } of [old, now])
    for (const { chains } of ruleset.tables)
      for (const { rules } of chains)
        for (const { matches } of rules)
          for (const match of matches)
            if ((match.kind === "in" || match.kind === "out") && !match.name.endsWith("+"))
              names.add(match.name);
  return [...names].sort();
}

/**
 * `docs/support.md` from the tables of options: what markify makes of each match and target. `scripts/support-table.mjs` writes it,
 * `test/report/support-table.test.ts` holds it to that.
 */
import { MATCH_ROWS } from "../model/match-table.ts";
import type { MatchModel, MatchRow, OptionRow, OptionTable, Origin, TargetRow } from "../model/options.ts";
import { TARGET_ROWS } from "../model/target-table.ts";
import type { Family } from "../model/types.ts";

const INTRODUCTION = `# What is supported

Every match and target of iptables 1.8 (\`iptables-extensions(8)\`), and some that old dumps hold, are **parsed**: all options are known with the number
of their values and whether \`!\` may stand before them, so that no value is taken for an option. The tables below say what else is known.

This file is written by \`node scripts/support-table.mjs\` from the tables that the parser uses.

**Options**: \`!\` before an option: it can be negated. \`=1\`, \`=2\`: so many values; \`=0|1\`: one, or none. \`a/b\`: two names of one option. Starts of names
and \`--option=value\` are read as iptables reads them.

**Anything else** (\`-m geoip\`, \`-j ACCOUNT\`) is unknown: a warning names it, all words up to the next option of the rule itself are taken for
its own, and its rule stays word for word where it is.
`;

const MATCHES = `## Matches

- **modelled**: the proof knows what it means; rules may be grouped and moved by it.
- **opaque, pure**: one unknown answer for each packet, the same wherever that text is asked; rules with it may be grouped and moved.
- **opaque, in place**: reads behind the IP header, where a short one drops the packet or has an answer that depends on the backend; its rule stays where it is and
  is asked for exactly the same packets.
- **stateful**: counts, remembers, or asks something that changes between two packets; likewise its rule stays where it is.
`;

const TARGETS = `## Targets

- **modelled**: the proof knows what it does to the packet.
- **effect**: the walk goes on, and the proof keeps the target's order and the packets that see it.
- **ends**: the walk ends there, and all options are part of the verdict.
- **ends or not**: by what the packet or the host is; the proof asks it once for each place.

ACCEPT, DROP, RETURN, QUEUE, \`-j CHAIN\` and \`-g CHAIN\` are modelled.
`;

const HOW: Readonly<Record<MatchModel, string>> = {
  typed: "modelled",
  pure: "opaque, pure",
  header: "opaque, in place",
  stateful: "stateful",
};

/** Where a row is more than one thing. */
const NOTES: ReadonlyMap<string, string> = new Map([
  ["conntrack", "`--ctstate` alone; opaque, pure with others; stateful with `--ctexpire`"],
  ["dccp", "ports; opaque, in place with `--dccp-types` or `--dccp-option`"],
  ["sctp", "ports; opaque, in place with `--chunk-types`"],
  ["rpfilter", "in place with `--validmark`"],
  ["CONNMARK", "effect with shifts"],
]);

const ORIGINS: Readonly<Record<Origin, string>> = {
  iptables: "",
  old: "not in iptables 1.8",
  "add-on": "of xtables-addons",
};

/** The whole file; ends with a line end. */
export function renderSupportTable(): string {
  const matches = sorted(MATCH_ROWS).map((row) => line("-m", row, HOW[row.model]));
  const targets = sorted(TARGET_ROWS).map((row) => line("-j", row, targetHow(row)));
  const head = (name: string) => `| ${name} | for | how | options |\n|---|---|---|---|\n`;
  return [
    INTRODUCTION,
    `${MATCHES}\n${head("match")}${matches.join("\n")}\n`,
    `${TARGETS}\n${head("target")}${targets.join("\n")}\n`,
  ].join("\n");
}

function sorted<T extends { readonly name: string }>(rows: ReadonlyMap<string, T>): readonly T[] {
  return [...rows.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function targetHow({ typed, ends }: TargetRow): string {
  if (typed) return "modelled";
  return { always: "ends", never: "effect", unknown: "ends or not" }[ends];
}

function line(option: string, row: MatchRow | TargetRow, how: string): string {
  const more = [how, NOTES.get(row.name), ORIGINS[row.origin]].filter(
    (text) => text !== undefined && text !== "",
  );
  return `| \`${option} ${row.name}\` | ${families(row.family)} | ${more.join("; ")} | ${optionList(row.options)} |`;
}

function families(family: Family | null): string {
  return family === null ? "v4, v6" : family;
}

function optionList(options: OptionTable): string {
  const names = new Map<OptionRow, string[]>();
  for (const [name, row] of options) names.set(row, [...(names.get(row) ?? []), name]);
  return [...names].map(([row, all]) => `\`${optionText(row, all)}\``).join(" ");
}

function optionText({ negatable, optional, values }: OptionRow, names: readonly string[]): string {
  const count = optional ? "=0\\|1" : values === 0 ? "" : `=${values}`;
  return `${negatable ? "! " : ""}--${names.join("/")}${count}`;
}

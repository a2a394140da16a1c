/**
 * The smallest change that leads from one rewritten ruleset to another: rules that go and rules that come, as iptables commands and as input of
 * `iptables-restore --noflush`.
 */
import { diffArrays } from "diff";
import type { Chain, Family, Ruleset, Table } from "../model/types.ts";

/** One command without its program: `-A S-LAN -s 10.1.2.3/32 -j MARK --set-xmark 0x1/0x1`. */
export interface RuleCommand {
  readonly table: string;
  readonly text: string;
}

/**
 * The commands, in the order in which they have to run. Null where the rulesets differ in more than rules of chains that both have.
 */
export function findSmallChange(old: Ruleset, now: Ruleset): readonly RuleCommand[] | null {
  if (old.tables.map(({ name }) => name).join() !== now.tables.map(({ name }) => name).join()) return null;
  const commands: RuleCommand[] = [];
  for (const [at, table] of old.tables.entries()) {
    const own = changeTable(table, now.tables[at]!);
    if (own === null) return null;
    commands.push(...own);
  }
  return commands;
}

function changeTable(old: Table, now: Table): readonly RuleCommand[] | null {
  const head = ({ name, policy }: Chain) => `${name} ${policy}`;
  if (old.chains.map(head).join("\n") !== now.chains.map(head).join("\n")) return null;
  return old.chains.flatMap((chain, at) =>
    changeChain(chain, now.chains[at]!).map((text) => ({ table: old.name, text })),
  );
}

/** The rules of a chain as iptables-save prints them behind `-A NAME `. */
function rulesOf({ rules }: Chain): readonly string[] {
  return rules.map(({ matches, target }) =>
    [...matches.map(({ text }) => text), target.text].filter((word) => word !== "").join(" "),
  );
}

function changeChain(old: Chain, now: Chain): readonly string[] {
  const [before, after] = [rulesOf(old), rulesOf(now)];
  const commands: string[] = [];
  // How many rules of the chain as it is by then stand before the place.
  let at = 0;
  let length = before.length;
  for (const { value, added, removed } of diffArrays([...before], [...after])) {
    if (removed) {
      for (const rule of value) {
        // By number where the text could mean another rule, too.
        const isOnly = before.indexOf(rule) === before.lastIndexOf(rule) && !after.includes(rule);
        commands.push(isOnly ? `-D ${old.name} ${rule}` : `-D ${old.name} ${at + 1}`);
        length--;
      }
    } else if (added) {
      for (const rule of value) {
        commands.push(at === length ? `-A ${old.name} ${rule}` : `-I ${old.name} ${at + 1} ${rule}`);
        at++;
        length++;
      }
    } else at += value.length;
  }
  return commands;
}

/** Input of `iptables-restore --noflush`: one transaction for each table. */
export function printRestore(commands: readonly RuleCommand[]): string {
  const tables = [...new Set(commands.map(({ table }) => table))];
  return tables
    .map((name) => {
      const own = commands.filter(({ table }) => table === name);
      return [`*${name}`, ...own.map(({ text }) => text), "COMMIT", ""].join("\n");
    })
    .join("");
}

/** Words that a shell takes as they are. */
const PLAIN = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** Lines for a shell: a command a rule, or one here-document where a rule has signs that a shell reads. */
export function printCommands(commands: readonly RuleCommand[], family: Family): string {
  const program = family === "v4" ? "iptables" : "ip6tables";
  // `!` is a word of its own in rules, and means nothing to a shell in a script.
  const isPlain = commands.every(({ text }) =>
    text.split(" ").every((word) => word === "!" || PLAIN.test(word)),
  );
  if (!isPlain) return `${program}-restore --noflush <<'END'\n${printRestore(commands)}END\n`;
  return commands
    .map(({ table, text }) => `${program} ${table === "filter" ? "" : `-t ${table} `}${text}\n`)
    .join("");
}

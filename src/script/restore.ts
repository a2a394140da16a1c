/**
 * What `iptables-restore` does with a text that the script feeds it. A table is changed at its COMMIT or not at all.
 *
 * Source: iptables 1.8.9, `iptables/iptables-restore.c`, `ip46tables_restore_main`.
 */
import { isBaseChain, isTableName } from "../model/tables.ts";
import { splitWords } from "../syntax/lex.ts";
import { readCommandLine } from "./command-line.ts";
import { Firewall, type Outcome } from "./firewall.ts";
import {
  holeIn,
  known,
  type Piece,
  type Pieces,
  slicePieces,
  splitLines,
  type Stretch,
  stretchOf,
  textOf,
  type Unknown,
} from "./pieces.ts";
import { emptyTable, type MadeTable, withChain } from "./tables.ts";

/** Options of iptables-restore that matter. */
export interface RestoreOptions {
  readonly keepsRules: boolean;
  /** Only this table; null for all. */
  readonly only: string | null;
}

/** Findings of a restore. */
export interface RestoreReport {
  readonly unknown: (unknown: Unknown, at: Stretch) => void;
  readonly failed: (outcome: Outcome & { readonly at: Stretch }) => void;
}

/** Reads the text and changes the firewall's tables; false when iptables-restore would fail. */
export function restoreTables(
  firewall: Firewall,
  input: Pieces,
  at: Stretch,
  options: RestoreOptions,
  report: RestoreReport,
): boolean {
  const restore = new Restore(firewall, at, options, report);
  for (const line of splitLines(input)) restore.readLine(line);
  return restore.finish();
}

/** Walks over the lines. */
class Restore {
  readonly #target: Firewall;
  readonly #at: Stretch;
  readonly #options: RestoreOptions;
  readonly #report: RestoreReport;
  /** The table that is open, in a firewall of its own until its COMMIT. */
  #open: { readonly firewall: Firewall; readonly name: string; readonly at: Stretch } | null = null;
  #ok = true;

  constructor(target: Firewall, at: Stretch, options: RestoreOptions, report: RestoreReport) {
    this.#target = target;
    this.#at = at;
    this.#options = options;
    this.#report = report;
  }

  finish(): boolean {
    if (this.#open !== null) this.#fail(`table ${this.#open.name} has no COMMIT`, this.#open.at);
    return this.#ok;
  }

  #fail(why: string, at: Stretch): void {
    this.#ok = false;
    this.#report.failed({ kind: "refused", why, at });
  }

  readLine(line: Pieces): void {
    const at = stretchOf(line, this.#at);
    const unknown = holeIn(line);
    const text = textOf(line).trimEnd();
    if (unknown !== null) {
      this.#ok = false;
      this.#report.unknown(unknown, at);
    } else if (text.trim() === "" || text.startsWith("#")) return;
    else if (text.startsWith("*")) this.#openTable(text.slice(1).trim(), at);
    else if (this.#open === null) this.#fail(`${text} outside a table`, at);
    else if (text === "COMMIT") this.#commit();
    else if (text.startsWith(":")) this.#declare(this.#words(line), at);
    else this.#command(this.#words(line), at);
  }

  /** The words of a line, as iptables-restore splits it. */
  #words(line: Pieces): readonly Pieces[] {
    const text = textOf(line);
    return splitWords(text, 0, text.length).words.map((word): Pieces => {
      const pieces = slicePieces(line, word.start, word.end);
      return textOf(pieces) === word.text ? pieces : [known(word.text, stretchOf(pieces, this.#at))];
    });
  }

  #openTable(name: string, at: Stretch): void {
    if (this.#open !== null) this.#fail(`table ${this.#open.name} has no COMMIT`, this.#open.at);
    if (!isTableName(name)) {
      this.#fail(`there is no table ${name}`, at);
      return;
    }
    const firewall = new Firewall(this.#target.family);
    const before = this.#target.table(name, at);
    firewall.replaceTable(this.#options.keepsRules ? before : cleared(before, at));
    this.#open = { firewall, name, at };
  }

  #isLeftOut(): boolean {
    return this.#options.only !== null && this.#open?.name !== this.#options.only;
  }

  #commit(): void {
    const { firewall, name, at } = this.#open!;
    if (!this.#isLeftOut()) this.#target.replaceTable(firewall.table(name, at));
    this.#open = null;
  }

  #declare(words: readonly Pieces[], at: Stretch): void {
    const { firewall, name } = this.#open!;
    const [first = [], policyWord = []] = words;
    const text = textOf(first);
    const chain = (text === ":" ? policyWord : slicePieces(first, 1, text.length)) as readonly Piece[];
    const policy = textOf(text === ":" ? (words[2] ?? []) : policyWord);
    const chainName = textOf(chain);
    const table = firewall.table(name, at);
    if (isBaseChain(name, chainName)) {
      const old = table.chains.get(chainName)!;
      if (policy === "ACCEPT" || policy === "DROP")
        firewall.replaceTable(withChain(table, { ...old, policy, at }));
      else if (policy !== "-") this.#fail(`${policy || "nothing"} is no policy: ACCEPT or DROP`, at);
      return;
    }
    const isThere = table.chains.has(chainName);
    const verb = isThere && this.#options.keepsRules ? "F" : "N";
    this.#take(firewall.execute({ verb, operands: [chain], table: [known(name, at)], rule: [] }, at));
  }

  #command(words: readonly Pieces[], at: Stretch): void {
    const { firewall, name } = this.#open!;
    const [first] = words;
    const args = first !== undefined && /^\[\d+:\d+\]$/u.test(textOf(first)) ? words.slice(1) : words;
    const command = readCommandLine(args);
    if ("why" in command)
      this.#take({ kind: "doubt", why: command.why, at: stretchOf(command.word ?? [], at) });
    else if (command.table !== null) this.#fail("-t has no place in the input of iptables-restore", at);
    else this.#take(firewall.execute({ ...command, table: [known(name, at)] }, at));
  }

  #take(outcome: Outcome): void {
    if (outcome.kind === "done" || this.#isLeftOut()) return;
    this.#ok = false;
    this.#report.failed(outcome);
  }
}

/** Without rules and chains of the user's; policies stay until a line sets them. */
function cleared(before: MadeTable, at: Stretch): MadeTable {
  const made = emptyTable(before.name, at, true);
  const chains = [...made.chains].map(([name, chain]): [string, typeof chain] => {
    const old = before.chains.get(name);
    return [name, { ...chain, policy: old?.policy ?? "ACCEPT", at: old?.at ?? null }];
  });
  return { ...made, chains: new Map(chains) };
}

/**
 * Calls of iptables in a script: what they do to the tables, what they print, and every reason why that can't be told.
 */
import { MATCH_ROWS } from "../model/match-table.ts";
import type { Family } from "../model/types.ts";
import { type CommandLine, readCommandLine } from "./command-line.ts";
import { Firewall, type Outcome } from "./firewall.ts";
import {
  hole,
  known,
  type Piece,
  type Pieces,
  type Stretch,
  stretchOf,
  textOf,
  type Unknown,
} from "./pieces.ts";
import { baseName, type IptablesProgram } from "./programs.ts";
import { restoreTables } from "./restore.ts";
import { flow, type Flow, holeAmong, type Io, reportHole, type Run } from "./run-types.ts";

/** The tables of both families, and how many commands have come to them. */
export class Firewalls {
  readonly #firewalls = new Map<Family, Firewall>();
  /** Calls that change rules or fail to. */
  count = 0;

  of(family: Family): Firewall {
    const known = this.#firewalls.get(family);
    if (known !== undefined) return known;
    const made = new Firewall(family);
    this.#firewalls.set(family, made);
    return made;
  }

  get all(): readonly Firewall[] {
    return [...this.#firewalls.values()];
  }

  /** A script that goes through the tables that the kernel has: those that it has touched count, and nothing else is left. */
  listTables(family: Family, at: Stretch): Pieces {
    const firewall = this.of(family);
    firewall.allFresh = true;
    return firewall.tables.flatMap(({ name }) => [known(`${name}\n`, at)]);
  }
}

/** Runs one call of a program of iptables. */
export function runIptables(
  program: IptablesProgram,
  args: readonly Pieces[],
  at: Stretch,
  io: Io,
  run: Run,
  firewalls: Firewalls,
): Flow {
  if (program.does === "translate" || program.does === "save") {
    const why = "what iptables-save prints is known only when the script runs";
    io.output?.push(hole({ why, at, option: null, inline: false }, at));
    return flow(0);
  }
  const unknown = holeAmong(args);
  if (unknown !== null) {
    firewalls.count += 1;
    run.state.hasLoaded = true;
    run.state.hasSkipped = true;
    reportHole(run, unknown, holePlace(args, at));
    return flow(unknown);
  }
  checkEnd(at, run);
  const firewall = firewalls.of(program.family);
  return program.does === "restore"
    ? runRestore(firewall, args, at, io, run, firewalls)
    : runCommand(firewall, args, at, io, run, firewalls);
}

/** Where the hole stands: the word that has it. */
function holePlace(args: readonly Pieces[], at: Stretch): Stretch {
  return args.flat().find((piece) => piece.unknown !== null) ?? at;
}

/** An `exit` before that may have ended the script decides about every command behind it; it is reported once. */
function checkEnd(at: Stretch, run: Run): void {
  for (const end of run.state.takeEnds())
    run.report("SCRIPT_MAY_END", end.at ?? at, { why: end.why, option: end.option ?? "" });
}

function runCommand(
  firewall: Firewall,
  args: readonly Pieces[],
  at: Stretch,
  io: Io,
  run: Run,
  firewalls: Firewalls,
): Flow {
  if (args.length === 0 || args.every((arg) => /^(?:-V|--version|-h|--help)$/u.test(textOf(arg)))) {
    io.output?.push(
      hole(
        {
          why: "the version of iptables is known only when the script runs",
          at,
          option: null,
          inline: false,
        },
        at,
      ),
    );
    return flow(0);
  }
  const command = readCommandLine(args);
  if ("why" in command) {
    firewalls.count += 1;
    run.state.hasLoaded = true;
    run.state.hasSkipped = true;
    run.report("SCRIPT_COMMAND_UNREADABLE", stretchOf(command.word ?? [], at), { why: command.why });
    return flow(unknownFailure(at));
  }
  if (/^[LSCZ]$/u.test(command.verb)) return runQuery(firewall, command, at, io, run);
  firewalls.count += 1;
  run.state.hasLoaded = true;
  if (run.state.unsure !== null) return reportUnsure(run.state.unsure, at, run);
  // A rule or a policy that fails to come is missed, whoever throws the complaint away.
  const mayFail = /^[NDXFE]$/u.test(command.verb);
  const outcome = firewall.execute(command, at);
  if (outcome.kind === "refused" && io.tested && !mayFail)
    run.report("SCRIPT_FAILURE_HANDLED", outcome.at, { why: outcome.why });
  const odd = io.tested ? unknownModule(args) : null;
  if (odd !== null && outcome.kind === "done") {
    const why = `whether iptables has the match ${odd} is known only when the script runs`;
    return flow({ why, at, option: null, inline: false });
  }
  return finish(outcome, { ...io, quiet: io.quiet && mayFail }, run);
}

/** A match that not every iptables has, of a command whose success the script looks at. */
function unknownModule(args: readonly Pieces[]): string | null {
  const texts = args.map(textOf);
  const named = texts.filter((_, index) => texts[index - 1] === "-m" || texts[index - 1] === "--match");
  return named.find((name) => !MATCH_ROWS.has(name)) ?? null;
}

function reportUnsure(unsure: Unknown, at: Stretch, run: Run): Flow {
  run.state.hasSkipped = true;
  run.report("SCRIPT_CONDITION_UNKNOWN", at, { why: unsure.why, option: unsure.option ?? "" });
  return flow(unsure);
}

/** `-L`, `-S`, `-C`, `-Z` change nothing that a save file shows. */
function runQuery(firewall: Firewall, command: CommandLine, at: Stretch, io: Io, run: Run): Flow {
  if (run.state.unsure !== null) {
    io.output?.push(hole({ ...run.state.unsure, inline: false }, at));
    return flow(run.state.unsure);
  }
  const outcome = firewall.execute(command, at);
  if (outcome.kind === "doubt") return flow({ why: outcome.why, at, option: null, inline: false });
  if (command.verb === "L" && outcome.kind === "done") io.output?.push(...listing(firewall, command, at));
  else
    io.output?.push(
      hole(
        { why: "what iptables prints is known only when the script runs", at, option: null, inline: false },
        at,
      ),
    );
  return flow(outcome.kind === "done" ? 0 : unknownFailure(at));
}

/** What `-L -n` prints, as far as scripts look at it: the names of chains and targets. */
function listing(firewall: Firewall, { table, operands }: CommandLine, at: Stretch): Pieces {
  const made = firewall.table(table === null ? "filter" : textOf(table), at);
  const only = operands[0] === undefined ? null : textOf(operands[0]);
  const pieces: Piece[] = [];
  const rest = hole(
    { why: "what iptables -L prints is known only when the script runs", at, option: null, inline: true },
    at,
  );
  for (const chain of made.chains.values()) {
    if (only !== null && chain.name !== only) continue;
    const references = chain.policy === null ? "(0 references)" : `(policy ${chain.policy})`;
    pieces.push(
      known(
        `Chain ${chain.name} ${references}\ntarget     prot opt source               destination         \n`,
        at,
      ),
    );
    for (const rule of chain.rules) {
      const target = rule.tokens.findIndex(({ text }) => text === "-j" || text === "-g");
      pieces.push(
        known(target === -1 ? "? " : `${rule.tokens[target + 1]?.text ?? "?"} `, at),
        rest,
        known("\n", at),
      );
    }
    pieces.push(known("\n", at));
  }
  return pieces;
}

function unknownFailure(at: Stretch): Unknown {
  const why = "the number with which iptables fails is not worked out";
  return { why, at, option: null, inline: true, fails: true };
}

function finish(outcome: Outcome, io: Io, run: Run): Flow {
  if (outcome.kind === "done") return flow(0);
  const { kind, why, at, follows } = outcome;
  const isError = kind === "doubt" || (!io.quiet && !io.tested);
  // What is missing may be what a command was to make about which there is an error already.
  if (isError && !(run.state.hasSkipped && follows === true)) {
    run.report(kind === "doubt" ? "SCRIPT_COMMAND_UNREADABLE" : "SCRIPT_COMMAND_FAILS", at, { why });
    run.state.hasSkipped = true;
  }
  return flow(unknownFailure(at));
}

function runRestore(
  firewall: Firewall,
  args: readonly Pieces[],
  at: Stretch,
  io: Io,
  run: Run,
  firewalls: Firewalls,
): Flow {
  firewalls.count += 1;
  run.state.hasLoaded = true;
  const texts = args.map(textOf);
  let only: string | null = null;
  let input: Pieces | null = null;
  for (let index = 0; index < texts.length; index += 1) {
    const text = texts[index]!;
    if (text === "--test" || /^-[cnvw]*t/u.test(text)) return flow(0);
    if (text === "-T" || text === "--table") {
      only = texts[index + 1] ?? null;
      index += 1;
    } else if (/^--table=/u.test(text)) only = text.slice("--table=".length);
    else if (/^(?:-M|-W|--modprobe|--wait-interval)$/u.test(text)) index += 1;
    else if (/^(?:-w|--wait)$/u.test(text) && /^\d+$/u.test(texts[index + 1] ?? "")) index += 1;
    else if (!text.startsWith("-")) input = readRules(text, stretchOf(args[index]!, at), run);
  }
  const keepsRules = texts.some((text) => text === "--noflush" || /^-[cvw]*n/u.test(text));
  if (run.state.unsure !== null) return reportUnsure(run.state.unsure, at, run);
  let outcome: (Outcome & { readonly at: Stretch }) | null = null;
  const ok = restoreTables(
    firewall,
    input ?? io.input.current.readAll(),
    at,
    { keepsRules, only },
    {
      unknown: (unknown, place) => reportHole(run, unknown, place),
      failed: (failed) => {
        if (outcome === null) finish(failed, { ...io, quiet: false, tested: false }, run);
        outcome = failed;
      },
    },
  );
  return flow(ok);
}

function readRules(path: string, at: Stretch, run: Run): Pieces {
  const file = run.readFile(path, at);
  if (file !== null) return file;
  const why = `the script reads ${baseName(path)}, which is not at hand`;
  return [hole({ why, at, option: "--table-dir DIR with that file in it", inline: false }, at)];
}

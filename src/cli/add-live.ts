/**
 * `apply --live` and what belongs to it on the command line: `confirm`, `rollback`, `history`.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Backend } from "../apply/system.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { confirmExamples, historyExamples, rollbackExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { type LiveOptions, STATE_DIR, USUAL_SECONDS } from "./live/live-options.ts";
import { type CommonOptions, makeCommand } from "./options.ts";
import { makeSession } from "./session.ts";
import { CommandStop } from "./stop.ts";

type Finish = (exitCode: ExitCode) => void;

/** The shortest time in which a person can confirm, and the longest that a locked-out one should wait, in seconds. */
const SHORTEST = 5;
const LONGEST = 86_400;

/** What Commander makes of the options of a live apply. */
export interface LiveFlags {
  readonly live?: true;
  readonly stateDir?: string;
  readonly backend?: Backend;
  readonly keepChain?: readonly string[];
  readonly seconds?: number;
  readonly confirmAfterCheck?: string;
  readonly persist?: true | string;
  readonly ownerKnown?: true;
  readonly acceptStateReset?: true;
  readonly acceptBothBackends?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly replay?: string;
  readonly replayLive?: true;
}

/** Adds them to `apply`. */
export function addLiveOptions(command: Command): Command {
  return command
    .option(
      "--live",
      "load the new rules into the kernel of this machine; the old ones come back unless confirmed",
    )
    .addOption(
      new Option("--backend <backend>", "with --live: which iptables, where both could be meant").choices([
        "legacy",
        "nft",
      ]),
    )
    .option(
      "--keep-chain <pattern>",
      "with --live: leave chains with such names as they are live, such as 'DOCKER*' (repeatable)",
      (text: string, all: readonly string[] = []) => [...all, text],
    )
    .addOption(
      new Option("--seconds <n>", `with --live: time to confirm (default: ${USUAL_SECONDS})`).argParser(
        parseSeconds,
      ),
    )
    .option(
      "--confirm-after-check <command>",
      "with --live: this command decides when it ends: 0 confirms, all else goes back",
    )
    .option(
      "--persist [file]",
      "with --live: when confirmed, write what the machine loads when it starts (the distribution's files, or this one)",
    )
    .option("--dry-run", "with --live: check, try in a namespace, say what would be done")
    .option("--yes", "with --live: load without asking; needed in scripts")
    .option(
      "--replay <file>",
      "with --live: show first how these packets fare (a pcap, or output of conntrack -L)",
    )
    .option("--replay-live", "with --live: show first how the connections that are open now fare")
    .option("--owner-known", "with --live: also where ufw, firewalld, Docker … write rules")
    .option(
      "--accept-state-reset",
      "with --live: also where rules lose what they have counted (quota, limit, recent …)",
    )
    .option("--accept-both-backends", "with --live: also where legacy and nft have rules at once")
    .option("--state-dir <folder>", `with --live: where backups are kept (default: ${STATE_DIR})`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= SHORTEST && seconds <= LONGEST) return seconds;
  throw new InvalidArgumentError(`It has to be a number from ${SHORTEST} to ${LONGEST}.`);
}

/** The options with their defaults; undefined without `--live`. Throws where one is given that only `--live` has. */
export function liveOptionsOf(flags: LiveFlags): LiveOptions | undefined {
  if (flags.live !== true) {
    const names = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (names.length === 0) return undefined;
    const option = names[0]!.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new CommandStop(EXIT.usage, `--${option} goes with --live`);
  }
  return {
    stateDir: flags.stateDir ?? STATE_DIR,
    backend: flags.backend ?? null,
    keepChains: flags.keepChain ?? [],
    seconds: flags.seconds ?? USUAL_SECONDS,
    check: flags.confirmAfterCheck ?? null,
    persist: flags.persist === true ? "" : (flags.persist ?? null),
    ownerKnown: flags.ownerKnown === true,
    acceptStateReset: flags.acceptStateReset === true,
    acceptBothBackends: flags.acceptBothBackends === true,
    dryRun: flags.dryRun === true,
    yes: flags.yes === true,
    replay: flags.replay ?? null,
    replayLive: flags.replayLive === true,
  };
}

interface StateFlags extends CommonOptions {
  readonly stateDir: string;
}

function makeStateCommand(program: Command, name: string, what: string): Command {
  return makeCommand(program, name, what)
    .option("--json", "print what was done as JSON")
    .option("--state-dir <folder>", "where applies have their folders", STATE_DIR);
}

/** Adds `confirm`. */
export function addConfirm(program: Command, io: Io, finish: Finish): void {
  makeStateCommand(program, "confirm", "keep the rules that apply --live has loaded")
    .argument("[id]", "which apply (default: the one that waits)")
    .option("--with-changes", "also where somebody has changed what was loaded, in the wait")
    .addHelpText("after", confirmExamples)
    .action(
      async (
        id: string | undefined,
        { json, color, stateDir, withChanges }: StateFlags & { readonly withChanges?: true },
      ) => {
        const { runConfirm } = await import("./commands/confirm.ts");
        const options = { stateDir, json: json === true, withChanges: withChanges === true };
        finish(await runConfirm(makeSession(io, color), id, options));
      },
    );
}

/** Adds `rollback`. */
export function addRollback(program: Command, io: Io, finish: Finish): void {
  makeStateCommand(program, "rollback", "go back to the rules from before an apply, now or any time later")
    .argument("[id]", "which apply (default: the newest that can be gone back from)")
    .option("--discard-changes", "also where rules that were changed since are lost by it")
    .option(
      "--forget",
      "load nothing: what is live is right as it is, and this apply, whose end is not known, is in no other's way any more",
    )
    .addHelpText("after", rollbackExamples)
    .action(
      async (
        id: string | undefined,
        {
          json,
          color,
          stateDir,
          discardChanges,
          forget,
        }: StateFlags & { readonly discardChanges?: true; readonly forget?: true },
      ) => {
        const { runRollback } = await import("./commands/rollback.ts");
        const flags = { json: json === true, discardChanges: discardChanges === true };
        const options = { stateDir, ...flags, forget: forget === true };
        finish(await runRollback(makeSession(io, color), id, options));
      },
    );
}

/** Adds `history`. */
export function addHistory(program: Command, io: Io, finish: Finish): void {
  makeStateCommand(program, "history", "what was applied to this machine, and how it stands")
    .addHelpText("after", historyExamples)
    .action(async ({ json, color, stateDir }: StateFlags) => {
      const { runHistory } = await import("./commands/history.ts");
      finish(await runHistory(makeSession(io, color), { stateDir, json: json === true }));
    });
}

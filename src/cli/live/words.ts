/**
 * Words that several commands about live rules say alike.
 */
import { basename, dirname } from "node:path";
import { sayLines } from "../../apply/say-lines.ts";
import type { Manifest } from "../../apply/manifest.ts";
import type { Console } from "../console.ts";
import { shellWord } from "../shell.ts";
import { STATE_DIR } from "./live-options.ts";

/** `14:03:27`, by the clock on the wall of the machine. */
export function clockTime(time: Date): string {
  return time.toTimeString().slice(0, 8);
}

/** The command about an apply, by its folder. */
export function nameCommand(command: "confirm" | "rollback", folder: string): string {
  return `markify ${command} ${basename(folder)}${stateDirOption(dirname(folder))}`;
}

/** ` --state-dir …`, where it is not the usual one: without it nothing would be found. */
function stateDirOption(stateDir: string): string {
  return stateDir === STATE_DIR ? "" : ` --state-dir ${shellWord(stateDir)}`;
}

/** What a confirmation comes to. A person who takes "stay" for more than it is would meet the old rules after the next start of the machine. */
export function describeStay({ persist }: Pick<Manifest, "persist">): string {
  const start = "; the next start of the machine loads what it loaded before (--persist was not given)";
  return `confirmed: the new rules stay${persist === null ? start : ""}`;
}

/** The worst end: loudly, with all that a person needs to go back by hand. */
export function sayUnknown(console: Console, folder: string, why: string): void {
  const line = "!".repeat(72);
  console.say(line);
  console.say("IT IS NOT KNOWN WHICH RULES ARE LIVE.");
  console.say(`  ${why}`);
  console.say(`  backup:       ${folder}`);
  console.say(`  by hand:      sh ${shellWord(`${folder}/restore.sh`)}`);
  console.say(line);
}

/** What somebody has changed, as far as a person reads it. */
export function sayChanges({ say }: Console, heading: string, lines: readonly string[]): void {
  sayLines(say, heading, lines);
}

/** What others had changed, as restore.sh wrote it. */
export function sayOthers(console: Console, others: string | null): void {
  if (others === null || others.trim() === "") return;
  console.say("what others had changed meanwhile:");
  for (const line of others.trimEnd().split("\n")) console.say(`  ${line}`);
}

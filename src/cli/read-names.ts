/**
 * The files that names for groups are looked up in: `--names`, `--hosts`, `--services`. Only those that are given, so that the same command gives the same plan on every machine.
 */
import { type NameSourceFiles, readNameBase } from "../plan/naming/name-base.ts";
import type { NameBase } from "../plan/naming/sources.ts";
import type { Plan } from "../plan/types.ts";
import { count } from "../report/findings.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** Paths as they were given. */
export interface NameOptions {
  /** A file of Firewall Builder. */
  readonly names?: string;
  /** Hosts files and reverse-DNS dumps. */
  readonly hosts?: readonly string[];
  readonly services?: string;
}

/** What the files have; the diagnostics tell of those that can't be read. */
export async function readNames(
  io: Io,
  { names, hosts = [], services }: NameOptions,
): Promise<{ readonly base: NameBase; readonly diagnostics: readonly Diagnostic[] }> {
  const read = async (path: string) => {
    if (path === "-") throw new CommandStop(EXIT.usage, "names can't come from standard input");
    return (await readSource(io, path)).file;
  };
  const lists = [];
  for (const path of hosts) lists.push(await read(path));
  const files: NameSourceFiles = {
    names: names === undefined ? undefined : await read(names),
    hosts: lists,
    services: services === undefined ? undefined : await read(services),
  };
  return readNameBase(files);
}

/** How many groups the files have names for, as sentences. */
export function describeNames(
  { groups }: Plan,
  { names, hosts = [], services }: NameOptions,
): readonly string[] {
  const from = (word: string) => groups.filter(({ nameFrom }) => nameFrom === word).length;
  const all = count(groups.length, "group");
  const near = from("fwbuilder-near");
  const like =
    near === 0 ? "" : `, and sets that ${count(near, "more group")} ${near === 1 ? "is" : "are"} like`;
  const sentences: string[] = [];
  if (names !== undefined) sentences.push(`${names} has names for ${from("fwbuilder")} of ${all}${like}`);
  for (const [paths, word] of [
    [hosts, "hosts"],
    [services === undefined ? [] : [services], "services-file"],
  ] as const) {
    const verb = paths.length === 1 ? "has" : "have";
    if (paths.length > 0) sentences.push(`${paths.join(", ")} ${verb} names for ${from(word)} of ${all}`);
  }
  return sentences;
}

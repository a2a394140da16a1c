/**
 * Reads and loads rules and sets with the programs of iptables and ipset, in this network namespace or in another one.
 */
import { readFile } from "node:fs/promises";
import type { Family } from "../../model/types.ts";
import { type FamilyPrograms, type HostFacts, type Place, type Side, SystemFault } from "../system.ts";
import { replaceInPlace } from "../table-texts.ts";
import { run, runWell } from "./programs.ts";

/** The kernel's own list: `iptables-legacy-save -t nat` would create the table that it was to look at. */
const NAMES_FILE: Readonly<Record<Family, string>> = { v4: "ip_tables_names", v6: "ip6_tables_names" };

/** A load that does nothing, and a path that nothing can open. */
const EMPTY_TABLE = "*filter\nCOMMIT\n";
const NO_FILE = "/dev/null/none";

/** What tables of iptables are called in nft. */
const IPTABLES_TABLE = /^table ip6? (raw|mangle|nat|filter|security)$/;

/** What a program that loads gets in its environment; the last thing before it is started. Rejects where nothing is to be loaded any more. */
export type LoadEnv = (place: Place) => Promise<Readonly<Record<string, string>>>;

/** Reads and loads. */
export function makeNetfilter(facts: () => Promise<Pick<HostFacts, "programs" | "tools">>, loadEnv: LoadEnv) {
  const tool = async (name: keyof HostFacts["tools"]): Promise<string> => {
    const path = (await facts()).tools[name];
    if (path === null) throw new SystemFault(`${name} is not installed`);
    return path;
  };
  const inPlace = async (place: Place): Promise<readonly string[]> =>
    place.kind === "live" ? [] : [await tool("nsenter"), `--net=/proc/${place.pid}/ns/net`, "--"];
  const programsOf = async ({ backend, family }: Side): Promise<FamilyPrograms> => {
    const found = (await facts()).programs[backend][family];
    if (found === null) throw new SystemFault(`there is no iptables for ${backend} ${family}`);
    return found;
  };
  return {
    readTables: async (place: Place, side: Side): Promise<string> => {
      const { save } = await programsOf(side);
      const prefix = await inPlace(place);
      if (side.backend === "nft") return checkWhole(await runWell([...prefix, save, "-c"]));
      const texts: string[] = [];
      for (const table of await listLegacyTables(place, side.family))
        texts.push(await runWell([...prefix, save, "-c", "-t", table]));
      return checkWhole(texts.join(""));
    },
    readSets: async (place: Place): Promise<string | null> => {
      const { ipset } = (await facts()).tools;
      return ipset === null ? null : await runWell([...(await inPlace(place)), ipset, "save"]);
    },
    listForeignTables: async (): Promise<readonly string[]> => {
      const nft = (await facts()).tools.nft;
      if (nft === null) return [];
      const { exitCode, stdout } = await run([nft, "list", "tables"]);
      return exitCode === 0 ? foreignTables(stdout) : [];
    },
    loadSets: async (place: Place, text: string): Promise<void> => {
      const argv = [...(await inPlace(place)), await tool("ipset"), "restore"];
      await runWell(argv, { stdin: text, env: await loadEnv(place) });
    },
    takesOtherLock: async (): Promise<boolean> => {
      const { legacy } = (await facts()).programs;
      const restore = (legacy.v4 ?? legacy.v6)?.restore;
      return restore !== undefined && (await takesOtherLock([await tool("unshare"), "-n", restore]));
    },
    loadTable: async (place: Place, side: Side, text: string, before: string): Promise<void> => {
      const { words, stdin } = commandsFor(side, text, before);
      const argv = [...(await inPlace(place)), (await programsOf(side)).restore, "-c", ...words];
      await runWell(argv, { stdin, env: await loadEnv(place) });
    },
  };
}

/** How a table gets where `before` is. */
function commandsFor({ backend }: Side, text: string, before: string) {
  return backend === "nft" && before !== ""
    ? { words: ["--noflush"], stdin: replaceInPlace(text, before) }
    : { words: [], stdin: text };
}

/** `argv`: restores in a namespace of its own. A program that was told to take a lock which nobody can open fails. */
async function takesOtherLock(argv: readonly string[]): Promise<boolean> {
  const told = await run(argv, { stdin: EMPTY_TABLE, env: { XTABLES_LOCKFILE: NO_FILE }, seconds: 10 });
  if (told.exitCode === 0) return false;
  // With a file that is free: somebody may hold the real lock.
  await runWell(argv, { stdin: EMPTY_TABLE, env: { XTABLES_LOCKFILE: "/dev/null" }, seconds: 10 });
  return true;
}

/** Of `nft list tables`. */
function foreignTables(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line !== "" && !IPTABLES_TABLE.test(line));
  return lines.map((line) => line.replace(/^table /, ""));
}

async function listLegacyTables(place: Place, family: Family): Promise<readonly string[]> {
  const process = place.kind === "live" ? "self" : String(place.pid);
  const path = `/proc/${process}/net/${NAMES_FILE[family]}`;
  try {
    const text = await readFile(path, "utf8");
    return text
      .split("\n")
      .filter((name) => name !== "")
      .sort();
  } catch (error) {
    // Without the file the kernel has no legacy iptables, or nothing has asked for it yet.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new SystemFault(`can't read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A table that iptables-nft can't express is printed up to that rule, or only named in a comment. */
function checkWhole(text: string): string {
  const incompatible = /^# Table .*incompatible.*$/m.exec(text);
  if (incompatible !== null) throw new SystemFault(incompatible[0].replace(/^# /, ""));
  const [tables, commits] = [/^\*/gm, /^COMMIT$/gm].map((form) => text.match(form)?.length ?? 0);
  if (tables !== commits) throw new SystemFault("iptables-save printed a table without its COMMIT");
  return text;
}

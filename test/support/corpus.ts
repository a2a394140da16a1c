/** The rulesets that tests run over: this project's `corpus/`, and the larger shared corpus beside the project where it is there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SourceFile, decodeSource } from "../../src/text/source.ts";

/** One save file. */
export interface CorpusFile {
  /** `corpus/…` or `shared/…`: what tests and exception lists call it. */
  readonly name: string;
  readonly path: string;
  readonly family: "v4" | "v6";
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const sharedRoot = join(root, "../shared/corpus");

/** Folder of the shared corpus, or null where it is missing. */
export const SHARED_CORPUS: string | null = existsSync(sharedRoot) ? sharedRoot : null;

/** Save files that are not called so. */
const SAVE_NAMES =
  /(^|[-/])(ip6?tables-save[^/]*|mailserver|webserver|iptables\.up\.rules|7\d{5}\.txt)$|iptables-save/;

/** The rulesets of `corpus/`, by name. */
export function listOwnCorpus(): readonly CorpusFile[] {
  return list(join(root, "corpus"), "corpus", (path) => path.endsWith(".rules"));
}

/** The dumps of the shared corpus, by name; empty, with a line that says so, where the folder is missing. */
export function listSharedCorpus(): readonly CorpusFile[] {
  if (SHARED_CORPUS === null) {
    const message = `SKIPPED: the shared corpus: there is no ${join("..", "shared", "corpus")} beside the project`;
    // In a gate nobody reads single lines: there it is a block of its own on standard error.
    if (process.env.CI === "true") console.error(`\n${"!".repeat(100)}\n${message}\n${"!".repeat(100)}\n`);
    else console.warn(message);
    return [];
  }
  const isSave = (path: string) => SAVE_NAMES.test(path) || /^generated\/.*\.rules$/.test(path);
  return list(SHARED_CORPUS, "shared", (path) => isSave(path) && !path.endsWith(".gz"));
}

function list(folder: string, name: string, isWanted: (path: string) => boolean): readonly CorpusFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter(isWanted)
    .sort()
    .map((path) => ({ name: `${name}/${path}`, path: join(folder, path), family: familyOf(path) }));
}

function familyOf(path: string): "v4" | "v6" {
  return /ip6tables|-v6\.|configs_ipv6_server/.test(path) ? "v6" : "v4";
}

/** A corpus file as markify reads it, under its corpus name. */
export function readCorpusFile(file: CorpusFile): SourceFile {
  return decodeSource(file.name, readFileSync(file.path));
}

/** The `ipset save` text that was recorded beside a dump, or null. */
export function readRecordedIpsets(file: CorpusFile): string | null {
  const backend = file.path.endsWith(".nft") ? "nft" : "legacy";
  const path = join(dirname(file.path), `ipset-save.${backend}`);
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

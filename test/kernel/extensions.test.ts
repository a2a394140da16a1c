/** The installed iptables, asked what it has: no extension and no option that its help shows is missing from the tables. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { MATCH_ROWS } from "../../src/model/match-table.ts";
import { BASE_OPTIONS } from "../../src/model/options.ts";
import { TARGET_ROWS } from "../../src/model/target-table.ts";
import type { Family } from "../../src/model/types.ts";
import { describeKernel } from "./harness.ts";

interface Extension {
  readonly name: string;
  readonly kind: "-m" | "-j";
  readonly families: readonly Family[];
}

const FAMILIES: Readonly<Record<string, readonly Family[]>> = { xt: ["v4", "v6"], ipt: ["v4"], ip6t: ["v6"] };

/** The jump to a chain or verdict, and the file in which the targets of nat are. */
const NO_EXTENSIONS: ReadonlySet<string> = new Set(["standard", "NAT"]);

/** By the names of the shared objects: targets in capitals, matches not. */
function listExtensions(): readonly Extension[] {
  const folders = ["/usr/lib", "/usr/lib64", "/lib", "/usr/local/lib"].filter(existsSync);
  const roots = folders.flatMap((folder) => [
    `${folder}/xtables`,
    ...readdirSync(folder).map((name) => `${folder}/${name}/xtables`),
  ]);
  const files = roots.filter(existsSync).flatMap((folder) => readdirSync(folder));
  return [...new Set(files)].flatMap((file) => {
    const [, scope = "", name = ""] = /^lib(xt|ipt|ip6t)_(\w+)\.so$/u.exec(file) ?? [];
    const families = FAMILIES[scope];
    if (families === undefined || NO_EXTENSIONS.has(name)) return [];
    return [{ name, families, kind: /^[A-Z]/u.test(name) ? "-j" : "-m" } as const];
  });
}

function optionsInHelp(family: Family, args: readonly string[]): ReadonlySet<string> {
  const command = family === "v4" ? "iptables-legacy" : "ip6tables-legacy";
  const run = spawnSync("unshare", ["-n", command, ...args, "-h"], { encoding: "utf8" });
  return new Set(run.stdout.match(/(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]/gu) ?? []);
}

describeKernel("the installed iptables", () => {
  const extensions = listExtensions();
  let seen = 0;

  afterAll(() => expect(seen).toBeGreaterThan(300));

  test("has the extensions where they are looked for", () => {
    expect(extensions.length).toBeGreaterThan(50);
  });

  test.each(extensions)("has no option of $kind $name that the tables lack", ({ name, kind, families }) => {
    const row = (kind === "-m" ? MATCH_ROWS : TARGET_ROWS).get(name);
    expect(row, `${kind} ${name} has no row`).toBeDefined();
    for (const family of families) {
      const general = optionsInHelp(family, []);
      const all = [...optionsInHelp(family, [kind, name])];
      const theirs = all.filter((option) => !general.has(option) && !BASE_OPTIONS.has(option));
      expect(theirs.filter((option) => !row!.options.has(option.slice(2)))).toEqual([]);
      seen += theirs.length;
    }
  });
});

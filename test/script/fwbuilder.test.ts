/** Scripts of Firewall Builder and lists of commands against the dumps of kernels on which they have run. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import { isScript, translateScript } from "../../src/script/translate.ts";
import { decodeSource, makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { SHARED_CORPUS } from "../support/corpus.ts";
import { countRules, normaliseSaved } from "../kernel/harness.ts";
import { PAIRS, tools } from "./recorded.ts";
import { findings, importTranslated } from "./scripts.ts";

if (SHARED_CORPUS === null) console.warn("SKIPPED: scripts of fwbuilder: the shared corpus is not there");

describe.skipIf(SHARED_CORPUS === null)("scripts with the dump of what they did", () => {
  test.each(PAIRS)("$name", async ({ script, dump, defines }) => {
    const source = decodeSource(script, readFileSync(join(tools, script)));
    expect(isScript(source)).toBe(true);
    const translated = translateScript(source, { defines: new Map(defines), tables: new Map() });
    expect(findings(translated, ["error", "warning"])).toEqual([]);
    expect(translated.sources.map(({ family }) => family)).toEqual(["v4"]);
    const saved = readFileSync(join(tools, dump), "utf8");
    const [mine, theirs] = [translated.sources[0]!.file.text, saved].map(normaliseSaved);
    expect(countRules(mine!)).toEqual(countRules(theirs!));
    const recorded = importRuleset(makeSourceFile(dump, saved), { family: "v4" }).ruleset!;
    const result = await verify(recorded, importTranslated(translated), { packets: 500 });
    expect(result.result).toBe("equal");
  });

  test.each([
    ["fwbuilder/old-syntax/fw-template-3.fw", 54],
    ["fwbuilder/old-syntax/fw-template-3-restore.fw", 54],
    ["fwbuilder/old-syntax/branch-office-old12.fw", 206],
    ["fwbuilder/branch-office-v1.4.0/branch-office-v1.4.0.fw", 184],
    ["fwbuilder/groups/groups-old-shell.fw", 323],
    ["ferm/ipv6/ferm-lines-slow.txt", 6],
  ])("every -A of %s is a rule", (path, count) => {
    const source = decodeSource(path, readFileSync(join(tools, path)));
    const translated = translateScript(source, { defines: new Map(), tables: new Map() });
    expect(findings(translated)).toEqual([]);
    const rules = translated.sources[0]!.file.text.match(/^-A /gmu) ?? [];
    expect(rules.length).toBe(count);
    const written = source.text.split("\n").filter((line) => !/^\s*#/u.test(line) && /\s"?-A /u.test(line));
    expect(rules.length).toBe(written.length);
  });

  test("without the address of an interface each rule that needs it is an error", () => {
    const path = "fwbuilder/host-fw-template-1/host-fw-template-1.fw";
    const source = decodeSource(path, readFileSync(join(tools, path)));
    const { diagnostics, sources } = translateScript(source, { defines: new Map(), tables: new Map() });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(sources).toEqual([]);
    expect(new Set(errors.map(({ args }) => args.option))).toEqual(new Set(["--define i_eth0=VALUE"]));
    const needing = source.text.split("\n").filter((line) => line.includes("-A") && line.includes("$i_eth0"));
    expect(errors.length).toBe(needing.length);
  });

  test("save files with text around them are no scripts", () => {
    for (const name of ["01-home-router", "02-dmz-services-x-sources", "02b-dmz-optimal"]) {
      const path = join(tools, "firehol", name, "firehol-debug.txt");
      if (existsSync(path)) expect(isScript(decodeSource(path, readFileSync(path)))).toBe(false);
    }
  });
});

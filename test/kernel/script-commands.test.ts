/** Scripts that have run in a namespace against the same scripts read: whole ones, and random commands of iptables. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { translateScript } from "../../src/script/translate.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { PAIRS, tools } from "../script/recorded.ts";
import { SHARED_CORPUS } from "../support/corpus.ts";
import { EFFORT } from "../support/seed.ts";
import { describeKernel, loadAndSave, type NormalSave, normaliseSaved } from "./harness.ts";

const samples = fileURLToPath(new URL("../script/samples", import.meta.url));
const PROGRAMS = [
  "iptables",
  "iptables-restore",
  "iptables-save",
  "ip6tables",
  "ip6tables-restore",
  "ip6tables-save",
];

let folder = "";

/** What the kernel holds after a shell has run the script in a namespace of its own. */
function runForReal(script: string, arg: string): Readonly<Record<"v4" | "v6", NormalSave>> {
  const ours = script.replaceAll(/\/sbin\/(?=ip6?tables)/gu, "");
  const program = `${ours.replace(/^exit 0$/mu, "")}\n:;echo "=== 4"; iptables-save; echo "=== 6"; ip6tables-save`;
  const shell = /^#!.*bash/u.test(script) ? "bash" : "sh";
  const run = spawnSync("unshare", ["-n", shell, "-c", program, shell, arg], {
    encoding: "utf8",
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  expect(run.status, run.stderr).toBe(0);
  const [, rest = ""] = run.stdout.split("=== 4\n");
  const [v4 = "", v6 = ""] = rest.split("=== 6\n");
  return { v4: normaliseSaved(v4), v6: normaliseSaved(v6) };
}

/** The kernel's own text of a save file that a script was read into. */
function loadTranslated(
  script: string,
  family: "v4" | "v6",
  defines: ReadonlyMap<string, string> = new Map(),
): NormalSave | string {
  const file = makeSourceFile("script", script);
  const { sources, diagnostics } = translateScript(file, { defines, tables: new Map() });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    return errors
      .map(
        ({ code, args, span }) => `${code} ${JSON.stringify(args)} ${script.slice(span!.start, span!.end)}`,
      )
      .join("\n");
  const source = sources.find((one) => one.family === family);
  if (source === undefined) return {};
  const loaded = loadAndSave({ family, backend: "legacy", text: source.file.text });
  return loaded.ok ? normaliseSaved(loaded.saved) : loaded.errors;
}

describeKernel("scripts", () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "markify-script-"));
    const multi = spawnSync("sh", ["-c", "command -v xtables-legacy-multi"], {
      encoding: "utf8",
    }).stdout.trim();
    for (const name of PROGRAMS) symlinkSync(multi, join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(readdirSync(samples).sort())("%s", (name) => {
    const script = readFileSync(join(samples, name), "utf8");
    const real = runForReal(script, "start");
    const defines = new Map([["TRUSTED", "10.1.0.0/16"]]);
    for (const family of ["v4", "v6"] as const)
      expect(loadTranslated(script, family, defines)).toEqual(real[family]);
  });

  test.skipIf(SHARED_CORPUS === null).each(PAIRS)(
    "$name, loaded, is what the script's own kernel held",
    (pair) => {
      const script = readFileSync(join(tools, pair.script), "utf8");
      const recorded = normaliseSaved(readFileSync(join(tools, pair.dump), "utf8"));
      expect(loadTranslated(script, "v4", new Map(pair.defines))).toEqual(recorded);
    },
  );

  test("random commands do to tables in memory what they do to the kernel's", () => {
    fc.assert(
      fc.property(fc.array(commands(), { minLength: 1, maxLength: 40 }), (lines) => {
        const script = lines.map((line) => `iptables ${line} || true\n`).join("");
        expect(loadTranslated(script, "v4")).toEqual(runForReal(script, "").v4);
      }),
      { numRuns: 40 * EFFORT },
    );
  });
});

/** One command over few chains and few rules, so that they meet. */
function commands(): fc.Arbitrary<string> {
  const base = fc.constantFrom("INPUT", "FORWARD", "OUTPUT");
  const own = fc.constantFrom("a", "b", "c", "LOG");
  const chain = fc.oneof(base, own);
  const number = fc.integer({ min: 0, max: 4 });
  const address = fc.constantFrom(
    "",
    "-s 10.0.0.1",
    "! -s 10.0.0.1/32",
    "-s 10.0.0.1,10.0.0.2",
    "-d 10.0.0.0/255.0.0.0 ",
    "--source 10.0.0.2",
  );
  const port = fc.constantFrom(
    "",
    "-p tcp",
    "-p tcp --dport 22",
    "-p tcp -m tcp --dport ssh",
    "-m state --state NEW",
    "-p 6 -m comment --comment 'a b'",
  );
  const target = fc.oneof(
    fc.constantFrom("-j ACCEPT", "-j DROP", "", "--jump RETURN"),
    own.map((name) => `-j ${name}`),
  );
  const rule = fc.tuple(address, port, target).map((parts) => parts.filter((part) => part !== "").join(" "));
  const table = fc.constantFrom("", "", "-t filter ", "-t mangle ");
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(chain, rule).map(([name, text]) => `-A ${name} ${text}`) },
    { weight: 3, arbitrary: fc.tuple(chain, rule).map(([name, text]) => `-I ${name} ${text}`) },
    {
      weight: 2,
      arbitrary: fc.tuple(chain, number, rule).map(([name, at, text]) => `-I ${name} ${at} ${text}`),
    },
    { weight: 2, arbitrary: fc.tuple(chain, rule).map(([name, text]) => `-D ${name} ${text}`) },
    { weight: 2, arbitrary: fc.tuple(chain, number).map(([name, at]) => `-D ${name} ${at}`) },
    {
      weight: 2,
      arbitrary: fc.tuple(chain, number, rule).map(([name, at, text]) => `-R ${name} ${at} ${text}`),
    },
    { weight: 5, arbitrary: own.map((name) => `-N ${name}`) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        own.map((name) => `-X ${name}`),
        fc.constant("-X"),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.oneof(
        chain.map((name) => `-F ${name}`),
        fc.constant("-F"),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(chain, fc.constantFrom("ACCEPT", "DROP", "RETURN"))
        .map((parts) => `-P ${parts.join(" ")}`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(own, fc.constantFrom("a", "b", "c")).map((parts) => `-E ${parts.join(" ")}`),
    },
  );
  return fc.tuple(table, command).map(([name, text]) => name + text);
}

/** `markify lint` in a world of fakes: exit codes, text, JSON, several files, sets, scripts. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const rules = (...lines: readonly string[]) =>
  `${["*filter", ":FORWARD DROP [0:0]", ...lines, "COMMIT"].join("\n")}\n`;

const SHADOWED = rules("-A FORWARD -s 10.0.0.0/8 -j ACCEPT", "-A FORWARD -s 10.1.0.0/16 -j DROP");
const SETS = rules(
  "-A FORWARD -m set --match-set web dst -j ACCEPT",
  "-A FORWARD -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j ACCEPT",
  "-A FORWARD -m set --match-set www dst -p udp -j ACCEPT",
);
const SET_FILE = ["web", "www"]
  .map((name) => `create ${name} hash:ip family inet\nadd ${name} 10.0.0.1\nadd ${name} 10.0.0.3\n`)
  .join("");

/** Runs `lint` on one file. */
const lintIn = (text: string, args: readonly string[] = [], stdin = "") =>
  runIn({ "old.rules": text, "host.ipset": SET_FILE }, ["lint", "old.rules", ...args], {}, stdin);

describe("exit codes", () => {
  test("0 where nothing is found", async () => {
    expect(
      await lintIn(
        FLAT.replace("-A INPUT -i lo -j ACCEPT", "-A INPUT -i lo -j DROP").replace(
          ":FORWARD ACCEPT",
          ":FORWARD DROP",
        ),
      ),
    ).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "old.rules: nothing found\n",
    });
  });

  test("1 where something is", async () => {
    const { code, stdout, stderr } = await lintIn(SHADOWED);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        "warning shadowed (filter FORWARD)",
        "  line 4: -A FORWARD -s 10.1.0.0/16 -j DROP",
        "  because of line 3: -A FORWARD -s 10.0.0.0/8 -j ACCEPT",
        "  line 3 takes every packet that it matches before it gets here.",
        "  → take line 4 out, or move what comes before",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("old.rules: 1 finding, 1 warning among them\n");
  });

  test("4 where nothing is found, and not everything is known", async () => {
    const clean = rules("-A FORWARD -s 10.0.0.0/8 -j ACCEPT");
    const { code, stdout, stderr } = await lintIn(clean, ["--budget", "0"]);
    expect(code).toBe(4);
    expect(stdout).toContain("not known\n  table filter: of 1 rule it is not known whether they do anything");
    expect(stderr).toContain("nothing found; of 1 rule it is not known whether they do anything");
  });

  test("1 for a file with errors, 2 for two files from standard input", async () => {
    const broken = await lintIn(rules("-A FORWARD --dprot 22 -j ACCEPT"));
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain("nothing was looked at");
    expect((await runIn({}, ["lint", "-", "-"])).code).toBe(2);
  });

  test("rules that can't be read are kept on request, and what they could do is not known", async () => {
    const { code, stdout } = await lintIn(rules("-A FORWARD -s 10.0.0.1/32 --dprot 22 -j ACCEPT"), [
      "--keep-unparsed",
    ]);
    expect(code).toBe(4);
    expect(stdout).toContain("every base chain leads to a rule\n  that can't be read (line 3)");
  });
});

describe("JSON", () => {
  test("has the lines with their text, what may go, and the files", async () => {
    const { code, stdout } = await lintIn(SHADOWED, ["--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      files: [{ file: "old.rules", family: "v4", rules: 2 }],
      findings: [
        {
          kind: "shadowed",
          severity: "warning",
          table: "filter",
          chain: "FORWARD",
          message: "line 3 takes every packet that it matches before it gets here",
          advice: "take line 4 out, or move what comes before",
          removes: [4],
          file: "old.rules",
          family: "v4",
          lines: [{ line: 4, text: "-A FORWARD -s 10.1.0.0/16 -j DROP" }],
          because: [{ line: 3, text: "-A FORWARD -s 10.0.0.0/8 -j ACCEPT" }],
        },
      ],
      unsettled: [],
      assumptions: [],
      diagnostics: expect.any(Array),
    });
  });
});

test("several files are told apart", async () => {
  const { stdout } = await runIn({ "a.rules": SHADOWED, "b.rules": SHADOWED }, [
    "lint",
    "a.rules",
    "b.rules",
  ]);
  expect(stdout).toContain("warning shadowed (a.rules filter FORWARD)");
  expect(stdout).toContain("warning shadowed (b.rules filter FORWARD)");
});

test("standard input, and a script with the lines that its rules come from", async () => {
  const script =
    "#!/bin/sh\niptables -P FORWARD DROP\n\niptables -A FORWARD -s 10.0.0.0/8 -j ACCEPT\niptables -A FORWARD -s 10.1.0.0/16 -j DROP\n";
  const { code, stdout } = await runIn({}, ["lint", "-"], {}, script);
  expect(code).toBe(1);
  expect(stdout).toMatch(/ {2}line \d+ \(from line 5\): -A FORWARD -s 10\.1\.0\.0\/16 -j DROP/u);
});

test("--ipset: rules are seen through their sets, and sets that hold the same are named", async () => {
  const { stdout } = await lintIn(SETS, ["--ipset", "host.ipset"]);
  expect(stdout).toContain("line 3 takes every packet that they match");
  expect(stdout).toContain("assumed: The sets web, www hold what host.ipset says");
  expect(stdout).toContain("the set web and the set www are the same 2 members");
  expect((await lintIn(SETS)).stdout).toBe("");
});

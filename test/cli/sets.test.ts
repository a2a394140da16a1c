/** `--ipset` on the command line: what the members of sets change in each command. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const rules = (...lines: readonly string[]) =>
  `${["*filter", ":FORWARD DROP [0:0]", "-A FORWARD -s 192.0.2.1/32 -j DROP", ...lines, "COMMIT"].join("\n")}\n`;

const FILES = {
  "old.rules": rules("-A FORWARD -m set --match-set web dst -j ACCEPT"),
  "new.rules": rules("-A FORWARD -d 10.0.0.1/32 -j ACCEPT", "-A FORWARD -d 10.0.0.2/32 -j ACCEPT"),
  "host.ipset": "create web hash:ip family inet\nadd web 10.0.0.2\nadd web 10.0.0.1\n",
  "less.ipset": "create web hash:ip family inet\nadd web 10.0.0.2\n",
  "broken.ipset": "create web hash:ip family inet\nadd web 10.0.0.2 forever\n",
};
const VERIFY = ["verify", "old.rules", "new.rules", "--packets", "1000"];

describe("verify and diff", () => {
  test("take the members as known, and say so", async () => {
    const { code, stdout } = await runIn(FILES, [...VERIFY, "--ipset", "host.ipset"]);
    expect(code).toBe(0);
    expect(stdout).toContain("assumed: The set web holds what host.ipset says");
    const unseen = await runIn(FILES, VERIFY);
    expect(unseen.code).toBe(1);
    expect(unseen.stdout).not.toContain("assumed");
  });

  test("need no members where the rulesets are equal whatever they are, and say that", async () => {
    const files = {
      ...FILES,
      "new.rules": FILES["old.rules"].replace(/(-A .* -j DROP\n)/u, "$1$1"),
    };
    for (const more of [[], ["--ipset", "host.ipset"]]) {
      const { code, stdout } = await runIn(files, [...VERIFY, ...more]);
      expect(code).toBe(0);
      expect(stdout).toContain("equal, proved for all packets and any members of the sets\n");
      expect(stdout).not.toContain("assumed");
      expect(JSON.parse((await runIn(files, [...VERIFY, ...more, "--json"])).stdout).anyMembers).toBe(true);
    }
    const { stderr } = await runIn(files, ["diff", "old.rules", "new.rules", "--ipset", "host.ipset"]);
    expect(stderr).toContain("any members of the sets");
    const known = await runIn(FILES, [...VERIFY, "--ipset", "host.ipset"]);
    expect(known.stdout).toContain("equal, proved for all packets\n");
  });

  test("say what assertions take for granted, also where the comparison does not", async () => {
    const files = {
      ...FILES,
      "new.rules": FILES["old.rules"].replace("DROP\n", "DROP\n-A FORWARD -s 192.0.2.1/32 -j DROP\n"),
      "promises.yaml": "assertions:\n  - never: any -> 10.0.0.9\n",
    };
    const { code, stdout } = await runIn(files, [
      ...[...VERIFY, "--ipset", "host.ipset"],
      ...["--assert", "promises.yaml"],
    ]);
    expect(stdout).toContain("any members of the sets");
    expect(stdout).toContain("assumed: For the assertions, the set web holds what host.ipset says");
    expect(code).toBe(0);
  });

  test("name the address of a member that is missing, and go on with the same sets", async () => {
    const verified = await runIn(FILES, [...VERIFY, "--ipset", "less.ipset"]);
    expect(verified.code).toBe(1);
    expect(verified.stderr).toContain("next: markify diff old.rules new.rules --ipset less.ipset");
    const { stdout } = await runIn(FILES, ["diff", "old.rules", "new.rules", "--ipset", "less.ipset"]);
    expect(stdout).toContain("10.0.0.1/32: DROP, now ACCEPT");
  });

  test("stop at a line that can't be read", async () => {
    const { code, stderr } = await runIn(FILES, [...VERIFY, "--ipset", "broken.ipset"]);
    expect(code).toBe(1);
    expect(stderr).toContain("broken.ipset:2:18: error SET_LINE");
    expect(stderr).toContain("nothing was compared");
  });

  test("standard input is one thing only, and may be the sets", async () => {
    const both = await runIn(FILES, ["verify", "-", "new.rules", "--ipset", "-"], {}, FILES["old.rules"]);
    expect(both.code).toBe(2);
    const sets = await runIn(FILES, [...VERIFY, "--ipset", "-"], {}, FILES["host.ipset"]);
    expect(sets.code).toBe(0);
  });
});

test("apply says that what it proved holds for any members, in the new file, too", async () => {
  const files = {
    "old.rules": FLAT.replace("COMMIT", "-A INPUT -m set --match-set web src -j DROP\nCOMMIT"),
  };
  const imported = await runIn(files, ["import", "old.rules"]);
  const argv = ["apply", "old.rules.markify.yaml", "-o", "new.rules", "--packets", "1000"];
  const { code, stderr, files: left } = await runIn({ ...imported.files }, argv);
  expect(code).toBe(0);
  expect(stderr).toContain("equal, proved for all packets and any members of the sets");
  expect(left["new.rules"]).toContain("# Check: equal, proved for all packets and any members of the sets\n");
});

test("explain walks through a set", async () => {
  const walk = ["explain", "old.rules", "--in", "eth0", "--out", "eth1", "-s", "10.0.0.9", "-d", "10.0.0.1"];
  expect((await runIn(FILES, walk)).code).toBe(4);
  const { code, stdout } = await runIn(FILES, [...walk, "--ipset", "host.ipset"]);
  expect(code).toBe(0);
  expect(stdout).toContain("sets hold what host.ipset says");
});

describe("import", () => {
  test("finds sets that are empty, sets that are missing, and groups that are sets", async () => {
    const more = [
      "-A INPUT -m set --match-set none src -j DROP",
      "-A INPUT -m set --match-set gone src -j DROP",
    ];
    const files = {
      "old.rules": FLAT.replace("COMMIT", `${more.join("\n")}\nCOMMIT`),
      "host.ipset": [
        "create none hash:ip",
        "create clients hash:net",
        ...[1, 2, 3, 4].map((host) => `add clients 10.0.1.${host}`),
        "",
      ].join("\n"),
    };
    const { code, stdout, stderr } = await runIn(files, [
      "import",
      "old.rules",
      "--json",
      "--ipset",
      "host.ipset",
    ]);
    expect(code).toBe(0);
    const { findings, diagnostics } = JSON.parse(stdout);
    expect(findings).toContainEqual({
      kind: "empty-set",
      severity: "warning",
      message: "a rule that tests the set none never matches: no IPv4 address is in it",
      lines: [{ file: "old.rules", line: 38 }],
    });
    expect(findings.map(({ message }: { message: string }) => message).join("\n")).toMatch(
      /the group \S+ has the members of the set clients/,
    );
    expect(diagnostics.map(({ code: found }: { code: string }) => found)).toContain("SET_MISSING");
    expect(stderr).toContain("gone is not in host.ipset");
    const plain = await runIn(files, ["import", "old.rules"]);
    const plan = "old.rules.markify.yaml";
    expect((await runIn(files, ["import", "old.rules", "--ipset", "host.ipset"])).files[plan]).toBe(
      plain.files[plan],
    );
  });

  test("an error in the sets writes no plan", async () => {
    const { code, files } = await runIn(FILES, ["import", "old.rules", "--ipset", "broken.ipset"]);
    expect(code).toBe(1);
    expect(Object.keys(files)).toEqual(Object.keys(FILES));
  });
});

/** `--assert` of `verify` and `apply`: answers, exit codes, and what is not written. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const QUICK = ["--packets", "1000"];

const promises = (...sentences: readonly string[]): string =>
  `assertions:\n${sentences.map((sentence) => `  - ${sentence}\n`).join("")}`;

const HOLDS = "always: 10.0.1.1 -> 10.9.0.1 tcp/80";
const BROKEN = "never: 10.0.1.0/24 -> 10.9.0.1 tcp/443";
const FOREIGN = "never: 2001:db8::1 -> this host";

describe("verify --assert", () => {
  const verify = (assertions: string, ...options: readonly string[]) => {
    const files = { "old.rules": FLAT, "new.rules": FLAT, "a.yaml": assertions };
    return runIn(files, ["verify", "old.rules", "new.rules", ...QUICK, "--assert", "a.yaml", ...options]);
  };

  test("says what holds, and ends with 0", async () => {
    const { code, stdout, stderr } = await verify(promises(HOLDS, FOREIGN));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^holds: always 10\.0\.1\.1 -> 10\.9\.0\.1 tcp\/80$/m);
    expect(stdout).toMatch(
      /^not applicable: never 2001:db8::1 -> this host \(line 3\): the ruleset is IPv4, /m,
    );
    expect(stderr).toContain("equal: all tables are the same; 1 assertion holds, 1 is not applicable");
  });

  test("shows the packet that breaks one, with its way, and ends with 1", async () => {
    const { code, stdout, stderr } = await verify(promises(HOLDS, BROKEN));
    expect(code).toBe(1);
    const lines = stdout.split("\n");
    const at = lines.indexOf("BROKEN: never 10.0.1.0/24 -> 10.9.0.1 tcp/443 (line 3)");
    expect(lines.slice(at + 1)).toEqual([
      "  packet:",
      "    in=other0 out=other0 source=10.0.1.1 destination=10.9.0.1 protocol=tcp sourcePort=40000",
      "    destinationPort=443 tcpFlags=SYN ctstate=NEW mark=0x0",
      "  filter FORWARD: ACCEPT, mark 0x0",
      "    line 6: -A FORWARD -s 10.0.1.1/32 -d 10.9.0.1/32 -p tcp -m tcp --dport 443 -j ACCEPT  mark 0x0",
      "",
    ]);
    expect(stderr).toContain("; 1 assertion holds, 1 is broken");
  });

  test("ends with 4 where one can't be decided", async () => {
    const { code, stdout } = await verify(promises(HOLDS), "--budget", "0");
    expect(code).toBe(4);
    expect(stdout).toContain("can't tell: always 10.0.1.1 -> 10.9.0.1 tcp/80 (line 2): no time was given");
  });

  test("has them in its JSON", async () => {
    const { code, stdout } = await verify(promises(HOLDS, BROKEN, FOREIGN), "--json");
    expect(code).toBe(1);
    const { result, assertions } = JSON.parse(stdout);
    expect(result).toBe("equal");
    expect(assertions).toMatchObject([
      { family: "v4", text: HOLDS, line: 2, result: "holds" },
      {
        text: BROKEN,
        line: 3,
        result: "broken",
        witness: { verdict: "ACCEPT", packet: { hook: "FORWARD" } },
      },
      { text: FOREIGN, line: 4, result: "not-applicable", reason: expect.stringContaining("IPv4") },
    ]);
    expect(assertions[1].witness.walks[0].steps[0]).toMatchObject({ chain: "FORWARD", line: 6 });
    expect((await verify(promises(HOLDS), "--json")).stdout).not.toContain("witness");
  });

  test("is about the new ruleset", async () => {
    const files = {
      "old.rules": FLAT,
      "new.rules": FLAT.replace(":FORWARD ACCEPT", ":FORWARD DROP"),
      "a.yaml": promises("always: any -> any"),
    };
    const check = (old: string, now: string) =>
      runIn(files, ["verify", old, now, ...QUICK, "--assert", "a.yaml"]);
    expect((await check("new.rules", "old.rules")).stdout).toContain("holds: always any -> any");
    expect((await check("old.rules", "new.rules")).stdout).toContain("BROKEN: always any -> any");
  });

  test("says all that is wrong with the file, and compares nothing", async () => {
    const { code, stderr } = await verify(promises("never: OFFICE -> any", "always: any -> any tpc/22"));
    expect(code).toBe(1);
    expect(stderr).toContain("a.yaml:2:12: error ASSERTION_UNKNOWN_NAME");
    expect(stderr).toContain("a.yaml:3:24: error ASSERTION_SERVICE");
    expect(stderr).toContain("2 errors: nothing was compared");
  });

  test("needs the file", async () => {
    const files = { "old.rules": FLAT };
    const gone = await runIn(files, ["verify", "old.rules", "old.rules", "--assert", "a.yaml"]);
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining("can't read a.yaml")]);
    expect((await runIn(files, ["verify", "old.rules", "old.rules", "--assert", "-"])).code).toBe(2);
  });
});

describe("apply --assert", () => {
  const imported = async (assertions: string) => {
    const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
    return { ...files, "a.yaml": assertions };
  };
  const ARGUMENTS = ["apply", PLAN, "-o", "new.rules", ...QUICK, "--assert", "a.yaml"];

  test("writes where all hold, with the plan's groups as names", async () => {
    const files: Record<string, string> = await imported(
      promises("always: S-OFFICES -> 10.9.0.2 tcp/80,443"),
    );
    const group = /^ {4}name: (S-\S+)/m.exec(files[PLAN]!)![1]!;
    files[PLAN] = files[PLAN]!.replace(`name: ${group}`, "name: S-OFFICES");
    const done = await runIn(files, ARGUMENTS);
    expect(done.code).toBe(0);
    expect(done.stderr).toContain("equal, proved for all packets; 1 assertion holds");
    expect(done.files["new.rules"]).toContain("S-OFFICES");
  });

  test("writes nothing where one is broken, and shows the new file's lines", async () => {
    const files = await imported(promises(HOLDS, BROKEN));
    const done = await runIn(files, ARGUMENTS);
    expect([done.code, done.files]).toEqual([1, files]);
    expect(done.stderr).toContain(
      "nothing was written: equal, proved for all packets; 1 assertion holds, 1 is broken",
    );
    expect(done.stderr).toMatch(/filter FORWARD: ACCEPT, mark 0x0\n(?: {4}line \d+: -A .*\n)+/);
    const { stdout } = await runIn(files, [...ARGUMENTS, "--json"]);
    expect(JSON.parse(stdout)).not.toHaveProperty("restore");
    const printed = await runIn(files, ["apply", PLAN, ...QUICK, "--assert", "a.yaml"]);
    expect([printed.code, printed.stdout]).toEqual([1, ""]);
  });

  test("writes nothing where one can't be decided, even with --accept-sampled", async () => {
    const files = await imported(promises(HOLDS));
    const done = await runIn(files, [...ARGUMENTS, "--budget", "0", "--accept-sampled"]);
    expect([done.code, done.files]).toEqual([4, files]);
  });

  test("checks each product, and says on which", async () => {
    const inputs = {
      "rules.v4": FLAT,
      "rules.v6": FLAT_V6,
      "a.yaml": promises(HOLDS, "always: any -> this host"),
    };
    const { files } = await runIn(inputs, ["import", "rules.v4", "rules.v6", "-o", "host.yaml"]);
    const done = await runIn(files, ["apply", "host.yaml", "-o", "new", ...QUICK, "--assert", "a.yaml"]);
    expect(done.code).toBe(0);
    expect(done.stderr).toMatch(/^holds: always 10\.0\.1\.1 -> 10\.9\.0\.1 tcp\/80 on v4$/m);
    expect(done.stderr).toMatch(
      /^not applicable: always 10\.0\.1\.1 -> 10\.9\.0\.1 tcp\/80 on v6 \(line 2\)/m,
    );
    expect(done.stderr).toMatch(/^holds: always any -> this host on v6$/m);
  });

  test("refuses a file with mistakes before anything else", async () => {
    const files = await imported(promises("always: S-NOBODY -> any"));
    const done = await runIn(files, ARGUMENTS);
    expect([done.code, done.files]).toEqual([1, files]);
    expect(done.stderr).toContain("1 error: a.yaml can't be read; nothing was written");
  });
});

/** A combination that was forgotten, from `import --tolerance` over the edit of the plan to the file that `apply` writes, and to the next import. */
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";
const HOLE = "10.0.1.3/32 | 10.9.0.2/32 | tcp dport 443";
const LINE = /-A FORWARD -s 10\.0\.1\.3\/32 -d 10\.9\.0\.2\/32 .*--dport 443 .*\n/;
const WHOLE = FLAT.replace(":FORWARD ACCEPT", ":FORWARD DROP");
const HOLED = WHOLE.replace(LINE, "");

type Files = Record<string, string>;

async function imported(rules = HOLED, files: Files = {}, ...more: readonly string[]): Promise<Files> {
  const argv = ["import", "old.rules", "--tolerance", "0.2", ...more];
  const { code, stderr, files: after } = await runIn({ ...files, "old.rules": rules }, argv);
  expect(code, stderr).toBe(0);
  return { ...after };
}

const accept = (files: Files): Files => ({
  ...files,
  [PLAN]: files[PLAN]!.replace("    missing:", "    added:"),
});

const apply = (files: Files, ...more: readonly string[]) =>
  runIn(files, ["apply", PLAN, "-o", "new.rules", "--packets", "1000", ...more]);

describe("a combination that is moved from missing to added", () => {
  test("changes the policy: apply shows the packets, and wants to be told", async () => {
    const files = accept(await imported());
    const refused = await apply(files);
    expect([refused.code, refused.files]).toEqual([5, files]);
    expect(refused.stderr).toContain(`gets ${HOLE}`);
    expect(refused.stderr).toContain("tcp from 10.0.1.3/32 to 10.9.0.2/32 port 443: DROP, now ACCEPT");
    expect(refused.stderr).toContain("the old ruleset with 1 rule more (addedRules in --json)");
    const { code, files: after } = await apply(files, "--allow-policy-change");
    expect(code).toBe(0);
    expect(after["new.rules"]).toMatch(
      /THE POLICY IS NOT THAT OF THE INPUT.*\n# +R-\S+ gets 10\.0\.1\.3\/32 \| /,
    );
    const same = await runIn({ ...after, "whole.rules": WHOLE }, ["verify", "whole.rules", "new.rules"]);
    expect(same.code).toBe(0);
  });

  test("is data in --json", async () => {
    const { code, stdout } = await apply(accept(await imported()), "--json", "--allow-policy-change");
    expect(code).toBe(0);
    const { policyChange } = JSON.parse(stdout);
    expect(policyChange.groups).toEqual([]);
    expect(policyChange.rules).toEqual([{ name: expect.stringMatching(/^R-/), added: [HOLE], turned: [] }]);
    expect(policyChange.addedRules).toEqual([WHOLE.match(LINE)![0].trim()]);
    expect(policyChange.differences).toHaveLength(1);
  });

  test("is said by review, which names the flag", async () => {
    const { stdout, stderr } = await runIn(accept(await imported()), ["review", PLAN]);
    expect(stdout).toContain(`added: ${HOLE}`);
    expect(stdout).toContain("warning: the plan changes the policy: ");
    expect(stderr).toContain("--allow-policy-change");
  });

  test("stays so when the ruleset is imported again", async () => {
    const files = accept(await imported());
    const more = HOLED.replace("-A INPUT -i lo", "-A INPUT -i eth9 -j DROP\n-A INPUT -i lo");
    const again = await imported(more, files, "--overwrite");
    expect(again[PLAN]).toContain(`    added:\n      - "${HOLE}"\n`);
    expect(again[PLAN]).not.toContain("    missing:");
  });

  test("is told of where a rule says it now", async () => {
    const files = { ...accept(await imported()), "old.rules": WHOLE };
    const argv = ["import", "old.rules", "--tolerance", "0.2", "--overwrite"];
    const { stderr, files: after } = await runIn(files, argv);
    expect(stderr.replace(/\s+/g, " ")).toContain(`has a rule for ${HOLE} now, which was added to it`);
    expect(after[PLAN]).not.toContain("    added:");
  });

  test("is told of where its policy rule is not found any more", async () => {
    const files = accept(await imported());
    const argv = ["import", "old.rules", "--tolerance", "0", "--overwrite"];
    const { stderr } = await runIn(files, argv);
    expect(stderr.replace(/\s+/g, " ")).toContain("combinations were added to it");
  });
});

describe("what can't be added", () => {
  test.each([
    ["what a rule says", HOLE.replace("443", "80"), /is in line \d+ already/],
    [
      "what is in no group",
      HOLE.replace("10.0.1.3", "10.0.7.3"),
      /is not a member of each of S-\S+ \| D-\S+ \| SRV-/,
    ],
    ["half a combination", "10.0.1.3/32", /is not a member of each of/],
  ])("%s", async (_, text, words) => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace(/( {4}missing:\n.*\n)/, `$1    added:\n      - ${text}\n`);
    const { code, stderr } = await apply(files, "--allow-policy-change");
    expect(code).toBe(1);
    expect(stderr).toMatch(/error PLAN_BAD_COMBINATION/);
    expect(stderr).toMatch(words);
  });

  test("what is under missing, too", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace(/( {4}missing:\n.*\n)/, `$1    added:\n      - ${HOLE}\n`);
    const { stderr } = await apply(files);
    expect(stderr).toContain("is under missing, too");
    expect(stderr).toContain("move one from there");
  });

  test("what is under missing no more, and not under added", async () => {
    const files = await imported();
    files[PLAN] = files[PLAN]!.replace(/ {4}missing:\n.*\n/, "");
    const { code, stderr } = await apply(files);
    expect([code, stderr.includes("error POLICY_RULE_ADDS_ACCESS")]).toEqual([1, true]);
    expect(stderr.replace(/\s+/g, " ")).toContain("missing to leave it as it is");
  });
});

describe("what can't be left out", () => {
  const withMissing = async (text: string) => {
    const files = await imported();
    return apply({
      ...files,
      [PLAN]: files[PLAN]!.replace("    missing:\n", `    missing:\n      - ${text}\n`),
    });
  };

  test.each([
    ["what a rule lets in: it would not be kept out", HOLE.replace("443", "80"), /is in line \d+ already/],
    ["what is nothing", "this | that", /is no combination of its rules' members/],
    ["a member that no rule has", HOLE.replace("10.0.1.3", "10.0.7.3"), /is no combination of its rules/],
    ["what is left out already", HOLE, /is there twice/],
  ])("%s", async (_, text, words) => {
    const { code, stderr } = await withMissing(text);
    expect([code, stderr.includes("error PLAN_BAD_COMBINATION")]).toEqual([1, true]);
    expect(stderr).toMatch(words);
    expect(stderr).toContain("missing lists what no rule says");
  });

  test("but a member may be taken out of its group", async () => {
    const files = await imported();
    const plan = files[PLAN]!.replace("      - 10.0.1.3/32\n", "");
    expect(plan).toContain(HOLE);
    expect((await apply({ ...files, [PLAN]: plan })).code).toBe(0);
  });
});

test("a member that contains a combination which stays missing lets it in, and that is shown", async () => {
  const files = await imported();
  const argv = ["group", "add", PLAN, "S-10-0-1", "10.0.1.0/24"];
  const { code, stdout } = await runIn(files, argv);
  expect(code).toBe(0);
  expect(stdout).toContain("iptables -A S-10-0-1 -s 10.0.1.0/24 -j MARK --set-xmark 0x1/0x1\n");
  // The combination is among the member's: the line that kept it out goes.
  const [source, destination] = HOLE.split(" | ");
  expect(stdout).toMatch(new RegExp(`iptables -D R-\\S+ -s ${source} -d ${destination} .* -g M-CLEAR\n`));
});

/** `markify apply --layout`: what is written, and what the plan remembers of it. */
import { describe, expect, test } from "vitest";
import { filterTable, product } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";

const PLAN = "old.rules.markify.yaml";
const HOSTS = [1, 2, 3, 4, 5, 6];
const rulesOf = (hosts: readonly number[]): string =>
  filterTable(
    [
      ...product(
        "-A FORWARD",
        hosts.map((host) => `-s 10.0.1.${host}/32`),
        hosts.map((host) => `-d 10.9.0.${host}/32`),
        ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"],
        "-j ACCEPT",
      ),
      ...product(
        "-A FORWARD",
        hosts.map((host) => `-s 10.0.2.${host}/32`),
        hosts.map((host) => `-d 10.9.0.${host}/32`),
        "-j REJECT --reject-with icmp-port-unreachable",
      ),
    ],
    { FORWARD: "DROP" },
  );
const RULES = rulesOf(HOSTS);
/** So few that they are fast. */
const FEW = rulesOf([1, 2, 3, 4]);
/** Enough to be slow. */
const MANY = rulesOf(Array.from({ length: 16 }, (_, at) => at + 1));
const CHECK = ["--packets", "1000"];

async function imported(text = RULES) {
  return { ...(await runIn({ "old.rules": text }, ["import", "old.rules"])).files };
}

const apply = (files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  runIn({ ...files }, ["apply", PLAN, "-o", "new.rules", ...CHECK, ...more]);

test("hoisted: proved, with a header that says how to read it, and remembered", async () => {
  const files = await imported();
  const first = await apply(files, "--layout", "hoisted");
  expect(first.code, first.stderr).toBe(0);
  expect(first.stderr).toContain("equal, proved for all packets");
  expect(first.stderr).toContain(`${PLAN} says layout: hoisted now`);
  const text = first.files["new.rules"]!;
  expect(text).toContain("-A FORWARD -j P-FORWARD\n");
  expect(text).toMatch(/^# P-FORWARD has the policy rules of FORWARD in a row/m);
  expect(text).toContain("It owns the mark bits 0x1 and leaves");
  // All else of the plan is as it was, and the next apply does the same.
  expect(first.files[PLAN]!.replace("layout: hoisted\n", "")).toBe(files[PLAN]);
  const second = await apply(first.files);
  expect(second.files["new.rules"]).toBe(text);
  const back = await apply(first.files, "--layout", "article");
  expect(back.files["new.rules"]).toBe((await apply(files)).files["new.rules"]!);
  expect(back.files[PLAN]).toContain("layout: article\n");
});

test("what is imported from it says so, and there is nothing to do", async () => {
  const { files } = await apply(await imported(), "--layout", "hoisted");
  const again = await runIn({ "new.rules": files["new.rules"]! }, ["import", "new.rules"]);
  const plan = again.files["new.rules.markify.yaml"]!;
  expect(plan).toMatch(/^layout: hoisted$/m);
  const applied = await runIn(again.files, [
    "apply",
    "new.rules.markify.yaml",
    "-o",
    "third.rules",
    ...CHECK,
  ]);
  expect(applied.code, applied.stderr).toBe(0);
  expect(applied.files["third.rules"]).toBe(files["new.rules"]);
});

test("a new import keeps the layout of the plan", async () => {
  const { files } = await apply(await imported(), "--layout", "hoisted");
  const more = RULES.replace("COMMIT", "-A INPUT -s 192.0.2.1/32 -j DROP\nCOMMIT");
  const again = await runIn({ ...files, "old.rules": more }, ["import", "old.rules", "--overwrite"]);
  expect(again.files[PLAN]).toMatch(/^layout: hoisted$/m);
});

test("a group gets a member by one command, in either layout", async () => {
  const { files } = await apply(await imported(), "--layout", "hoisted");
  const added = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.7.7"]);
  expect(added.code, added.stderr).toBe(0);
  expect(added.stdout).toBe("iptables -A P-FORWARD/S -s 10.0.7.7/32 -j S-10-0-1\n");
});

test("what a new member changes is the same in all layouts, also behind another change", async () => {
  const changes: unknown[] = [];
  for (const layout of ["article", "hoisted", "auto"]) {
    const { files } = await apply(await imported(), "--layout", layout);
    const first = await runIn(files, ["group", "add", PLAN, "S-10-0-1", "10.0.7.7"]);
    const second = await runIn(first.files, ["group", "add", "--json", PLAN, "S-10-0-1", "10.0.7.9"]);
    expect(second.code, second.stderr).toBe(0);
    const { result, differences } = JSON.parse(second.stdout);
    changes.push({ result, differences });
  }
  expect(changes[0]).toMatchObject({
    result: "equal",
    differences: [{ fields: { source: ["10.0.7.9/32"] } }],
  });
  expect(changes[1]).toEqual(changes[0]);
  expect(changes[2]).toEqual(changes[0]);
});

test("policy rules with groups in ipsets are not hoisted, and apply names them", async () => {
  const files = await imported();
  const one = files[PLAN]!.replace("name: S-10-0-2\n", (text) => `${text}    storage: ipset\n`);
  const { code, stderr, files: after } = await apply({ ...files, [PLAN]: one }, "--layout", "hoisted");
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("equal, proved for all packets");
  expect(stderr.replace(/\s+/g, " ")).toMatch(
    /Not in the hoisted layout, since members of their groups are in ipsets: R-\S+\.(?! and)/,
  );
  expect(after["new.rules"]).toContain("-A S-10-0-2 -m set --match-set S-10-0-2 src -j MARK");
});

test("where a chain is called from too deep for the chains of a run, apply says so", async () => {
  const chain = (at: number): string => (at === 0 ? "FORWARD" : `C${at}`);
  const calls = Array.from({ length: 9 }, (_, at) => `-A ${chain(at)} -j ${chain(at + 1)}`);
  const rules = RULES.split("\n").filter((line) => line.startsWith("-A"));
  const deep = filterTable([...calls, ...rules.map((line) => line.replace("FORWARD", "C9"))]);
  const { code, stderr, files } = await apply(await imported(deep), "--layout", "hoisted");
  expect(code, stderr).toBe(0);
  expect(stderr.replace(/\s+/g, " ")).toMatch(
    /Not in the hoisted layout, since it takes more chains below theirs than nft allows, which has 15 levels in all: R-\S+, R-\S+\./,
  );
  expect(files["new.rules"]).not.toContain(":P-C9");
});

test("a word that is no layout is refused, on the command line and in a plan", async () => {
  const files = await imported();
  expect((await apply(files, "--layout", "fast")).code).toBe(2);
  const plan = files[PLAN]!.replace("rewriteChains:", "layout: fast\nrewriteChains:");
  const wrong = await apply({ ...files, [PLAN]: plan });
  expect(wrong.stderr).toContain("PLAN_BAD_VALUE");
  expect(wrong.stderr).toContain("one of article, shared, hoisted, auto");
});

test("chains may have their own: the word for all of them takes that out", async () => {
  const files = await imported();
  const flat = "chainLayouts:\n  # It is small.\n  filter FORWARD: flat\n";
  const plan = files[PLAN]!.replace("rewriteChains:", `${flat}rewriteChains:`);
  const left = await apply({ ...files, [PLAN]: plan });
  expect(left.files["new.rules"]).toBe(RULES);
  const hoisted = await apply({ ...files, [PLAN]: plan }, "--layout", "hoisted");
  expect(hoisted.files["new.rules"]).toContain("-A FORWARD -j P-FORWARD\n");
  expect(hoisted.files[PLAN]!.replace("layout: hoisted\n", "")).toBe(files[PLAN]);
  const again = await runIn({ ...files, [PLAN]: plan }, ["import", "old.rules", "--overwrite"]);
  expect(again.files[PLAN]).toContain("chainLayouts:\n");
  expect(again.files[PLAN]).toContain("  filter FORWARD: flat\n");
  for (const wrong of ["  filter FORWARD: fast\n", "  FORWARD: flat\n"]) {
    const broken = plan.replace("  filter FORWARD: flat\n", wrong);
    const { code, stderr } = await apply({ ...files, [PLAN]: broken });
    expect(code).toBe(1);
    expect(stderr).toContain("PLAN_BAD_VALUE");
  }
});

describe("auto", () => {
  test("says what it chose, what packets cost, and is remembered", async () => {
    const first = await apply(await imported(MANY), "--layout", "auto");
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain("equal, proved for all packets");
    const said = first.stderr.replace(/\s+/g, " ");
    expect(said).toMatch(/layout of filter FORWARD: hoisted, \d+\/\d+ \(flat \d+\/\d+; article \d+\/\d+/);
    expect(said).toMatch(/filter FORWARD: expected \d+\/\d+ -> \d+\/\d+, at most \d+\/\d+ -> \d+\/\d+/);
    expect(first.files[PLAN]).toContain("layout: auto\n");
    const second = await apply(first.files);
    expect(second.files["new.rules"]).toBe(first.files["new.rules"]);
  });

  test("keeps what is faster flat, and says so", async () => {
    const read = await imported(FEW);
    const article = await apply(read, "--layout", "article");
    expect(article.stderr.replace(/\s+/g, " ")).toContain("flat is faster here");
    const auto = await apply(read, "--layout", "auto");
    expect(auto.stderr.replace(/\s+/g, " ")).toContain(
      "layout of filter FORWARD: flat is faster here, the rules stay as they are",
    );
    expect(auto.files["new.rules"]).toBe(FEW);
  });

  test("several layouts in one file: an import says them, and there is nothing to do", async () => {
    const lines = (text: string) => text.split("\n").filter((line) => line.startsWith("-A"));
    const few = lines(FEW).map((line) => line.replace("FORWARD", "INPUT"));
    const mixed = filterTable([...lines(MANY), ...few], { FORWARD: "DROP" });
    const { files, stderr } = await apply(await imported(mixed), "--layout", "auto");
    expect(stderr.replace(/\s+/g, " ")).toContain("layout of filter INPUT: flat is faster here");
    const text = files["new.rules"]!;
    expect(text).toContain("# Left flat, since that costs packets less: filter INPUT\n");
    const again = await runIn({ "new.rules": text }, ["import", "new.rules"]);
    const plan = again.files["new.rules.markify.yaml"]!;
    expect(plan).toMatch(/^layout: hoisted\nchainLayouts:\n {2}filter INPUT: flat\n/m);
    const args = ["apply", "new.rules.markify.yaml", "-o", "third.rules", ...CHECK];
    const applied = await runIn(again.files, args);
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.files["third.rules"]).toBe(text);
  });

  test("is in the JSON of apply, and in all forms of review", async () => {
    const { files } = await apply(await imported(MANY), "--layout", "auto");
    const applied = JSON.parse((await apply(files, "--json")).stdout);
    const [cost] = applied.costs;
    expect([cost.family, cost.rulesBefore]).toEqual(["v4", 768]);
    expect(cost.rulesAfter).toBeLessThan(768);
    const chain = cost.chains.find((each: { chain: string }) => each.chain === "FORWARD");
    expect(chain.new.expected.nft).toBeLessThan(chain.old.expected.nft);
    expect(cost.layouts[0]).toMatchObject({ table: "filter", chain: "FORWARD", form: "hoisted" });
    const review = async (...more: readonly string[]) =>
      (await runIn(files, ["review", PLAN, ...more])).stdout;
    expect(JSON.parse(await review("--json")).costs).toEqual(applied.costs);
    expect(await review()).toContain("layout of filter FORWARD: hoisted");
    expect(await review("--markdown")).toMatch(/^## Cost\n\nEstimated: .*\n\n- `layout of filter FORWARD/m);
  });
});

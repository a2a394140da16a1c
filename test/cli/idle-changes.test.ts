/** Changes of the policy that nothing would carry out are never written as if they were. */
import { expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

/** The plan of `FLAT` with one source taken out of its group on purpose, and more. */
async function planWith(change: (text: string) => string): Promise<Record<string, string>> {
  const { files } = await runIn({ "old.rules": FLAT }, ["import", "old.rules"]);
  const changed = files[PLAN]!.replace(/(axis: source\n.*?members:\n)( +- .*\n)/s, "$1@$2").replace(
    /@( +- .*\n)((?: +- .*\n)*)/,
    "$2    removed:\n$1",
  );
  expect(changed).toContain("removed:");
  return { ...files, [PLAN]: change(changed) };
}

const flat = (chain: string) => (text: string) =>
  text.replace(/^rewriteChains:/m, `chainLayouts:\n  filter ${chain}: flat\nrewriteChains:`);

const apply = async (files: Readonly<Record<string, string>>, ...argv: readonly string[]) =>
  runIn(files, ["apply", PLAN, "-o", "new.rules", "--allow-policy-change", ...argv]);

test("in a chain that stays flat: refused, and nothing is written", async () => {
  const files = await planWith(flat("FORWARD"));
  const { code, stderr, files: left } = await apply(files);
  expect(code).toBe(1);
  expect(stderr).toContain("error POLICY_CHANGE_STAYS_FLAT");
  expect(stderr).toMatch(/has \S+ removed/);
  expect(left["new.rules"]).toBeUndefined();
  // A layout for all chains takes the word about the one out.
  const laidOut = await apply(files, "--layout", "article");
  expect(laidOut.code).toBe(0);
  expect(laidOut.files["new.rules"]).toBeDefined();
});

test("in policy rules that are refused: told", async () => {
  const files = await planWith((text) => text.replaceAll("accept: true", "accept: false"));
  const { stderr } = await apply(files);
  expect(stderr).toContain("warning POLICY_CHANGE_REFUSED");
});

test("the layout of a chain that is not there: told", async () => {
  const { stderr } = await apply(await planWith(flat("FORWRAD")));
  expect(stderr).toContain("warning LAYOUT_OF_NO_CHAIN: chainLayouts says how filter FORWRAD is written");
});

import { test } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { readRuleset, planOf, rewriteOf } from "./support/small-tables.ts";
test("x", () => {
  const f = process.env.F!; const fam = f.includes("v6") ? "v6" : "v4";
  const old = readRuleset(readFileSync(f, "latin1"), fam as "v4");
  const plan = planOf(old);
  const { text } = rewriteOf(old, { ...plan, layout: "hoisted" });
  writeFileSync("/tmp/h/lay/t1.rules", text);
  const now = readRuleset(text, fam as "v4", "new.rules");
  const p2 = planOf(now);
  writeFileSync("/tmp/h/lay/t2.rules", rewriteOf(now, p2).text);
  console.log(p2.layout, plan.policyRules.length, p2.policyRules.length, plan.markBits, p2.markBits);
});

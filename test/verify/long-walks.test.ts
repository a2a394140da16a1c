/** Walks that never end, or take very long: an answer in a short time, and a report that can be read. */
import { expect, test } from "vitest";
import { makeVerifyView } from "../../src/report/verify-view.ts";
import { renderVerify } from "../../src/report/verify-terminal.ts";
import type { Style } from "../../src/report/style.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "./samples.ts";

const PLAIN: Style = { color: false, width: 100, ascii: false };

/** Walking packets alone: the proof looks at every chain once. */
const SAMPLES = { budget: 0 } as const;

/** Chains that call the next one `times` times, and rules at the end. */
function nested(depth: number, times: number, ...last: readonly string[]) {
  const links = Array.from({ length: depth }, (_, chain) =>
    Array.from({ length: times }, () => `-A c${chain} -j c${chain + 1}`),
  );
  return rulesetOf(
    filterOf(["-A INPUT -j c0", ...links.flat(), ...last.map((rule) => `-A c${depth} ${rule}`)]),
  );
}

test.each([
  ["one packet that takes 2^30 steps", 30],
  ["packets that take 2^17 steps each", 17],
])("%s: unknown, with the chain", async (_name, depth) => {
  const drop = "-p 200 -j DROP";
  const found = await verify(nested(depth, 2, drop), nested(depth, 2, drop, drop), SAMPLES);
  expect(found).toMatchObject({ result: "unknown", checks: [{ result: "unknown" }, {}, {}] });
  expect(found.reason).toMatch(/^table filter: chain c\d+ is walked too many times$/);
  expect(found.witness).toBeUndefined();
});

test("the proof does not walk: 2^30 steps are no more than 30 chains", async () => {
  const drop = "-p 200 -j DROP";
  const same = await verify(nested(30, 2, drop), nested(30, 2, drop, drop), { packets: 10 });
  expect(same).toMatchObject({ result: "equal", basis: "proved" });
});

test("a very long walk: both ends of it are shown", async () => {
  const [old, now] = [nested(60, 1, "-j DROP"), nested(60, 1, "-j ACCEPT")];
  const result = await verify(old, now, { packets: 100 });
  const { steps } = result.witness!.old;
  expect(steps).toHaveLength(62);
  const middle = new Array(200_000).fill(steps[30]!);
  const outcome = { ...result.witness!.old, steps: [...steps.slice(0, 30), ...middle, ...steps.slice(30)] };
  const long = { ...result, witness: { ...result.witness!, old: outcome } };
  const text = renderVerify(makeVerifyView([{ family: "v4", result: long }]), PLAIN);
  expect(text).toContain("\n    … 200022 steps …\n");
  expect(text.split("\n").length).toBeLessThan(110);
});

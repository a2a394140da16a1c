/**
 * Constructs that other tools trip over, each through import and apply, loaded before and after: what iptables-save lists is the same. And again as many
 * rules that markify groups: what it lists then is equal by proof.
 */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { applyNothing, importOrThrow, runPipeline } from "../support/pipeline.ts";
import { CONSTRUCTS } from "./constructs.ts";
import { BACKENDS, type Backend, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";
import { supportSets } from "./support-rules.ts";

function dump(text: string, family: Family, backend: Backend): string {
  const { ok, saved, errors } = loadAndSave({ family, backend, text, ipsets: supportSets(family) });
  expect(ok, `${errors}\n${text}`).toBe(true);
  // A dump without rules or policies would be equal to any other.
  expect(saved).toMatch(/^-A /mu);
  return saved;
}

const WITH_BACKENDS = CONSTRUCTS.flatMap((construct) =>
  BACKENDS.map((backend) => ({ ...construct, backend })),
);

describe("the constructs", () => {
  test("have names of their own", () => {
    expect(new Set(CONSTRUCTS.map(({ name }) => name)).size).toBe(CONSTRUCTS.length);
    expect(CONSTRUCTS.length).toBeGreaterThanOrEqual(40);
  });

  test.each(CONSTRUCTS.filter(({ loadable }) => loadable === null))(
    "that no iptables loads stay word for word: $name",
    ({ text, family }) => {
      expect(applyNothing(text, family)).toBe(text);
    },
  );
});

describeKernel("a construct is listed the same before and after", () => {
  test.each(WITH_BACKENDS.filter(({ loadable }) => loadable === undefined))(
    "$name, $family with $backend",
    ({ text, family, backend }) => {
      const before = dump(text, family, backend);
      const after = dump(applyNothing(text, family), family, backend);
      expect(normaliseSaved(after)).toEqual(normaliseSaved(before));
    },
  );
});

/** Every rule with two addresses of a few, so that rules of one construct are a product. */
function multiply(text: string, family: Family): string {
  const [from, to] = family === "v4" ? ["198.51.100.", "203.0.113."] : ["2001:db8:5::", "2001:db8:6::"];
  const hosts = [1, 2, 3, 4, 5];
  const pairs = hosts.flatMap((one) => hosts.map((other) => `-s ${from}${one} -d ${to}${other}`));
  return text.replace(
    /^(\[\d+:\d+\] )?(-A [A-Z]+) (?!(?:.* )?(?:-[sdc]|--src|-g\S*) )(.*)$/gmu,
    (_, counters = "", start, rest) => pairs.map((pair) => `${counters}${start} ${pair} ${rest}`).join("\n"),
  );
}

const LOADABLE = CONSTRUCTS.filter(({ loadable }) => loadable !== null);

describeKernel("a construct in many rules is rewritten to what is proved equal to its dump", () => {
  test.each(LOADABLE)("$name, $family", async ({ text, loadable, family }) => {
    const run = runPipeline(makeSourceFile("t.rules", multiply(text, family)), family);
    // What iptables refuses is mended where the file is written anew.
    if (loadable !== undefined) expect(run.rewritten.changed).toBe(true);
    const read = (saved: string) => importOrThrow(makeSourceFile("t.rules", saved), family);
    const old = read(dump(multiply(loadable ?? text, family), family, "legacy"));
    const now = read(dump(run.text, family, "legacy"));
    const { result, reason } = await verify(old, now, { packets: 2000 });
    expect({ result, reason }).toEqual({ result: "equal", reason: undefined });
  });

  test("most of them as groups", () => {
    const changed = LOADABLE.filter(({ text, family }) => {
      const run = runPipeline(makeSourceFile("t.rules", multiply(text, family)), family);
      return run.rewritten.changed;
    });
    expect(changed.length).toBeGreaterThan(LOADABLE.length / 2);
  });
});

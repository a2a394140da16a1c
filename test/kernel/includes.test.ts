/** Group chains that ask others, as deep as markify nests them: the kernel takes them, and what it saves is recognised. */
import { expect, test } from "vitest";
import { filterTable, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { BACKENDS, describeKernel, loadAndSave } from "./harness.ts";

const nets = (last: number) => Array.from({ length: last }, (_, at) => `-s 10.0.${at + 1}.0/24`);
const PORTS = [80, 443, 8080].map((port) => `-p tcp -m tcp --dport ${port}`);

/** Three groups, each in the next; the largest belongs to a chain that is called through `depth` others. */
function nested(depth: number): string {
  const calls = Array.from({ length: depth }, (_, at) =>
    at === 0 ? "-A INPUT -j C1" : `-A C${at} -j C${at + 1}`,
  );
  return filterTable(
    [
      ...calls,
      ...product("-A FORWARD", nets(5), ["-d 10.9.0.1/32", "-d 10.9.0.2/32", "-d 10.9.0.3/32"], "-j ACCEPT"),
      ...product("-A OUTPUT", nets(9), PORTS, "-j ACCEPT"),
      ...product(`-A ${depth === 0 ? "INPUT" : `C${depth}`}`, nets(13), PORTS, "-j ACCEPT"),
    ],
    { FORWARD: "DROP", INPUT: "DROP", OUTPUT: "DROP" },
  );
}

describeKernel("groups that include others", () => {
  for (const backend of BACKENDS) {
    test.each([0, 11, 12, 13])(`${backend}, below %i chains`, (depth) => {
      const old = readRuleset(nested(depth));
      const { text } = rewriteOf(old, planOf(old));
      expect(text.match(/^-A S-\S+ -j S-/gm)).toHaveLength(depth < 12 ? 2 : 1);
      const { saved, errors } = loadAndSave({ family: "v4", backend, text });
      expect(errors).toBe("");
      const now = readRuleset(saved);
      const again = planOf(now);
      expect(again.groups.filter(({ includes }) => includes !== undefined)).toHaveLength(depth < 12 ? 2 : 1);
      expect(rewriteOf(now, again).rewritten.changed).toBe(false);
    });
  }
});

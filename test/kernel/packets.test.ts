/**
 * The kernel as judge of the rewriter: random rulesets, every product of them rewritten, and thousands of packets sent through both: usual ones,
 * short headers, fragments, broken extension headers. What comes out, where, and with which bytes has to be the same.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { everyProduct } from "../support/every-product.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { type Backend, BACKENDS, describeKernel } from "./harness.ts";

const SENDER = fileURLToPath(new URL("packets.py", import.meta.url));
const RULESETS = 40 * EFFORT;
const PACKETS = 500;

interface Report {
  readonly files: number;
  readonly packets: number;
  readonly answered: number;
  readonly differences: readonly {
    readonly file: string;
    readonly device: string;
    readonly packet: string;
  }[];
}

/** Sends packets through pairs of restore files. */
function sendThrough(
  pairs: readonly { old: string; new: string }[],
  family: Family,
  backend: Backend,
): Report {
  const folder = mkdtempSync(join(tmpdir(), "markify-packets-"));
  try {
    pairs.forEach((pair, at) => {
      writeFileSync(join(folder, `${at}.old`), pair.old);
      writeFileSync(join(folder, `${at}.new`), pair.new);
    });
    const args = ["-n", "python3", SENDER, backend, family, String(SEED), String(PACKETS), folder];
    const run = spawnSync("unshare", args, { encoding: "utf8", maxBuffer: 1 << 26 });
    if (run.status !== 0) throw new Error(`${run.error?.message ?? ""}${run.stderr}`);
    return JSON.parse(run.stdout) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rewritePairs(family: Family): { old: string; new: string }[] {
  const pairs: { old: string; new: string }[] = [];
  for (const text of fc.sample(randomFilter(family, "stateless"), { numRuns: RULESETS * 3, seed: SEED })) {
    if (pairs.length === RULESETS) break;
    const old = readRuleset(text, family);
    const { plan } = makePlan(
      [{ path: "old", digest: "sha256:0", clustering: everyProduct(old) }],
      NO_OPTIONS,
    );
    const { rewritten, text: now } = rewriteOf(old, plan);
    if (rewritten.changed) pairs.push({ old: text, new: now });
  }
  return pairs;
}

describeKernel("packets through old and new ruleset", () => {
  const cases = (["v4", "v6"] as const).flatMap((family) => BACKENDS.map((backend) => ({ family, backend })));

  test.each(cases)(`$family with $backend (seed ${SEED})`, ({ family, backend }) => {
    const pairs = rewritePairs(family);
    const { differences, files, packets, answered } = sendThrough(pairs, family, backend);
    console.log(
      `${family} ${backend}: ${files} rulesets, ${packets} packets, ${answered} came out, seed ${SEED}`,
    );
    const first = differences[0];
    const pair = first === undefined ? undefined : pairs[Number.parseInt(first.file, 10)];
    expect(differences, pair === undefined ? "" : `${pair.old}\n---\n${pair.new}`).toEqual([]);
    // Packets that all vanish would agree about anything.
    expect(files).toBe(pairs.length);
    expect(answered).toBeGreaterThan(packets / 20);
  });

  test("a difference is seen: one port, and a short header that only multiport lets pass", () => {
    const rules = (match: string) =>
      filterTable([`-A FORWARD -p tcp -m ${match} -j ACCEPT`], { FORWARD: "DROP" });
    const report = sendThrough(
      [
        { old: rules("tcp --dport 80"), new: rules("tcp --dport 81") },
        {
          old: rules("multiport --dports 80,443"),
          new: rules("tcp --dport 80").replace(
            "COMMIT",
            "-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT\nCOMMIT",
          ),
        },
      ],
      "v4",
      "legacy",
    );
    expect(new Set(report.differences.map(({ file }) => file))).toEqual(new Set(["0.old", "1.old"]));
  });
});

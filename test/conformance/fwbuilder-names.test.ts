/**
 * The shared corpus has a policy of Firewall Builder with the groups that it was made from, compiled in two forms and dumped again: all of these groups come back under
 * their own names, and the rewrite is equal.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { readFwbuilderNames } from "../../src/import/fwbuilder/read-names.ts";
import { intervalsKey } from "../../src/import/named-set.ts";
import type { Axis, Ruleset } from "../../src/model/types.ts";
import { KnownNames } from "../../src/plan/known-names.ts";
import { makePlan } from "../../src/plan/make.ts";
import { memberIntervals } from "../../src/cluster/member-intervals.ts";
import type { Plan } from "../../src/plan/types.ts";
import { decodeSource } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { SHARED_CORPUS } from "../support/corpus.ts";
import { NO_OPTIONS, readRuleset, rewriteOf } from "../support/small-tables.ts";

const FOLDER = SHARED_CORPUS === null ? null : join(SHARED_CORPUS, "tools/fwbuilder");
const isThere = FOLDER !== null && existsSync(join(FOLDER, "groups/groups.truth.json"));
if (!isThere) console.warn("SKIPPED: names of Firewall Builder: the shared corpus has no fwbuilder/groups");

function planWithNames(ruleset: Ruleset, fwb: string): Plan {
  const { sets } = readFwbuilderNames(decodeSource(fwb, readFileSync(join(FOLDER!, fwb))));
  const known = new KnownNames(sets!, "groups.fwb");
  const clustering = findGroups(ruleset, NO_OPTIONS, undefined, (axis, members) => known.has(axis, members));
  return makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS, { known }).plan;
}

function keyOf(axis: Axis, members: readonly string[]): string {
  return intervalsKey(members.flatMap((member) => memberIntervals(axis, member) ?? []));
}

async function expectEqual(old: Ruleset, text: string): Promise<void> {
  const now = readRuleset(text, "v4", "new.rules");
  const result = await verify(old, now, { packets: 10_000, demandAnyMark: true });
  expect(result.result).toBe("equal");
}

interface Truth {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly services: Readonly<Record<string, readonly number[]>>;
}

describe.skipIf(!isThere)("a policy with 12 groups of addresses and 4 of services", () => {
  test.each(["groups-shell.v4", "groups-restore.v4"])("%s", async (name) => {
    const old = readRuleset(readFileSync(join(FOLDER!, "groups", name), "utf8"), "v4", name);
    const truth: Truth = JSON.parse(readFileSync(join(FOLDER!, "groups/groups.truth.json"), "utf8"));
    const plan = planWithNames(old, "groups/groups.fwb");
    const found = new Map<string, string[]>();
    for (const { axis, members, name: own, nameFrom } of plan.groups) {
      expect(nameFrom).toBe("fwbuilder");
      const key = keyOf(axis, members);
      found.set(key, [...(found.get(key) ?? []), own]);
    }
    const addresses = Object.entries(truth.groups).map(([group, members]) => [
      group,
      keyOf("source", members),
    ]);
    const services = Object.entries(truth.services).map(([group, ports]) => [
      group,
      keyOf(
        "service",
        ports.map((port) => `tcp dport ${port}`),
      ),
    ]);
    expect([addresses.length, services.length]).toEqual([12, 4]);
    for (const [group, key] of [...addresses, ...services]) expect(found.get(key!), group).toContain(group);
    const { text } = rewriteOf(old, plan);
    expect(text).not.toContain("Cid4013");
    await expectEqual(old, text);
  });
});

const BRANCH = ["branch-office/iptables-save.legacy", "branch-office-restore/iptables-save.nft"];

describe.skipIf(!isThere)("a policy with services of several kinds", () => {
  test.each(BRANCH)("%s: equal", async (name) => {
    const old = readRuleset(readFileSync(join(FOLDER!, name), "utf8"), "v4", name);
    const plan = planWithNames(old, "case.fwb");
    expect(plan.groups.map((group) => group.name)).toEqual(
      expect.arrayContaining(["admins", "branches", "monitors", "web_farm", "mail_hosts", "db_hosts"]),
    );
    await expectEqual(old, rewriteOf(old, plan).text);
  });
});

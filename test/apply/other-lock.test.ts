/** Do the programs of iptables-legacy take another lock? Asked of the real one, and of one that is too old to know of it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeNetfilter } from "../../src/apply/system/netfilter.ts";
import { findProgram } from "../../src/apply/system/programs.ts";
import type { HostFacts } from "../../src/apply/system.ts";
import { describeKernel } from "../kernel/harness.ts";

/** What is asked with this program for restoring. */
async function asked(restore: string): Promise<boolean> {
  const tools = { unshare: await findProgram("unshare") } as HostFacts["tools"];
  const legacy = { v4: { save: restore, restore }, v6: null };
  const programs = { legacy, nft: { v4: null, v6: null } };
  return await makeNetfilter(
    async () => ({ programs, tools }),
    async () => ({}),
  ).takesOtherLock();
}

describeKernel("the lock of iptables-legacy", () => {
  test("programs that take another file are known by failing where it can't be opened", async () => {
    expect(await asked((await findProgram("iptables-legacy-restore"))!)).toBe(true);
  });

  test("old programs don't care, and are left their own lock", async () => {
    const folder = mkdtempSync(join(tmpdir(), "markify-old-"));
    const old = join(folder, "iptables-restore");
    writeFileSync(old, '#!/bin/sh\nunset XTABLES_LOCKFILE\nexec iptables-legacy-restore "$@"\n');
    chmodSync(old, 0o755);
    try {
      expect(await asked(old)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("one that fails anyway is no answer", async () => {
    await expect(asked("/bin/false")).rejects.toThrow("/bin/false failed with 1");
  });
});

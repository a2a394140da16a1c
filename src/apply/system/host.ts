/**
 * What is there on this machine to load rules with.
 */
import { access } from "node:fs/promises";
import { hostname } from "node:os";
import type { Family } from "../../model/types.ts";
import { type Backend, type FamilyPrograms, type HostFacts, type Tool, TOOLS } from "../system.ts";
import { findProgram, run } from "./programs.ts";

const NAMES: Readonly<Record<Family, string>> = { v4: "iptables", v6: "ip6tables" };

/** Looks, and runs nothing but `iptables -V`. */
export async function inspectHost(paths: readonly string[]): Promise<HostFacts> {
  const usual = await findUsual();
  const programs = {
    legacy: await programsOf("legacy", usual),
    nft: await programsOf("nft", usual),
  };
  const tools = Object.fromEntries(
    await Promise.all(TOOLS.map(async (name) => [name, await findProgram(name)] as const)),
  ) as Record<Tool, string | null>;
  const existing = new Set<string>();
  for (const path of paths) if (await isThere(path)) existing.add(path);
  return {
    isLinux: process.platform === "linux",
    isRoot: process.getuid?.() === 0,
    programs,
    usual,
    tools,
    existing,
    hostname: hostname(),
  };
}

/** `iptables v1.8.9 (nf_tables)`; before 1.8 there was no word in brackets, and legacy alone. */
async function findUsual(): Promise<Backend | null> {
  const path = await findProgram("iptables");
  if (path === null) return null;
  const { stdout } = await run([path, "-V"], { seconds: 10 });
  if (!/^iptables v/.test(stdout)) return null;
  return stdout.includes("(nf_tables)") ? "nft" : "legacy";
}

async function programsOf(
  backend: Backend,
  usual: Backend | null,
): Promise<Readonly<Record<Family, FamilyPrograms | null>>> {
  const find = async (family: Family): Promise<FamilyPrograms | null> => {
    const named = await findPair(`${NAMES[family]}-${backend}`);
    // Where there is one backend only, its programs may have the plain names alone.
    return named ?? (usual === backend ? await findPair(NAMES[family]) : null);
  };
  return { v4: await find("v4"), v6: await find("v6") };
}

async function findPair(name: string): Promise<FamilyPrograms | null> {
  const [save, restore] = [await findProgram(`${name}-save`), await findProgram(`${name}-restore`)];
  return save === null || restore === null ? null : { save, restore };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * What sending packets needs, and what of it is not here.
 */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Family } from "../../model/types.ts";
import { restoreCommand } from "./restore-text.ts";
import type { Backend, MissingPart } from "./types.ts";

/** The outside world as far as it is looked at; tests have their own. */
export interface Surroundings {
  readonly platform: string;
  /** Effective user, or null where there are no users. */
  readonly user: number | null;
  readonly canRun: (program: string) => boolean;
  readonly canOpen: (path: string) => boolean;
}

/** Programs by the Debian package that brings them. */
const PACKAGES: Readonly<Record<string, string>> = { python3: "python3", ip: "iproute2", ipset: "ipset" };

/** This process and its machine. */
export const realSurroundings: Surroundings = {
  platform: process.platform,
  user: process.geteuid?.() ?? null,
  // Where root's programs are counts too: a user's PATH may lack it.
  canRun: (program) =>
    [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"].some((folder) =>
      isAllowed(join(folder, program), constants.X_OK),
    ),
  canOpen: (path) => isAllowed(path, constants.R_OK | constants.W_OK),
};

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Everything that is missing, in the order in which to mend it. `usesSets`: a rule names an ipset. */
export function findMissing(
  family: Family,
  backends: readonly Backend[],
  usesSets: boolean,
  around: Surroundings = realSurroundings,
): readonly MissingPart[] {
  if (around.platform !== "linux") return [{ what: "Linux", debianPackage: null }];
  const missing: MissingPart[] = [];
  if (around.user !== 0) missing.push({ what: "root", debianPackage: null });
  const programs = [
    "python3",
    "ip",
    ...(usesSets ? ["ipset"] : []),
    ...backends.map((backend) => restoreCommand(family, backend)),
  ];
  for (const program of programs)
    if (!around.canRun(program))
      missing.push({ what: program, debianPackage: PACKAGES[program] ?? "iptables" });
  if (around.user === 0 && !around.canOpen("/dev/net/tun"))
    missing.push({ what: "/dev/net/tun", debianPackage: null });
  return missing;
}

/**
 * The files that `apply` writes: their names, and the writing.
 */
import { resolve } from "node:path";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { OpenedPlan } from "./rewrite-all.ts";
import type { Product } from "./emit-product.ts";
import { shellWord } from "./shell.ts";
import { type LaidOut, laidOutOf, withLaidOut } from "../plan/layout.ts";
import type { Session } from "./session.ts";
import { encodeLike, inspectPath, readIfThere, readSource } from "./sources.ts";
import { CommandStop, stopForFile } from "./stop.ts";

/** Stops where several products would go to standard output, which takes one. */
export function requireTarget(
  planPath: string,
  { rewrites }: NonNullable<OpenedPlan["opened"]>,
  output: string | undefined,
): void {
  if (output !== undefined) return;
  if (rewrites.some(({ sets }) => sets.length > 0)) {
    const message =
      "this plan keeps members in ipsets, whose file goes beside the new ruleset; standard output takes one file";
    throw new CommandStop(EXIT.usage, message, `markify apply ${shellWord(planPath)} -o NEW`);
  }
  if (rewrites.length < 2) return;
  const message = "this plan gives two files, and standard output takes one";
  throw new CommandStop(EXIT.usage, message, `markify apply ${shellWord(planPath)} -o NEW`);
}

/**
 * Paths as a person would write them, one for each input of the plan; empty where the product goes to standard output. One product is called as
 * `output` says, of several each has its family behind it.
 */
export async function chooseTargets(
  io: Io,
  planPath: string,
  { rewrites }: NonNullable<OpenedPlan["opened"]>,
  output: string | undefined,
): Promise<readonly string[]> {
  if (output === undefined) return [];
  const targets = rewrites.map(({ ruleset }) =>
    rewrites.length === 1 ? output : `${output}.${ruleset.family}`,
  );
  const all = targets.flatMap((path, at) =>
    rewrites[at]!.sets.length > 0 ? [path, setTarget(path)] : [path],
  );
  // A plan whose input was overwritten by its own product could never be applied again.
  const taken = new Set<string>();
  const sources = rewrites.flatMap(({ ruleset }) => [ruleset.file.path, ruleset.setFile ?? []].flat());
  for (const path of [planPath, ...sources]) {
    taken.add((await inspectPath(io, path)).identity);
  }
  for (const path of all) {
    const { identity } = await inspectPath(io, path);
    if (taken.has(identity)) {
      throw new CommandStop(EXIT.usage, `${path} is what the new ruleset is made from; choose another name`);
    }
  }
  const distinct = new Set<string>();
  for (const path of all) distinct.add((await inspectPath(io, path)).identity);
  if (distinct.size === all.length) return targets;
  throw new CommandStop(EXIT.usage, `${targets.join(" and ")} are one file; choose another name`);
}

/** The file of sets beside a new ruleset. */
export function setTarget(path: string): string {
  return `${path}.ipset`;
}

/** Writes the products to their targets, all or none. */
export async function writeProducts(
  io: Io,
  products: readonly Product[],
  targets: readonly string[],
): Promise<void> {
  if (targets.length === 0) return;
  const files = targets.flatMap((target, at) => {
    const { bytes, sets } = products[at]!;
    const path = resolve(io.cwd, target);
    const beside = { target: setTarget(target), path: setTarget(path), bytes: Buffer.from(sets, "utf8") };
    return sets === "" ? [{ target, path, bytes }] : [{ target, path, bytes }, beside];
  });
  try {
    await io.writeFiles(files);
  } catch (error) {
    const failed = files.find(({ path }) => path === pathOfError(error));
    throw stopForFile("write", failed?.target ?? targets.join(" and "), error);
  }
}

/** The file that a system call was refused for, where the error knows. */
function pathOfError(error: unknown): unknown {
  return error instanceof Error && "path" in error ? error.path : undefined;
}

/** Files of sets beside new rulesets that need none: another apply has left them, or somebody else. */
export async function findStaleSets(
  io: Io,
  products: readonly Product[],
  targets: readonly string[],
): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [at, target] of targets.entries()) {
    const path = setTarget(target);
    if (products[at]!.sets !== "" || (await inspectPath(io, path)).isFolder) continue;
    if ((await readIfThere(io, path)) !== null) stale.push(path);
  }
  return stale;
}

/** Writes a layout and an order into a plan file, so that the next apply takes them, too. */
export async function keepLayout(
  { io, console }: Session,
  planPath: string,
  laidOut: LaidOut,
): Promise<void> {
  const words = Object.entries(laidOutOf(laidOut)).map(([key, word]) => `${key}: ${word}`);
  if (planPath === "-" || words.length === 0) return;
  const { file } = await readSource(io, planPath);
  const text = withLaidOut(file.text, laidOut);
  if (text === file.text) return;
  try {
    await io.writeFiles([{ path: resolve(io.cwd, planPath), bytes: encodeLike(file, text) }]);
  } catch (error) {
    throw stopForFile("write", planPath, error);
  }
  console.say(`note: ${planPath} says ${words.join(" and ")} now`);
}

/** The same once it is live: a plan says what was loaded, not what was tried. What fails now must not hide how the load ended. */
export async function keepLoadedLayout(session: Session, planPath: string, laidOut: LaidOut): Promise<void> {
  await keepLayout(session, planPath, laidOut).catch((error: unknown) => {
    if (!(error instanceof CommandStop)) throw error;
    session.console.say(`note: ${error.message}`);
  });
}

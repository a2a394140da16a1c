/**
 * The files that `apply` writes: their names, and the writing.
 */
import { resolve } from "node:path";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { OpenedPlan } from "./rewrite-all.ts";
import type { Product } from "./emit-product.ts";
import { shellWord } from "./shell.ts";
import { withLayout } from "../plan/layout.ts";
import type { Layout } from "../plan/types.ts";
import type { Session } from "./session.ts";
import { encodeLike, inspectPath, readSource } from "./sources.ts";
import { CommandStop, stopForFile } from "./stop.ts";

/** Stops where several products would go to standard output, which takes one. */
export function requireTarget(
  planPath: string,
  { rewrites }: NonNullable<OpenedPlan["opened"]>,
  output: string | undefined,
): void {
  if (rewrites.length < 2 || output !== undefined) return;
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
  // A plan whose input was overwritten by its own product could never be applied again.
  const taken = new Set<string>();
  for (const path of [planPath, ...rewrites.map(({ ruleset }) => ruleset.file.path)]) {
    taken.add((await inspectPath(io, path)).identity);
  }
  for (const path of targets) {
    const { identity } = await inspectPath(io, path);
    if (taken.has(identity)) {
      throw new CommandStop(EXIT.usage, `${path} is what the new ruleset is made from; choose another name`);
    }
  }
  const distinct = new Set<string>();
  for (const path of targets) distinct.add((await inspectPath(io, path)).identity);
  if (distinct.size === targets.length) return targets;
  throw new CommandStop(EXIT.usage, `${targets.join(" and ")} are one file; choose another name`);
}

/** Writes the products to their targets, all or none. */
export async function writeProducts(
  io: Io,
  products: readonly Product[],
  targets: readonly string[],
): Promise<void> {
  if (targets.length === 0) return;
  const files = targets.map((path, at) => ({ path: resolve(io.cwd, path), bytes: products[at]!.bytes }));
  try {
    await io.writeFiles(files);
  } catch (error) {
    throw stopForFile("write", targets.join(" and "), error);
  }
}

/** Writes a layout into a plan file, so that the next apply takes it, too. */
export async function keepLayout(
  { io, console }: Session,
  planPath: string,
  layout: Layout | undefined,
): Promise<void> {
  if (planPath === "-" || layout === undefined) return;
  const { file } = await readSource(io, planPath);
  const text = withLayout(file.text, layout);
  if (text === file.text) return;
  try {
    await io.writeFiles([{ path: resolve(io.cwd, planPath), bytes: encodeLike(file, text) }]);
  } catch (error) {
    throw stopForFile("write", planPath, error);
  }
  console.say(`note: ${planPath} says layout: ${layout} now`);
}

/**
 * `markify apply`: rewrites the inputs of a plan, checks what came out, and writes restore files. Nothing is written when the check fails.
 */
import { resolve } from "node:path";
import { renderJson } from "../../report/json.ts";
import { renderVerify, summariseCheck } from "../../report/verify-terminal.ts";
import type { RestoreView, VerifyView } from "../../report/verify-view.ts";
import type { VerifyOptions } from "../../verify/types.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { openPlan } from "../plan-files.ts";
import { checkProducts, type Product } from "../products.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { CommandStop, stopForFile } from "../stop.ts";
import { ANSWER_EXIT } from "./verify.ts";

/** Options of `apply`. */
export interface ApplyOptions extends Partial<Pick<VerifyOptions, "seed" | "packets">> {
  readonly output?: string;
  readonly json: boolean;
}

/** Runs it. */
export async function runApply(session: Session, planPath: string, options: ApplyOptions): Promise<ExitCode> {
  const { io, console } = session;
  const { output, json, ...checking } = options;
  const { opened, diagnostics } = await openPlan(io, planPath);
  reportProblems(session, diagnostics);
  if (opened === null)
    return endWithErrors(session, diagnostics, json, `${planPath} can't be carried out; nothing was written`);
  const { plan, rewrites } = opened;
  if (rewrites.length > 1 && output === undefined && !json) {
    throw new CommandStop(
      EXIT.usage,
      "this plan gives two files, and standard output takes one",
      `markify apply ${planPath} -o NEW`,
    );
  }
  const targets =
    output === undefined
      ? []
      : rewrites.map(({ ruleset }) => targetOf(output, ruleset.family, rewrites.length));
  refuseInputs(session, [planPath, ...rewrites.map(({ ruleset }) => ruleset.file.path)], targets);
  const checked = await checkProducts(session, { plan, planPath, rewrites }, checking);
  const isGood = checked.view.result === "equal";
  if (isGood) await writeProducts(session, checked.products, targets);
  const restore = isGood
    ? checked.products.map((product, at) => viewProduct(product, targets[at]))
    : undefined;
  if (json) {
    const view = { ...checked.view, ...(restore === undefined ? {} : { restore }) };
    console.product(renderJson({ ...view, diagnostics: viewDiagnostics(diagnostics) }));
  } else {
    console.sayBlock(renderVerify(checked.view, console.sideStyle));
    if (isGood && output === undefined) for (const { bytes } of checked.products) console.product(bytes);
  }
  close(session, checked.view, checked.products, targets);
  return ANSWER_EXIT[checked.view.result];
}

/** One product is called as the user says; of several each has its family behind the name. */
function targetOf(output: string, family: string, products: number): string {
  return products === 1 ? output : `${output}.${family}`;
}

/** A plan whose input was overwritten by its own product could never be applied again. */
function refuseInputs({ io }: Session, sources: readonly string[], targets: readonly string[]): void {
  const taken = new Set(sources.map((path) => resolve(io.cwd, path)));
  const clash = targets.find((path) => taken.has(resolve(io.cwd, path)));
  if (clash !== undefined)
    throw new CommandStop(EXIT.usage, `${clash} is what the new ruleset is made from; choose another name`);
}

async function writeProducts(
  { io }: Session,
  products: readonly Product[],
  targets: readonly string[],
): Promise<void> {
  if (targets.length === 0) return;
  try {
    await io.writeFiles(
      targets.map((path, at) => ({ path: resolve(io.cwd, path), bytes: products[at]!.bytes })),
    );
  } catch (error) {
    throw stopForFile("write", targets.join(" and "), error);
  }
}

function viewProduct({ family, text }: Product, path: string | undefined): RestoreView {
  return path === undefined ? { family, text } : { family, path };
}

function close(
  { console }: Session,
  view: VerifyView,
  products: readonly Product[],
  targets: readonly string[],
): void {
  if (view.result !== "equal") {
    console.close(`nothing was written: ${summariseCheck(view)}`, "");
    return;
  }
  const written = targets.length === 0 ? "" : `${targets.join(" and ")} written; `;
  const counts = products.map(({ rulesBefore, rulesAfter }) => `${rulesBefore} -> ${rulesAfter}`).join(", ");
  const tool = products[0]?.family === "v6" ? "ip6tables-restore" : "iptables-restore";
  const next = targets[0] === undefined ? "" : `${tool} --test ${targets[0]}`;
  console.close(`${written}rules ${counts}; ${summariseCheck(view)}`, next);
}

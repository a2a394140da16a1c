/**
 * The second half of an edit of a group: the proof, the plan file, and what is printed.
 */
import { renderEdit, summariseEdit } from "../report/group-edit.ts";
import { renderJson } from "../report/json.ts";
import { renderVerify } from "../report/verify-terminal.ts";
import type { SourceFile } from "../text/source.ts";
import type { VerifyOptions } from "../verify/types.ts";
import { ANSWER_EXIT, EXIT, type ExitCode } from "./exit-codes.ts";
import { compareProducts, requireOneFile } from "./group-change.ts";
import { type EditedGroup, viewEdit } from "./group-view.ts";
import { writePlanText } from "./plan-path.ts";
import { checkProducts, makeComparison } from "./products.ts";
import type { Session } from "./session.ts";
import { shellWord } from "./shell.ts";

/** What goes to standard output. */
export type EditFormat = "commands" | "restore" | "json";

/** A group before and after, with the plan that is to be written. */
export interface GroupEdit extends EditedGroup {
  readonly source: SourceFile;
}

/** Samples beside the proof: enough to notice a fault of either. */
const PACKETS = 10_000;

/** Proves the edit, writes the plan where that succeeds, and prints what follows from it. */
export async function endEdit(
  session: Session,
  edit: GroupEdit,
  options: Partial<VerifyOptions>,
  format: EditFormat,
): Promise<ExitCode> {
  const { io, console } = session;
  const { source, before, after } = edit;
  const checking = { packets: PACKETS, ...options };
  const { view: checked } = await checkProducts(session, after, checking, false);
  const isProved = checked.result === "equal" && checked.basis === "proved";
  const facts = { version: io.version, isProved };
  const change = await compareProducts(before, after, facts, makeComparison(session, checking));
  if (format === "restore") requireOneFile(change);
  const result = checked.result === "equal" && change.unknown !== null ? "unknown" : checked.result;
  const view = viewEdit(edit, change, { ...checked, result });
  if (result === "equal") await writePlanText(io, source);
  if (format === "json") await console.product(renderJson(view));
  else console.sayBlock(renderEdit(view, console.sideStyle));
  if (result !== "equal") {
    console.sayBlock(renderVerify(checked, console.sideStyle));
    console.close("nothing was written", "");
    return ANSWER_EXIT[result];
  }
  if (format !== "json") {
    const text = view.changes.map((own) => own[format] ?? "").join("");
    if (text !== "") await console.product(text);
  }
  const { path } = source;
  const flag = checked.policyChange === undefined ? "" : " --allow-policy-change";
  const target = after.rewrites.length === 1 ? "NEW.rules" : "NEW";
  console.close(
    `${path} written: ${summariseEdit(view)}`,
    `markify apply ${shellWord(path)} -o ${target}${flag}`,
  );
  return EXIT.done;
}

/**
 * `markify group export`: the groups of a plan for other tools. Nothing is printed where a member has no form there: a list that lacks one is not the group.
 */
import { exportNft } from "../../emit/groups-nft.ts";
import { exportAnsible, exportYaml } from "../../emit/groups-yaml.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { findGroup, readPlan } from "../plan-groups.ts";
import { endWithErrors, type Session } from "../session.ts";
import { CommandStop } from "../stop.ts";

/** What is printed. */
export type ExportFormat = keyof typeof FORMATS;

const FORMATS = { yaml: exportYaml, nft: exportNft, ansible: exportAnsible } as const;

/** Runs it; no names: all groups. */
export async function runGroupExport(
  session: Session,
  planPath: string,
  names: readonly string[],
  format: ExportFormat,
): Promise<ExitCode> {
  const { plan, diagnostics } = await readPlan(session, planPath);
  if (plan === null) return endWithErrors(session, diagnostics, false, `${planPath} can't be read`);
  const groups = names.length === 0 ? plan.groups : names.map((name) => findGroup(plan, planPath, name));
  const { text, problems } = FORMATS[format]([...new Set(groups)]);
  if (problems.length > 0) {
    const advice = "name the groups that are to be exported, or take --format yaml";
    throw new CommandStop(EXIT.negative, `nothing was printed: ${problems.join("; ")}`, advice);
  }
  await session.console.product(text);
  return EXIT.done;
}

/**
 * The file that tells of the traffic (`--traffic`), read for each ruleset of a plan.
 */
import { readTraffic } from "../cost/traffic/read-traffic.ts";
import type { Traffic } from "../cost/traffic/types.ts";
import type { Ruleset } from "../model/types.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import { reportProblems, type Session } from "./session.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** The traffic of each ruleset; none where no file was given. Stops where a line can't be read, or none is a packet. */
export async function readTraffics(
  session: Session,
  planPath: string,
  path: string | undefined,
  rulesets: readonly Ruleset[],
): Promise<readonly Traffic[]> {
  if (path === undefined) return [];
  if (path === "-" && planPath === "-")
    throw new CommandStop(EXIT.usage, "plan and traffic can't both come from standard input");
  const { file } = await readSource(session.io, path);
  const read = rulesets.map(({ family }) => readTraffic(file, family));
  const all = read.flatMap((each) => each.diagnostics);
  // What is wrong for IPv4 is mostly wrong for IPv6, too.
  const placeOf = ({ span, args }: Diagnostic) => `${span?.start} ${args.problem}`;
  const diagnostics = [...new Map(all.map((each) => [placeOf(each), each])).values()];
  reportProblems(session, diagnostics);
  if (hasErrors(diagnostics))
    throw new CommandStop(EXIT.negative, `${path} can't be read as traffic; nothing was done`);
  if (read.every(({ traffic }) => traffic.packets.length === 0)) {
    const families = rulesets.map(({ family }) => (family === "v4" ? "IPv4" : "IPv6")).join(" and ");
    throw new CommandStop(EXIT.usage, `no line of ${path} is an ${families} packet`);
  }
  return read.map(({ traffic }) => traffic);
}

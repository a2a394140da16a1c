/**
 * The file that tells of the traffic (`--traffic`), read for each ruleset of a plan.
 */
import { readTraffic } from "../cost/traffic/read-traffic.ts";
import type { Traffic } from "../cost/traffic/types.ts";
import type { Ruleset } from "../model/types.ts";
import { hasErrors } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import { refuseWith, type Session } from "./session.ts";
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
  const diagnostics = read.flatMap((each) => each.diagnostics);
  if (hasErrors(diagnostics)) refuseWith(session, diagnostics, `${path} can't be read; nothing was done`);
  if (read.every(({ traffic }) => traffic.packets.length === 0)) {
    const families = rulesets.map(({ family }) => (family === "v4" ? "IPv4" : "IPv6")).join(" and ");
    throw new CommandStop(EXIT.usage, `no line of ${path} is an ${families} packet`);
  }
  return read.map(({ traffic }) => traffic);
}

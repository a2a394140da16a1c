/**
 * The traffic of a replay: files as they are read, the connections of this host, and what this host says of its routes and interfaces.
 */
import { resolve } from "node:path";
import { isRoute } from "../cost/traffic/routes.ts";
import type { ReplayOptions } from "../replay/family-replay.ts";
import type { ReplayTraffic } from "../replay/replay.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { unpackGzip } from "./log-lines.ts";
import { readSource } from "./sources.ts";
import { CommandStop, systemErrorCode } from "./stop.ts";

/** Options about traffic, as commander gives them. */
export interface TrafficFlags {
  readonly packetsFrom?: readonly string[];
  readonly live?: true;
  readonly routes?: string;
  readonly thisHost?: true;
  readonly interface?: string;
  readonly backend?: "legacy" | "nft";
}

/** Where kernels without conntrack-tools list connections, where they do. */
const LIST = "/proc/net/nf_conntrack";

/** All traffic that is asked for; stops where there is none. */
export async function openTraffic(
  io: Io,
  { packetsFrom = [], live }: TrafficFlags,
): Promise<readonly ReplayTraffic[]> {
  const files = packetsFrom.map((path): ReplayTraffic => {
    const name = path === "-" ? "standard input" : path;
    return { name, chunks: unpackGzip(name, io.readChunks(path === "-" ? null : resolve(io.cwd, path))) };
  });
  if (live === true) files.push(...(await askConnections(io)));
  if (files.length === 0)
    throw new CommandStop(EXIT.usage, "nothing to replay", "--packets-from FILE, or --live");
  return files;
}

/** What is known beside the packets. `--live` asks this host, as `--this-host` does. */
export async function readReplayOptions(io: Io, flags: TrafficFlags): Promise<ReplayOptions> {
  const { routes: path, thisHost, live, backend = null, interface: device = null } = flags;
  const asksHost = thisHost === true || live === true;
  let routes = path === undefined ? "" : (await readSource(io, path)).file.text;
  if (path !== undefined && !routes.split("\n").some(isRoute))
    throw new CommandStop(EXIT.usage, `${path} has no routes`, "ip route show table all > ROUTES");
  const commands = [...["ip route show table all", "ip -6 route show table all"], "ip -o link show"];
  const [v4 = "", v6 = "", links = ""] = asksHost ? await askAll(io, commands) : [];
  if (asksHost) routes += `\n${v4}\n${v6}`;
  return { routes, device, deviceNames: readNames(links), backend };
}

async function askAll(io: Io, commands: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const command of commands) answers.push(await ask(io, command, "apt-get install iproute2"));
  return answers;
}

async function ask(io: Io, command: string, next: string): Promise<string> {
  const result = await io.runProgram(command.split(" "));
  const program = command.split(" ")[0]!;
  if (result === null) throw new CommandStop(EXIT.refused, `${program} is not installed`, next);
  if (result.exitCode === 0) return Buffer.from(result.stdout).toString("latin1");
  throw new CommandStop(
    EXIT.refused,
    `${command} failed: ${result.stderr.trim().split("\n")[0] ?? ""}`,
    "sudo",
  );
}

/** Lines of `ip -o link`, such as `2: eth0@if5: <…`. */
function readNames(links: string): ReadonlyMap<number, string> {
  const found = [...links.matchAll(/^(\d+): ([^:@\s]+)/gm)];
  return new Map(found.map(([, number, name]) => [Number(number), name!]));
}

/** The connections of both families. */
async function askConnections(io: Io): Promise<readonly ReplayTraffic[]> {
  const traffic: ReplayTraffic[] = [];
  for (const command of ["conntrack -L -f ipv4", "conntrack -L -f ipv6"]) {
    if ((await io.runProgram(["conntrack", "--version"])) === null) return [await readList(io)];
    traffic.push(trafficOf(command, await ask(io, command, "apt-get install conntrack")));
  }
  return traffic;
}

async function readList(io: Io): Promise<ReplayTraffic> {
  try {
    return trafficOf(LIST, Buffer.from(await io.readFile(LIST)).toString("latin1"));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    const message = `conntrack is not installed, and ${LIST} can't be read`;
    throw new CommandStop(EXIT.refused, message, "apt-get install conntrack");
  }
}

function trafficOf(name: string, text: string): ReplayTraffic {
  const chunks = (async function* () {
    yield Buffer.from(text, "latin1");
  })();
  return { name, chunks };
}

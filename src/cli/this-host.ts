/**
 * Asks the programs of this host which marks are in use. It only reads: every command that it runs lists something.
 */
import type { MarkFileKind } from "../import/marks/read-marks.ts";
import { decodeSource, type SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";
import { CommandStop } from "./stop.ts";

/** What one command printed. */
export interface HostOutput {
  readonly file: SourceFile;
  readonly kind: MarkFileKind;
}

/** Commands whose output is read as a whole. Without the first two nothing can be told of a host. */
const NEEDED = ["ip rule", "ip -6 rule"];
const OTHERS = [
  ...[
    "ip xfrm state",
    "ip xfrm policy",
    "ip -d link show",
    "nft list ruleset",
    "wg show all fwmark",
    "ipvsadm -Sn",
  ],
  ...["sysctl net.ipv4.fwmark_reflect net.ipv4.tcp_fwmark_accept net.ipv6.fwmark_reflect"],
];

/** Runs them all; stops where one that is there fails, or without root, to whom alone the kernel tells everything. */
export async function askThisHost(session: Session): Promise<readonly HostOutput[]> {
  const ask = makeAsker(session);
  if ((await ask("id -u"))?.text.trim() !== "0")
    throw new CommandStop(
      EXIT.refused,
      "--this-host asks the kernel, which tells everything to root alone",
      "sudo",
    );
  const outputs: HostOutput[] = [];
  for (const command of NEEDED) {
    const file = await ask(command);
    if (file === null)
      throw new CommandStop(
        EXIT.refused,
        `--this-host needs ip, which is not installed`,
        "apt-get install iproute2",
      );
    outputs.push({ file, kind: "ip-rules" });
  }
  const missing = new Set<string>();
  for (const command of OTHERS) {
    const file = await ask(command);
    if (file === null) missing.add(command.split(" ")[0]!);
    else outputs.push({ file, kind: "any" });
  }
  const filters = await askFilters(ask);
  if (filters === null) missing.add("tc");
  else outputs.push(...filters.map((file): HostOutput => ({ file, kind: "tc" })));
  for (const name of missing)
    session.console.say(`${name} is not installed: what it would know was not asked`);
  return outputs;
}

/** Null: the program is not installed. */
type Ask = (command: string) => Promise<SourceFile | null>;

function makeAsker({ io }: Session): Ask {
  return async (command) => {
    const result = await io.runProgram(command.split(" "));
    if (result === null) return null;
    if (result.exitCode !== 0) {
      const why = result.stderr.trim().split("\n")[0] ?? "";
      throw new CommandStop(
        EXIT.refused,
        `${command} failed: ${why}`,
        "give its output as a file with --marks-of",
      );
    }
    return decodeSource(command, result.stdout);
  };
}

/** Filters stand at queueing disciplines and at classes: `tc filter show` lists those of one parent. */
async function askFilters(ask: Ask): Promise<readonly SourceFile[] | null> {
  const disciplines = await ask("tc qdisc show");
  if (disciplines === null) return null;
  const commands = new Set<string>();
  for (const line of disciplines.text.split("\n")) {
    const [, kind, handle, device] = /^qdisc (\S+) (\S+) dev (\S+)/.exec(line) ?? [];
    if (kind === undefined || device === undefined) continue;
    if (kind === "clsact")
      for (const side of ["ingress", "egress"]) commands.add(`tc filter show dev ${device} ${side}`);
    else if (handle !== "0:") commands.add(`tc filter show dev ${device} parent ${handle}`);
    const classes = handle === "0:" ? null : await ask(`tc class show dev ${device}`);
    for (const found of classes?.text.matchAll(/^class \S+ (\S+)/gm) ?? [])
      commands.add(`tc filter show dev ${device} parent ${found[1]}`);
  }
  const files: SourceFile[] = [];
  for (const command of commands) {
    const file = await ask(command);
    if (file !== null) files.push(file);
  }
  return files;
}

/**
 * `group` on the command line: what the groups of a plan hold, and how that changes.
 */
import { type Command, Option } from "commander";
import type { ExportFormat } from "./commands/group-export.ts";
import type { ExitCode } from "./exit-codes.ts";
import {
  groupAddExamples,
  groupExamples,
  groupExportExamples,
  groupListExamples,
  groupRemoveExamples,
} from "./help.ts";
import type { Io } from "./io.ts";
import { budgetOption, type CommonOptions, makeCommand } from "./options.ts";
import { makeSession } from "./session.ts";

type Finish = (exitCode: ExitCode) => void;

/** Adds `group` with its commands. */
export function addGroup(program: Command, io: Io, finish: Finish): void {
  const group = program
    .command("group")
    .description("Shows, changes and exports the groups of a plan.")
    .summary("show, change and export the groups of a plan")
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", groupExamples);
  addList(group, io, finish);
  addEdit(group, "add", "add members to a group: the policy changes", groupAddExamples, io, finish);
  addEdit(
    group,
    "remove",
    "remove members from a group: the policy changes",
    groupRemoveExamples,
    io,
    finish,
  );
  addExport(group, io, finish);
}

function addList(group: Command, io: Io, finish: Finish): void {
  makeCommand(group, "list", "list the groups of a plan")
    .argument("<plan>", "a plan that import wrote")
    .option("--json", "print the list as JSON")
    .addHelpText("after", groupListExamples)
    .action(async (plan: string, { json, color }: CommonOptions) => {
      const { runGroupList } = await import("./commands/group-list.ts");
      finish(await runGroupList(makeSession(io, color), plan, json === true));
    });
}

function addEdit(
  group: Command,
  name: "add" | "remove",
  summary: string,
  examples: string,
  io: Io,
  finish: Finish,
): void {
  interface Options extends CommonOptions {
    readonly budget?: number;
    readonly restore?: true;
  }
  makeCommand(group, name, summary)
    .argument("<plan>", "a plan that import wrote")
    .argument("<group>", "name of the group")
    .argument("<members...>", "addresses, services such as tcp/443, or interfaces, as the group has")
    .addOption(new Option("--json", "print packets and commands as JSON").conflicts("restore"))
    .option("--restore", "print input for iptables-restore --noflush instead of commands")
    .addOption(budgetOption())
    .addHelpText("after", examples)
    .action(async (plan: string, id: string, members: readonly string[], options: Options) => {
      const { json, restore, color, budget } = options;
      const { runGroupEdit } = await import("./commands/group-edit.ts");
      const format = json === true ? "json" : restore === true ? "restore" : "commands";
      const limits = budget === undefined ? {} : { budget };
      const request = { verb: name, planPath: plan, group: id, members, format, ...limits } as const;
      finish(await runGroupEdit(makeSession(io, color), request));
    });
}

function addExport(group: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly format: ExportFormat;
  }
  makeCommand(group, "export", "print the groups of a plan for other tools")
    .argument("<plan>", "a plan that import wrote")
    .argument("[groups...]", "names of groups (default: all)")
    .addOption(
      new Option("--format <format>", "plain YAML, named sets of nft, or variables for Ansible")
        .choices(["yaml", "nft", "ansible"])
        .makeOptionMandatory(),
    )
    .addHelpText("after", groupExportExamples)
    .action(async (plan: string, names: readonly string[], { format, color }: Options) => {
      const { runGroupExport } = await import("./commands/group-export.ts");
      finish(await runGroupExport(makeSession(io, color), plan, names, format));
    });
}

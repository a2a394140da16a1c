/**
 * `completion` on the command line: scripts that teach a shell what markify takes.
 */
import { Argument, type Command } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { completionExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { type CommonOptions, makeCommand } from "./options.ts";
import { makeSession } from "./session.ts";

/** Adds the command; it describes the whole program, so its definitions have to be those that are used. */
export function addCompletion(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  makeCommand(program, "completion", "print a script that completes commands and options in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", completionExamples)
    .action(async (shell: "bash" | "zsh" | "fish", { color }: CommonOptions) => {
      const { renderCompletion } = await import("./usage/completion.ts");
      await makeSession(io, color).console.product(renderCompletion(program, shell));
      finish(EXIT.done);
    });
}

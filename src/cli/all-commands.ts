/**
 * All commands, in the order in which the help has them.
 */
import type { Command } from "commander";
import { addDiff, addVerify } from "./add-verify.ts";
import { addApply, addReview } from "./add-apply.ts";
import { addCompletion } from "./add-completion.ts";
import { addImport } from "./add-import.ts";
import { addDecode } from "./add-decode.ts";
import { addExplain, addReplay } from "./add-explain.ts";
import { addGroup } from "./add-group.ts";
import { addConfirm, addHistory, addRollback } from "./add-live.ts";
import { addLint } from "./add-lint.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** Adds a command to a program; what it ends with is told to `finish`. */
type AddCommand = (program: Command, io: Io, finish: (exitCode: ExitCode) => void) => void;

/** Those that markify has. */
export const ADD_COMMANDS: readonly AddCommand[] = [
  addImport,
  addReview,
  addApply,
  addVerify,
  addDiff,
  addExplain,
  addReplay,
  addGroup,
  addDecode,
  addLint,
  addConfirm,
  addRollback,
  addHistory,
  addCompletion,
];

#!/usr/bin/env node
/**
 * The executable: runs the command line for this process.
 */
import { EXIT } from "./exit-codes.ts";
import { run } from "./main.ts";
import { makeNodeIo } from "./node-io.ts";

const { io, dropUnfinished } = makeNodeIo();

process.once("SIGINT", () => {
  dropUnfinished();
  io.stderr("\nmarkify: interrupted; nothing was left half written\n");
  process.exit(EXIT.interrupted);
});

// A reader that has seen enough (`| head`) closes the pipe: no fault, and nobody is left to tell.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await run(process.argv.slice(2), io);

#!/usr/bin/env node
/**
 * The executable: runs the command line for this process. Signals have their default effect, at any time: only the writing of files catches them
 * (`node-files.ts`), since a handler would have to wait for the end of a long search.
 */
import { EXIT } from "./exit-codes.ts";
import { limitHeapGrowth } from "./heap.ts";
import { run } from "./main.ts";
import { makeNodeIo } from "./node-io.ts";
import { listenToStreams } from "./node-streams.ts";

limitHeapGrowth();
listenToStreams();
const exitCode = await run(process.argv.slice(2), makeNodeIo());
// An error of standard error may have set it already.
if (exitCode !== EXIT.done || process.exitCode === undefined) process.exitCode = exitCode;

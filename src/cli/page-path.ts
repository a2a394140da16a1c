/**
 * Where `review --html` may write.
 */
import { PAGE_SIGN } from "../report/html.ts";
import { EXIT } from "./exit-codes.ts";
import type { Session } from "./session.ts";
import { inspectPath, readIfThere } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** So much of a file is looked at to tell whether it is a page of ours. */
const START = 2000;

/** Stops where the path leads to anything that is no page of ours: a plan or a ruleset would be gone. */
export async function requirePagePath({ io }: Session, path: string): Promise<void> {
  const { isRegular, isFolder } = await inspectPath(io, path);
  if (isFolder || !isRegular) return;
  const there = await readIfThere(io, path);
  if (there === null || there.file.text.slice(0, START).includes(PAGE_SIGN)) return;
  throw new CommandStop(
    EXIT.refused,
    `${path} is there already, and is no page that markify wrote`,
    "choose another name, or remove it first",
  );
}

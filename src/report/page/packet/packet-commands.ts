/**
 * The command lines that walk a packet as the page does.
 */
import { shellWord } from "../../../text/shell-words.ts";
import type { PageData } from "../../page-data.ts";

/** A command, and the ruleset that it is about. */
export interface PacketCommand {
  readonly title: string;
  readonly line: string;
}

/** The commands for both sides; `text`: the packet as the command takes it. Paths are from the plan's folder, as in the plan. */
export function commandsOf(
  { files, report }: PageData,
  index: number,
  text: string,
): readonly PacketCommand[] {
  const [file, input] = [files[index]!, report.inputs[index]!];
  const { path, family, unparsed, partial } = input;
  const shared = [`--family ${family}`, ...(unparsed > 0 ? ["--keep-unparsed"] : []), text].join(" ");
  const sets = (known: { readonly file: string } | null | undefined): string =>
    known === null || known === undefined ? "" : `--ipset ${shellWord(known.file)} `;
  const isPart = partial !== undefined && partial.length > 0;
  const old = `markify explain ${shellWord(path)} ${isPart ? "--partial " : ""}${sets(file.sets?.old)}${shared}`;
  const name = files.length > 1 ? `NEW.${family}` : "NEW";
  const newSets = file.sets?.new == null ? "" : `--ipset ${name}.ipset `;
  const now = `markify explain ${name} ${newSets}${shared}`;
  return [
    {
      title: file.made === true ? "old ruleset (with the options that import was given)" : "old ruleset",
      line: old,
    },
    {
      title:
        "new ruleset, once markify apply PLAN -o NEW has written it (its header moves the numbers of lines)",
      line: now,
    },
  ];
}

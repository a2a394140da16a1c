/**
 * The manual page, from the program's own definitions: `scripts/man-page.mjs` writes man/markify.1. Roff as man(7) of groff and mandoc both read it.
 */
import { EXIT_CODE_HELP } from "../exit-codes.ts";
import { type CommandUsage, listCommands, nameOf } from "./describe.ts";

const DESCRIPTION =
  "markify reads flat iptables rulesets, finds sets of addresses, services and interfaces that rules share, and writes rulesets in which each of them is a chain of its own that sets a bit of the packet mark. A plan stands between both: people read, edit and approve it. The new ruleset is compared with the old one before it is written, and whatever could not be proved is said.";

/** Files that people meet, and what they are. */
const FILES: readonly (readonly [path: string, what: string])[] = [
  [
    "FILE.markify.yaml",
    "The plan of FILE, which import writes beside it: read, edited and approved by people.",
  ],
  [
    "FILE.markify.yaml.bak",
    "The plan before, where an import found no place for a comment of yours in the new one.",
  ],
  [
    "/var/lib/markify/ID/",
    "The folder of a live apply: the rules before and after it, what was done, and restore.sh, which brings the old rules back without Node.",
  ],
];

/** The page; ends with a line end. */
export function renderManPage(program: CommandUsage, version: string): string {
  const below = listCommands(program).filter(({ path }) => path.length > 0 && path.at(-1) !== "help");
  const lines = [
    '.\\" Made by scripts/man-page.mjs from the definitions of the commands; change those.',
    `.TH MARKIFY 1 "" "markify ${version}" "User Commands"`,
    ".SH NAME",
    `markify \\- ${escapeRoff(lowerFirst(program.description).replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `${bold("markify")} ${italic("command")} [${italic("argument")} ...]`,
    ".SH DESCRIPTION",
    prose(DESCRIPTION),
    ...renderOptions(program),
    ".SH COMMANDS",
    ...below.flatMap(renderCommand),
    ".SH EXAMPLES",
    ...renderExamples(program.before),
    ".SH EXIT STATUS",
    ...renderExitCodes(),
    ".SH FILES",
    ...FILES.flatMap(([path, what]) => [".TP", italic(path), prose(what)]),
    ".SH SEE ALSO",
    `${["iptables-save", "iptables-restore", "iptables-extensions", "ipset"].map((name) => `${bold(name)}(8)`).join(",\n")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function renderCommand(command: CommandUsage): readonly string[] {
  const terms = command.arguments.map(({ term }) => ` ${renderTerm(term)}`).join("");
  const rest = command.commands.length > 0 ? ` ${italic("command")}` : terms;
  const { texts, examples } = splitTexts(command.after);
  return [
    `.SS ${code(nameOf(command))}`,
    `${bold(`markify ${nameOf(command)}`)} [${italic("options")}]${rest}`,
    ".PP",
    prose(command.description),
    ...texts.flatMap((text) => [".PP", prose(text)]),
    ...command.arguments
      .filter(({ description }) => description !== "")
      .flatMap(({ term, description }) => [".TP", renderTerm(term), prose(description)]),
    ...renderOptions(command),
    ...(examples.length === 0 ? [] : [".PP", "Examples:", ".PP", ...renderBlock(examples)]),
  ];
}

function renderOptions({ options }: CommandUsage): readonly string[] {
  return options.flatMap(({ flags, term, description, values }) => {
    const choices = values?.kind === "choices" ? ` (${values.choices.join(", ")})` : "";
    const value = term === "" ? "" : ` ${renderTerm(term)}`;
    return [".TP", `${flags.map(bold).join(", ")}${value}`, prose(`${description}${choices}`)];
  });
}

/** `<file>` and `[file]`: what a person puts in is slanted. */
function renderTerm(term: string): string {
  const inside = term.slice(1, -1);
  const name = italic(inside.replace(/\.\.\.$/, ""));
  const repeated = inside.endsWith("...") ? `${name} ...` : name;
  return term.startsWith("[") ? `[${repeated}]` : repeated;
}

function renderExamples(text: string): readonly string[] {
  return renderBlock(splitTexts(text).examples);
}

/** Texts of a help: paragraphs, then all that stands under "Examples:". */
function splitTexts(text: string): {
  readonly texts: readonly string[];
  readonly examples: readonly string[];
} {
  const [said = "", examples = ""] = text.split(/^Examples:\n/m);
  const texts = said.split("\n\n").map((each) => each.trim());
  return {
    texts: texts.filter((each) => each !== ""),
    examples: examples.trimEnd().split("\n").filter(Boolean),
  };
}

/** Lines as they are. */
function renderBlock(lines: readonly string[]): readonly string[] {
  return [".nf", ...lines.map((line) => code(line)), ".fi"];
}

function renderExitCodes(): readonly string[] {
  return EXIT_CODE_HELP.split("\n").flatMap((line) => {
    const [, number, what] = /^ {2}(\d+) +(.*)$/.exec(line) ?? [];
    return number === undefined ? [] : [".TP", bold(number), prose(what!)];
  });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A text to be filled; what looks like an option keeps its dashes. */
function prose(text: string): string {
  const escaped = escapeRoff(text).replace(
    /(^|[\s(])(-{1,2})(?=[a-z])/gi,
    (_, before: string, dashes: string) => before + dashes.replaceAll("-", "\\-"),
  );
  return wrap(escaped.split(/\s+/)).map(atLineStart).join("\n");
}

/** Lines of at most 78 characters, where words allow it. */
function wrap(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 78) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What is typed: every dash is one. */
function code(text: string): string {
  return atLineStart(escapeRoff(text).replaceAll("-", "\\-"));
}

function bold(text: string): string {
  return `\\fB${escapeRoff(text).replaceAll("-", "\\-")}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escapeRoff(text).replaceAll("-", "\\-")}\\fR`;
}

/** Characters that roff would take for something else, and those outside ASCII. */
function escapeRoff(text: string): string {
  const named: Readonly<Record<string, string>> = {
    "\\": "\\e",
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    '"': "\\(dq",
  };
  return [...text]
    .map((character) => {
      const point = character.codePointAt(0)!;
      if (point < 0x80) return named[character] ?? character;
      return `\\[u${point.toString(16).toUpperCase().padStart(4, "0")}]`;
    })
    .join("");
}

/** A dot in front would make a request of the line. */
function atLineStart(text: string): string {
  return text.startsWith(".") ? `\\&${text}` : text;
}

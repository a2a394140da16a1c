/**
 * The only writer to stdout and stderr: the product goes to the one, everything that is said about it to the other.
 */
import { paint, printable, type Style } from "../report/style.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { formatDiagnostic } from "../text/excerpt.ts";
import type { Io } from "./io.ts";
import { stopForFile } from "./stop.ts";

/** When colours are used: `auto` where a terminal is and NO_COLOR isn't set. */
export type ColorChoice = "auto" | "always" | "never";

/** What commands write with. */
export interface Console {
  /** How the product is to look on stdout. */
  readonly style: Style;
  /** Writes a piece of the product; resolves when it is out. Stops the command where it can't be written. */
  readonly product: (data: string | Uint8Array) => Promise<void>;
  /** The product as a text to read: on a terminal in the person's pager. */
  readonly document: (text: string) => Promise<void>;
  /** Says something about it: one line. */
  readonly say: (text: string) => void;
  /** Writes a block of text to stderr as it is, such as a check's result in the looks of `sideStyle`. */
  readonly sayBlock: (text: string) => void;
  readonly sideStyle: Style;
  /** Prints diagnostics with their excerpts, a blank line after each, and counts them where there are many. */
  readonly diagnose: (diagnostics: readonly Diagnostic[]) => void;
  /** Ends the command: the summary and, where there is one, the next command. */
  readonly close: (summary: string, next: string) => void;
  /** Shows how far a long piece of work is; only on a terminal, and only after a second. */
  readonly progress: (label: string, done: number, total: number) => void;
}

/** Diagnostics shown of one kind of severity; a file of the wrong format has one a line. */
const MOST_DIAGNOSTICS = 50;

const PROGRESS_AFTER = 1000;
const PROGRESS_EVERY = 100;
const DEFAULT_WIDTH = 100;

/** Makes the console of one command. */
export function makeConsole(io: Io, color: ColorChoice): Console {
  const side = makeStyle(io, color, io.stderrIsTerminal);
  const progress = makeProgress(io);
  const write = (text: string): void => {
    progress.clear();
    io.stderr(side.ascii ? plainSigns(text) : text);
  };
  const say = (text: string): void => write(`${printable(text)}\n`);
  const product = async (data: string | Uint8Array): Promise<void> => {
    progress.clear();
    try {
      await io.stdout(data);
    } catch (error) {
      throw stopForFile("write", "standard output", error);
    }
  };
  return {
    style: makeStyle(io, color, io.stdoutIsTerminal),
    sideStyle: side,
    product,
    document: async (text) => {
      progress.clear();
      // Where nobody sits, nobody would leave a pager.
      const isSomebodyThere = io.stdoutIsTerminal && io.stdinIsTerminal && !io.env.CI;
      if (!(isSomebodyThere && (await io.showInPager(text)))) await product(text);
    },
    say,
    sayBlock: write,
    diagnose: (diagnostics) => {
      for (const diagnostic of diagnostics.slice(0, MOST_DIAGNOSTICS)) {
        write(`${formatDiagnostic(diagnostic, { maxWidth: side.width })}\n\n`);
      }
      const rest = diagnostics.length - MOST_DIAGNOSTICS;
      if (rest > 0) write(`and ${rest} more (--json has all of them)\n\n`);
    },
    close: (summary, next) => {
      say(summary);
      if (next !== "") write(`next: ${paint(side, "name", printable(next))}\n`);
    },
    progress: progress.show,
  };
}

function makeStyle(io: Io, color: ColorChoice, isTerminal: boolean): Style {
  // NO_COLOR counts when it is not empty (no-color.org).
  const wanted = isTerminal && !io.env.NO_COLOR && io.env.TERM !== "dumb";
  const width = isTerminal ? (io.columns ?? DEFAULT_WIDTH) : DEFAULT_WIDTH;
  return { color: color === "always" || (color === "auto" && wanted), width, ascii: !speaksUtf8(io) };
}

/** The locale of the C library's rules: LC_ALL before LC_CTYPE before LANG. Without any, what reads the output is probably no old terminal. */
function speaksUtf8(io: Io): boolean {
  const locale = io.env.LC_ALL || io.env.LC_CTYPE || io.env.LANG;
  return !locale || /utf-?8/i.test(locale);
}

/** Our signs in ASCII, for messages whose wording has no style to ask. */
function plainSigns(text: string): string {
  return text.replace(/…/g, "...").replace(/→/g, "->").replace(/×/g, "x");
}

function makeProgress(io: Io): { readonly show: Console["progress"]; readonly clear: () => void } {
  const start = io.now();
  let last = start;
  let shown = false;
  return {
    show: (label, done, total) => {
      const now = io.now();
      if (!io.stderrIsTerminal || now - start < PROGRESS_AFTER || now - last < PROGRESS_EVERY) return;
      last = now;
      shown = true;
      io.stderr(`\r${label} ${Math.floor((100 * done) / Math.max(1, total))} %\u001b[K`);
    },
    clear: () => {
      if (shown) io.stderr("\r\u001b[K");
      shown = false;
    },
  };
}

/**
 * `markify decode`: says what marks in log lines mean. Lines pass as they come, byte for byte, with something behind those that have a mark of a group.
 */
import { resolve } from "node:path";
import { type Decoded, makeDecoder } from "../../decode/decode.ts";
import { type Legend, makeLegend } from "../../decode/legend.ts";
import type { Family } from "../../model/types.ts";
import { decodedJson, describeDecoded } from "../../report/decode-line.ts";
import { readProduct } from "../read-back.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readPieces, unpackGzip } from "../log-lines.ts";
import { openPlan } from "../plan-files.ts";
import { type InputCommandOptions, readInputs } from "../read-input.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { CommandStop, stopForFile } from "../stop.ts";

/** Options of `decode`. */
export interface DecodeOptions {
  /** Path of a plan; the rulesets that it was made from are read, too. */
  readonly plan?: string;
  /** Paths of rulesets with mark groups, one of each family at most. */
  readonly rules?: readonly string[];
  /** What the rulesets are, where they don't show it. */
  readonly family?: Family;
  readonly json: boolean;
}

/** Runs it. */
export async function runDecode(
  session: Session,
  paths: readonly string[],
  { plan, rules = [], json, ...reading }: DecodeOptions,
): Promise<ExitCode> {
  if ((plan === undefined) === (rules.length === 0))
    throw new CommandStop(EXIT.usage, "decode needs to know the groups: --plan PLAN or --rules FILE");
  if (rules.includes("-")) throw new CommandStop(EXIT.usage, "standard input is for the log");
  const { rulesets, diagnostics } =
    plan === undefined ? await readRules(session, rules, reading) : await readProducts(session, plan);
  reportProblems(session, diagnostics);
  if (rulesets === null) return endWithErrors(session, diagnostics, json, "nothing was decoded");
  const legends = rulesets.map(makeLegend).filter(({ own }) => own !== 0);
  if (legends.length === 0)
    throw new CommandStop(EXIT.usage, `${plan ?? rules.join(", ")} has no mark groups that could be decoded`);
  if (new Set(legends.map(({ family }) => family)).size < legends.length)
    throw new CommandStop(
      EXIT.usage,
      "two rulesets are of one family: nobody can tell which of them logged a line",
    );
  return decodeAll(session, paths.length === 0 ? ["-"] : paths, legends, json);
}

async function readRules(session: Session, paths: readonly string[], reading: InputCommandOptions) {
  const { inputs: read } = await readInputs(session, paths, reading);
  const found = read.flatMap(({ input }) =>
    input.rulesets.flatMap(({ imported }) => (imported.ruleset === null ? [] : [imported.ruleset])),
  );
  const diagnostics = read.flatMap(({ input }) => input.diagnostics);
  const isRead = read.every(({ input }) => input.rulesets.length > 0);
  return { rulesets: isRead ? found : null, diagnostics };
}

/** What `apply` would write: then what was written means the same. */
async function readProducts(session: Session, planPath: string) {
  const { opened, diagnostics } = await openPlan(session, planPath);
  if (opened === null) return { rulesets: null, diagnostics };
  const source = { ...opened, planPath };
  const rulesets = opened.rewrites.map((_, at) => readProduct(source, session.io.version, at));
  return { rulesets, diagnostics };
}

async function decodeAll(
  { io, console }: Session,
  paths: readonly string[],
  legends: readonly Legend[],
  json: boolean,
): Promise<ExitCode> {
  const decode = makeDecoder(legends);
  let number = 0;
  for (const path of paths) {
    const name = path === "-" ? "standard input" : path;
    try {
      const chunks = unpackGzip(name, io.readChunks(path === "-" ? null : resolve(io.cwd, path)));
      for await (const pieces of readPieces(chunks)) {
        let out = "";
        for (const { text, isLong } of pieces) {
          if (text.endsWith("\n")) number++;
          const decoded = isLong || !text.includes(" MARK=0x") ? null : decode(text);
          out += json
            ? jsonLine(decoded, text.endsWith("\n") ? number : number + 1)
            : textLine(decoded, text);
        }
        if (out !== "") await console.product(Buffer.from(out, "latin1"));
        if (io.stdoutIsGone()) return EXIT.done;
      }
    } catch (error) {
      throw stopForFile("read", path, error);
    }
  }
  return EXIT.done;
}

/** The line itself, and behind it what it means. Texts stand for bytes. */
function textLine(decoded: Decoded | null, text: string): string {
  if (decoded === null) return text;
  const [, line, end] = /^(.*?)(\s*)$/s.exec(text) ?? [];
  return `${line} ${inBytes(describeDecoded(decoded))}${end}`;
}

function jsonLine(decoded: Decoded | null, number: number): string {
  return decoded === null ? "" : `${inBytes(decodedJson(decoded, number))}\n`;
}

function inBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

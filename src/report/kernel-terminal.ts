/**
 * The kernel's answer for a terminal: a line for each backend, the packets that fared differently, and what was not tried.
 */
import type { Fate, KernelDifference, KernelReport } from "../verify/kernel/types.ts";
import { count } from "./findings.ts";
import type { KernelView } from "./kernel-view.ts";
import { paint, printable, type Style, wrapWords } from "./style.ts";

/** Differences that are shown of each backend. */
const SHOWN = 3;

/** Several lines; each ends with a line end. Empty where the kernel was not asked. */
export function renderKernel(kernel: KernelView | undefined, style: Style): string {
  const lines = (kernel?.reports ?? []).flatMap((report) => renderReport(report, style));
  return lines.map((line) => `${line}\n`).join("");
}

function renderReport(report: KernelReport, style: Style): readonly string[] {
  if (report.failure !== undefined) {
    const words = printable(`kernel, ${report.backend}: can't tell: ${report.failure}`).split(" ");
    return wrapWords(style, words, "  ").map((line) => paint(style, "warning", line));
  }
  const { differing, sent } = report;
  const answer =
    differing === 0
      ? `no difference in ${count(sent, "packet")}`
      : `${differing} of ${count(sent, "packet")} fared differently`;
  const head = `  kernel ${printable(report.kernel)}, ${report.backend}: ${answer}`;
  return [
    paint(style, differing === 0 ? "good" : "bad", head),
    ...report.differences.slice(0, SHOWN).flatMap((difference) => renderDifference(difference, style)),
    ...report.notSent.flatMap(({ packets, reason }) =>
      wrapWords(style, printable(`not sent: ${count(packets, "packet")}: ${reason}`).split(" "), "    "),
    ),
    ...report.unobserved.flatMap((sentence) =>
      wrapWords(style, printable(`not seen: ${sentence}`).split(" "), "    "),
    ),
  ];
}

function renderDifference(
  { packet, differs, old, new: now }: KernelDifference,
  style: Style,
): readonly string[] {
  const fields = Object.entries(packet.fields).map(([name, value]) => printable(`${name}=${value}`));
  return [
    `    packet in ${packet.table} ${packet.hook}, differs in ${differs.join(", ")}:`,
    ...wrapWords(style, fields, "      "),
    ...wrapWords(style, fateWords("old", old), "    "),
    ...wrapWords(style, fateWords("new", now), "    "),
  ];
}

/** What became of the packet, without its bytes. */
function fateWords(side: string, fate: Fate): readonly string[] {
  const parts = [
    `${side}: ${fate.verdict}`,
    ...(fate.out === undefined ? [] : [`out ${fate.out}`]),
    ...(fate.mark === undefined ? [] : [`mark ${fate.mark}`]),
    ...(fate.connmark === undefined ? [] : [`connmark ${fate.connmark}`]),
    ...fate.answers.map((answer) => `answered ${answer}`),
    ...fate.logs.map((log) => `told ${log}`),
  ];
  return printable(parts.join(", ")).split(" ");
}

/**
 * A services file, as `/etc/services` is one (services(5)): which name a port has.
 */
import { parseUint } from "../model/numbers.ts";
import { type Report, reportTo } from "../syntax/report.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { splitNameLines, type NameWord } from "./name-lines.ts";

/** One line. */
export interface ServiceEntry {
  readonly name: string;
  /** As the file has it: `tcp`, `udp` … */
  readonly protocol: string;
  readonly port: number;
}

/** Reads it, in its order. Null where a line can't be read. */
export function parseServices(file: SourceFile): {
  readonly entries: readonly ServiceEntry[] | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report = reportTo(diagnostics, file);
  const entries = [...splitNameLines(file, /#/)].flatMap((words) => readLine(words, report) ?? []);
  return { entries: hasErrors(diagnostics) ? null : entries, diagnostics };
}

function readLine([name, place]: readonly NameWord[], report: Report): ServiceEntry | null {
  if (name === undefined) return null;
  if (place === undefined) {
    report("SERVICES_LINE", name, { found: name.text });
    return null;
  }
  const [number = "", protocol = ""] = place.text.split("/");
  const port = parseUint(number, 65535);
  if (port !== null && /^[a-z0-9-]+$/i.test(protocol))
    return { name: name.text, protocol: protocol.toLowerCase(), port };
  report("SERVICES_LINE", place, { found: place.text });
  return null;
}

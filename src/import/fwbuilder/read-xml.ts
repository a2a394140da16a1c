/**
 * Text to elements. The file is somebody else's: nothing is fetched, no entity is defined or expanded (saxes knows the five of XML and character references, and
 * refuses others), and depth and number of elements are bounded.
 */
import { SaxesParser } from "saxes";
import { type Diagnostic, makeDiagnostic } from "../../text/diagnostic.ts";
import type { SourceFile } from "../../text/source.ts";

/** An element with its attributes; text between elements is left aside. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Offset of its `<`. */
  readonly start: number;
  /** Offset behind its start tag. */
  readonly end: number;
}

/** Bounds of what is read. Firewall Builder's own files are far below. */
export const XML_LIMITS = Object.freeze({ characters: 64_000_000, elements: 1_000_000, depth: 100 });

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
}

/** Reads a document; null with an error where it can't be read. */
export function readXml(
  file: SourceFile,
  limits: Readonly<Record<keyof typeof XML_LIMITS, number>> = XML_LIMITS,
): { readonly root: XmlElement | null; readonly diagnostics: readonly Diagnostic[] } {
  const tooLarge = (what: keyof typeof XML_LIMITS) => {
    const diagnostic = makeDiagnostic("NAMES_TOO_LARGE", null, { what: UNITS[what], most: limits[what] });
    return { root: null, diagnostics: [diagnostic] };
  };
  if (file.text.length > limits.characters) return tooLarge("characters");
  const parser = new SaxesParser({ position: true, xmlns: false } as const);
  const open: OpenElement[] = [];
  let root: XmlElement | null = null;
  let elements = 0;
  let beyond: keyof typeof XML_LIMITS | null = null;
  let problem: Diagnostic | null = null;
  parser.on("error", (error) => {
    problem ??= describeFault(file, parser.position, error.message);
  });
  parser.on("opentag", ({ name, attributes }) => {
    const end = parser.position;
    const start = Math.max(0, file.text.lastIndexOf("<", end - 1));
    const element: OpenElement = { name, attributes, children: [], start, end };
    elements++;
    if (elements > limits.elements) beyond ??= "elements";
    if (open.length >= limits.depth) beyond ??= "depth";
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  // In pieces, so that a file that is broken or too large is not read to its end.
  for (let at = 0; at < file.text.length && problem === null && beyond === null; at += PIECE) {
    parser.write(file.text.slice(at, at + PIECE));
  }
  if (beyond !== null) return tooLarge(beyond);
  if (problem === null) parser.close();
  return problem === null ? { root, diagnostics: [] } : { root: null, diagnostics: [problem] };
}

const PIECE = 0x10000;

const UNITS: Readonly<Record<keyof typeof XML_LIMITS, string>> = {
  characters: "characters",
  elements: "elements",
  depth: "elements inside each other",
};

/** saxes puts line and column before its message; the span says it better. */
function describeFault(file: SourceFile, position: number, message: string): Diagnostic {
  const end = Math.min(position, file.text.length);
  const span = { file, start: Math.max(0, end - 1), end };
  return makeDiagnostic("NAMES_XML", span, { problem: message.replace(/^(?:[^ ]*:)?\d+:\d+: |\.$/g, "") });
}

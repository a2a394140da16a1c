/**
 * How the parser and the model report what they find: by a piece of the file at hand, so that they need not carry the file around.
 */
import type { DiagnosticArgs } from "../text/code-row.ts";
import type { DiagnosticCode } from "../text/codes.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile, Span } from "../text/source.ts";

/** A piece of the file at hand: a word, a node, or any two offsets. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** A remark beside a finding, with the piece that it is about. */
export interface PieceNote {
  readonly message: string;
  readonly place: Piece;
}

/** Reports a finding about a piece of the file. */
export type Report = (code: DiagnosticCode, place: Piece, args?: DiagnosticArgs, note?: PieceNote) => void;

/** A report that appends diagnostics about `file` to a list. */
export function reportTo(diagnostics: Diagnostic[], file: SourceFile): Report {
  const spanOf = ({ start, end }: Piece): Span => ({ file, start, end });
  return (code, place, args, note) => {
    const notes = note === undefined ? [] : [{ message: note.message, span: spanOf(note.place) }];
    diagnostics.push(makeDiagnostic(code, spanOf(place), args, { notes }));
  };
}

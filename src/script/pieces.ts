/**
 * Text that remembers where in the script each part of it stood, with holes for what only a running script would know.
 */

/** A stretch of the script's text; `to` exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Something that can't be known from the script alone. */
export interface Unknown {
  /** A clause: `$LAN is not set in the script`. */
  readonly why: string;
  readonly at: Stretch;
  /** What the user could give: `--define LAN=VALUE`; null where no option settles it. */
  readonly option: string | null;
  /** True for a hole that holds no line end and no blank at its ends. */
  readonly inline: boolean;
  /** True where it stands unquoted, so that it may be any number of words. */
  readonly splits?: boolean;
  /** Of a status: some failure, whose number isn't known. */
  readonly fails?: boolean;
}

/** A part of a text: known, or a hole. `from` to `to` is where it stands in the script; exact when it is as long as the text. */
export interface Piece extends Stretch {
  readonly text: string;
  readonly unknown: Unknown | null;
}

/** A text in parts. */
export type Pieces = readonly Piece[];

/** A hole's value in a variable, or known text. Places are given when the variable is used. */
export type Value = readonly (string | Unknown)[];

/** Known text. */
export function known(text: string, at: Stretch): Piece {
  return { text, unknown: null, from: at.from, to: at.to };
}

/** A hole. */
export function hole(unknown: Unknown, at: Stretch): Piece {
  return { text: "", unknown, from: at.from, to: at.to };
}

/** The known text of all parts; holes count as nothing. */
export function textOf(pieces: Pieces): string {
  return pieces.length === 1 ? pieces[0]!.text : pieces.map((piece) => piece.text).join("");
}

/** The first hole, or null where all is known. */
export function holeIn(pieces: Pieces): Unknown | null {
  return pieces.find((piece) => piece.unknown !== null)?.unknown ?? null;
}

/** From the first part to the last, in the script; `otherwise` for an empty text. */
export function stretchOf(pieces: Pieces, otherwise: Stretch): Stretch {
  if (pieces.length === 0) return otherwise;
  return {
    from: Math.min(...pieces.map((piece) => piece.from)),
    to: Math.max(...pieces.map((piece) => piece.to)),
  };
}

/** Characters `start` to `end` of the known text, holes in between included. */
export function slicePieces(pieces: Pieces, start: number, end: number): Pieces {
  const result: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const first = Math.max(start - at, 0);
    const last = Math.min(end - at, piece.text.length);
    const isExact = piece.to - piece.from === piece.text.length;
    if (piece.unknown !== null) {
      if (at >= start && at <= end) result.push(piece);
    } else if (first < last) {
      const from = isExact ? piece.from + first : piece.from;
      const to = isExact ? piece.from + last : piece.to;
      result.push({ text: piece.text.slice(first, last), unknown: null, from, to });
    }
    at += piece.text.length;
  }
  return result;
}

/** The lines of a text, without their ends. */
export function splitLines(pieces: Pieces): readonly Pieces[] {
  const lines: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece.unknown !== null) {
      lines.at(-1)!.push(piece);
      continue;
    }
    let at = 0;
    for (const [index, text] of piece.text.split("\n").entries()) {
      if (index > 0) lines.push([]);
      if (text !== "") lines.at(-1)!.push(...slicePieces([piece], at, at + text.length));
      at += text.length + 1;
    }
  }
  return lines.at(-1)!.length === 0 ? lines.slice(0, -1) : lines;
}

/** As a variable holds it. */
export function toValue(pieces: Pieces): Value {
  const atoms: (string | Unknown)[] = [];
  for (const piece of pieces) {
    const last = atoms.at(-1);
    if (piece.unknown !== null) atoms.push(piece.unknown);
    else if (typeof last === "string") atoms[atoms.length - 1] = last + piece.text;
    else atoms.push(piece.text);
  }
  return atoms;
}

/** A variable's value at the place where it is used. */
export function fromValue(value: Value, at: Stretch): Pieces {
  return value.map((atom) => (typeof atom === "string" ? known(atom, at) : hole(atom, at)));
}

/** True when both values are known and the same text. */
export function isSameValue(one: Value, other: Value): boolean {
  return (
    one.length === other.length &&
    one.every(
      (atom, index) => atom === other[index] || (typeof atom !== "string" && isSameHole(atom, other[index]!)),
    )
  );
}

function isSameHole(one: Unknown, other: string | Unknown): boolean {
  return typeof other !== "string" && one.at.from === other.at.from && one.why === other.why;
}

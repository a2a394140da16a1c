/**
 * Comments of a script that belong to a rule: fwbuilder's marks with what stands below them, else the lines right above the command.
 */
import { locate, lineText, type SourceFile } from "../text/source.ts";
import type { Stretch } from "./pieces.ts";

/** A comment line, without blanks at its ends. */
export interface Note extends Stretch {
  readonly text: string;
}

/** The notes of a rule; `key` is the same for rules that share them. */
export interface Notes {
  readonly key: number;
  readonly lines: readonly Note[];
}

const MARK = /^#\s+Rule\s+(.*\S)/u;

/** Finds the comments of one script. */
export class ScriptNotes {
  readonly #file: SourceFile;
  /** For each line (from 1) the mark that rules there belong to: its line, 0 for none. */
  readonly #marks: readonly number[];

  constructor(file: SourceFile) {
    this.#file = file;
    const marks: number[] = [0];
    let mark = 0;
    for (let line = 1; line <= file.lineStarts.length; line += 1) {
      const text = lineText(file, line).trim();
      if (MARK.test(text)) mark = line;
      else if (/^# =====|^\}/u.test(text)) mark = 0;
      marks.push(mark);
    }
    this.#marks = marks;
  }

  /** The comments of the rule that a command at this place made. */
  notesAt(at: number): Notes {
    const { line } = locate(this.#file, at);
    const mark = this.#marks[line] ?? 0;
    return mark === 0 ? this.#above(line) : { key: mark, lines: this.#below(mark) };
  }

  #note(line: number): Note | null {
    const text = lineText(this.#file, line);
    const trimmed = text.trim();
    if (!trimmed.startsWith("#") || trimmed.startsWith("#!")) return null;
    const from = this.#file.lineStarts[line - 1]! + text.indexOf("#");
    return { text: trimmed.replace(/^#\s+Rule\s+/u, "# Rule "), from, to: from + trimmed.length };
  }

  /** A mark and the comments up to the first rule; fwbuilder's own `echo` of the mark stands between them. */
  #below(mark: number): readonly Note[] {
    const notes: Note[] = [];
    for (let line = mark; line <= this.#file.lineStarts.length; line += 1) {
      const note = this.#note(line);
      if (note === null && !/^\s*(?:echo "Rule .*)?$/u.test(lineText(this.#file, line))) break;
      if (note !== null && /\w/u.test(note.text)) notes.push(note);
    }
    return notes;
  }

  #above(line: number): Notes {
    const notes: Note[] = [];
    let first = line;
    for (let above = line - 1; above > 0 && notes.length < 20; above -= 1) {
      const note = this.#note(above);
      if (note === null) break;
      first = above;
      if (/\w/u.test(note.text) && !note.text.startsWith("# =====")) notes.unshift(note);
    }
    return { key: first, lines: notes };
  }
}

/**
 * Words as a POSIX shell takes them: written so that they can be copied into a command line, and read again where a person pastes one.
 */

/** What a POSIX shell takes for one word as it is. */
const PLAIN = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** A word as a shell needs it; a path that begins with a dash would be an option, so it gets its folder before it. */
export function shellWord(word: string): string {
  return shellValue(word.startsWith("-") && word !== "-" ? `./${word}` : word);
}

/** An option, or its value, as a shell needs it. */
export function shellValue(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Pieces of a word: quoted, quoted with escapes, an escaped sign, plain signs. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/suy;

/** Splits a command line into words; null where a quote is not closed, or the last sign escapes nothing. Nothing is expanded: variables and patterns stay as they are. */
export function splitShellWords(line: string): readonly string[] | null {
  const words: string[] = [];
  let at = skipBlanks(line, 0);
  while (at < line.length) {
    let word = "";
    while (at < line.length && !/\s/.test(line[at]!)) {
      PIECE.lastIndex = at;
      const found = PIECE.exec(line);
      if (found === null) return null;
      const [piece, single, double, escaped, plain] = found;
      word += single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "";
      at += piece.length;
    }
    words.push(word);
    at = skipBlanks(line, at);
  }
  return words;
}

function skipBlanks(line: string, start: number): number {
  let at = start;
  while (at < line.length && /\s/.test(line[at]!)) at += 1;
  return at;
}

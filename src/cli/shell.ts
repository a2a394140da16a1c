/**
 * Command lines that a person can copy.
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

/**
 * Command lines that a person can copy.
 */
export { shellValue, shellWord } from "../text/shell-words.ts";

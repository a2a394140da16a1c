/**
 * Writes single YAML values by hand: the plan file is one text with comments at fixed places, which is quicker and steadier
 * to print than to build as a library's document. Reading goes through the `yaml` package.
 */

/** Plain scalars that no YAML schema reads as anything but this very string, in block and in flow collections. */
const PLAIN = /^[A-Za-z0-9_/.](?:[A-Za-z0-9_/.+*-]|:(?=[^ ])| (?=[A-Za-z0-9_/.:-]))*$/;

/** What YAML 1.1 and 1.2 readers take for a number, a truth value, a date or nothing. */
const NOT_A_STRING =
  /^(?:[-+.]?[0-9][0-9_.,:eE+-]*|0[xXoO].*|true|false|yes|no|on|off|y|n|null|\.inf|\.nan|~)$/i;

/** A scalar: plain where that is safe, else in double quotes (JSON's are YAML's). */
export function yamlScalar(text: string): string {
  return PLAIN.test(text) && !NOT_A_STRING.test(text) && !text.endsWith(":") ? text : JSON.stringify(text);
}

/** A flow list of scalars on one line. */
export function yamlFlowList(values: readonly string[]): string {
  return `[${values.map(yamlScalar).join(", ")}]`;
}

/**
 * A text of many lines as a block literal under a key, indented by `indent` blanks; in double quotes where a literal would lose
 * something (carriage returns, control characters, nothing but blanks).
 */
export function yamlLiteral(text: string, indent: number): string {
  const lossy = /[^\P{Cc}\n\t]|[\u2028\u2029\ufeff\p{Cs}]/u;
  if (!/\S/.test(text) || lossy.test(text)) return JSON.stringify(text);
  const kept = text.endsWith("\n") ? (text.endsWith("\n\n") ? "+" : "") : "-";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const pad = " ".repeat(indent);
  const lines = body.split("\n").map((line) => (line === "" ? "" : pad + line));
  // The indicator says how deep the literal stands below its key (2), so that lines may begin with blanks of their own.
  return `|2${kept}\n${lines.join("\n")}`;
}

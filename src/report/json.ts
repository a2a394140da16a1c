/**
 * Prints a report's data as JSON that reads in a terminal and in a difference: the elements of the top lists stand on one line each.
 */

/** JSON of any view; ends with a line end. */
export function renderJson(view: object): string {
  const entries = Object.entries(view).filter(([, value]) => value !== undefined);
  const lines = entries.map(([key, value]) => `  ${JSON.stringify(key)}: ${renderValue(value)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

function renderValue(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value);
  return `[\n${value.map((element) => `    ${JSON.stringify(element)}`).join(",\n")}\n  ]`;
}

/**
 * What one row of the table of diagnostic codes holds. Apart from the table, so that several files of rows can share it.
 */
/** `error`: nothing is imported or written. `warning`: it is, and somebody should look. `note`: good to know. */
export type Severity = "error" | "warning" | "note";

/** Values that a diagnostic carries for its wording; which names there are is the row's business. */
export type DiagnosticArgs = Readonly<Record<string, string | number>>;

/** The wording of one code. Everything is a sentence without a full stop, in lower case. */
export interface CodeRow {
  readonly severity: Severity;
  /** What was found; the message of the diagnostic where it has no place in a text. */
  readonly message: (args: DiagnosticArgs) => string;
  /** A shorter text for the line with the carets; the message where it is missing. */
  readonly label?: (args: DiagnosticArgs) => string;
  /** What to do next; undefined where these values give none. */
  readonly help?: (args: DiagnosticArgs) => string | undefined;
}

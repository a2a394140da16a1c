/**
 * Codes of files that tell of the traffic (`--traffic`).
 */
import type { CodeRow } from "./code-row.ts";

/** Rows for `codes.ts`. */
export const TRAFFIC_CODES = {
  TRAFFIC_NOT_READ: {
    severity: "error",
    message: (args) => `${args.problem}`,
    label: () => "here",
  },
} as const satisfies Record<string, CodeRow>;

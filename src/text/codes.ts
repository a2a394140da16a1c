/**
 * The table of all diagnostic codes: severity and wording of each. Codes are stable, since people search for them and scripts test
 * them. To add one, append a row to the file of its stage, or add a file of rows here; `test/text/codes.test.ts` demands an example.
 */
import { ASSERT_CODES } from "./codes-assert.ts";
import { HOST_CODES } from "./codes-hosts.ts";
import { INPUT_CODES } from "./codes-input.ts";
import { MARK_CODES } from "./codes-marks.ts";
import { MODEL_CODES } from "./codes-model.ts";
import { NAMES_CODES } from "./codes-names.ts";
import { PLAN_CODES } from "./codes-plan.ts";
import { REWRITE_CODES } from "./codes-rewrite.ts";
import { SCRIPT_CODES } from "./codes-script.ts";
import { SET_CODES } from "./codes-sets.ts";
import { SYNTAX_CODES } from "./codes-syntax.ts";
import type { CodeRow } from "./code-row.ts";

/** All codes with their wording. */
export const CODES = Object.freeze({
  ...INPUT_CODES,
  ...SYNTAX_CODES,
  ...MODEL_CODES,
  ...SET_CODES,
  ...PLAN_CODES,
  ...REWRITE_CODES,
  ...ASSERT_CODES,
  ...NAMES_CODES,
  ...HOST_CODES,
  ...MARK_CODES,
  ...SCRIPT_CODES,
} as const satisfies Record<string, CodeRow>);

/** The name of a code. */
export type DiagnosticCode = keyof typeof CODES;

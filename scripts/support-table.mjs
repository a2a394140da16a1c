#!/usr/bin/env node
/**
 * Writes docs/support.md from the tables of options. Needs a build.
 *
 *   npm run build && node scripts/support-table.mjs
 */
import { writeFileSync } from "node:fs";
import { renderSupportTable } from "../dist/report/support-table.js";

writeFileSync(new URL("../docs/support.md", import.meta.url), renderSupportTable());

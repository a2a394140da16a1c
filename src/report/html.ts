/**
 * The report as one page that needs nothing else: frame, style, script and data joined to one text. The page asks for nothing, and its policy (CSP) lets
 * nothing run but the one script. Whatever stands in a ruleset is data: JSON that the script shows as text, and escaped text for readers without script.
 */
import { InternalError } from "../text/internal-error.ts";
import type { PageData } from "./page-data.ts";
import { printable } from "./style.ts";

/** What every page has, from the build. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/** What a pure function has not: both are to give the same text for the same text, in base64. */
export interface PageTools {
  readonly sha256: (text: string) => string;
  readonly gzip: (text: string) => string;
}

/** Data longer than this goes in compressed: in characters. */
const LONGEST_PLAIN = 1_000_000;

/** Stands near the start of each page; what has it may be overwritten by the next one. */
export const PAGE_SIGN = '<meta name="generator" content="markify ';

/** Joins them. `plain`: the report as text, for readers without script. */
export function renderHtml(data: PageData, plain: string, parts: PageParts, tools: PageTools): string {
  const title = `markify: ${data.report.inputs.map(({ path }) => path).join(", ")}`;
  const body = `<noscript>
<h1>${escapeText(title)}</h1>
<pre>${escapeText(plain)}</pre>
</noscript>
${renderData(data, tools)}`;
  return renderFrame(title, data.tool, body, parts, makePolicy(parts, tools));
}

/** The page of a server: it asks that server for its data, with what its address says, and has nothing of any ruleset in itself. */
export interface ServedPage {
  readonly html: string;
  /** The same policy as in the page, and one thing more that only a header can say. */
  readonly policy: string;
}

/** Makes it. */
export function renderServedPage(tool: string, parts: PageParts, tools: PageTools): ServedPage {
  const policy = `${makePolicy(parts, tools)}; connect-src 'self'`;
  const body = `<noscript>
<p>Editing takes a script in this page. Without it: markify review PLAN shows the plan, and its file is made to be edited.</p>
</noscript>`;
  const html = renderFrame("markify", tool, body, parts, policy);
  return { html, policy: `${policy}; frame-ancestors 'none'` };
}

function renderFrame(title: string, tool: string, body: string, parts: PageParts, policy: string): string {
  // Changed here, they would have another hash.
  if (/<\/script|<!--/i.test(parts.script)) throw new InternalError("the page's script ends before its end");
  if (/<\/style/i.test(parts.style)) throw new InternalError("the page's style ends before its end");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${PAGE_SIGN}${escapeText(tool)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(title)}</title>
<style>${parts.style}</style>
</head>
<body>
<div id="page"></div>
${body}
<script>${parts.script}</script>
</body>
</html>
`;
}

function makePolicy({ script, style }: PageParts, { sha256 }: PageTools): string {
  const own = (text: string): string => `'sha256-${sha256(text)}'`;
  return `default-src 'none'; script-src ${own(script)}; style-src ${own(style)}; base-uri 'none'; form-action 'none'`;
}

function renderData(data: PageData, { gzip }: PageTools): string {
  const json = escapeJson(JSON.stringify(data));
  return json.length <= LONGEST_PLAIN
    ? `<script type="application/json" id="data">${json}</script>`
    : `<script type="application/json" id="data" data-encoding="gzip">${gzip(json)}</script>`;
}

/** Nothing in it can end the element that it is in, or a line of script. */
function escapeJson(json: string): string {
  return json.replace(/[<\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  const lines = text.split("\n").map(printable).join("\n");
  return lines.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}

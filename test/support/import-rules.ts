/**
 * The rules of `src/README.md` about who may import whom, as a function of file names and what they import; `test/imports.test.ts` runs it over
 * the sources and over made-up lists that break each rule.
 */

/** A source file (path from `src/`, with `/`) and what it names: relative imports resolved to paths from `src/`, others as written. */
export interface SourceImports {
  readonly path: string;
  readonly imports: readonly string[];
  /** Globals that reach outside a pure function: `process`, `Date`, `Math.random` … */
  readonly globals: readonly string[];
}

/** Stages from the bottom up: a file imports from its own stage, from lower ranks, and from its own rank where that makes no ring. */
const RANKS: readonly (readonly string[])[] = [
  ["text"],
  ["syntax"],
  ["model"],
  ["sets"],
  ["script"],
  ["import"],
  ["cluster"],
  ["plan"],
  ["emit", "verify", "rewrite"],
  ["lint", "decode", "cost"],
  ["replay"],
  ["report", "apply"],
  ["index.ts"],
  ["cli"],
];

/** Stages that a stage may import beside itself, where that is less than its rank allows. */
const ONLY: Readonly<Record<string, readonly string[]>> = { verify: ["model", "text"] };

/** Places where files, processes, network, clock and randomness are allowed. */
const IMPURE_PLACES = ["cli/", "apply/system", "verify/kernel/", "report/page/edit/server.ts"];

/** Packages that one place alone may import. */
const PACKAGE_PLACES: Readonly<Record<string, string>> = { "ip-cidr": "model/address" };

/** The stage of a file: the folder in `src/`, or the file's name for one directly in it. */
function stageOf(path: string): string {
  return path.split("/")[0]!;
}

function rankOf(path: string): number {
  return RANKS.findIndex((stages) => stages.includes(stageOf(path)));
}

function isImpurePlace(path: string): boolean {
  return IMPURE_PLACES.some((place) => path.startsWith(place));
}

/** What is wrong with one import, or null. */
function findFault(from: string, to: string, known: ReadonlySet<string>): string | null {
  if (known.has(to)) return findDirectionFault(from, to);
  if (to.startsWith("node:"))
    return isImpurePlace(from) ? null : `${from} imports ${to}, which only ${IMPURE_PLACES.join(", ")} may`;
  if (/\.(tsx?|js|mjs)$/.test(to)) return `${from} imports ${to}, which is not there`;
  const place = PACKAGE_PLACES[to];
  return place === undefined || from.startsWith(place)
    ? null
    : `${from} imports ${to}, which only ${place} may`;
}

function findDirectionFault(from: string, to: string): string | null {
  const [here, there] = [stageOf(from), stageOf(to)];
  if (here === there) return null;
  if (rankOf(to) < 0) return `${from} imports ${to}: ${there} is no stage`;
  const only = ONLY[here];
  if (only !== undefined && !only.includes(there))
    return `${from} imports ${to}: ${here} may import only ${only.join(" and ")}`;
  return rankOf(to) > rankOf(from) ? `${from} imports ${to}: ${there} comes after ${here}` : null;
}

/** The first ring that a walk along the edges meets, as `a -> b -> a`, or null. */
export function findRing(edges: ReadonlyMap<string, readonly string[]>): string | null {
  const finished = new Set<string>();
  const walk = (node: string, path: readonly string[]): string | null => {
    const at = path.indexOf(node);
    if (at !== -1) return [...path.slice(at), node].join(" -> ");
    if (finished.has(node)) return null;
    for (const next of edges.get(node) ?? []) {
      const ring = walk(next, [...path, node]);
      if (ring !== null) return ring;
    }
    finished.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const ring = walk(node, []);
    if (ring !== null) return ring;
  }
  return null;
}

/** Imports between files, and between the stages that they belong to. */
function collectEdges(files: readonly SourceImports[]): {
  readonly files: Map<string, string[]>;
  readonly stages: Map<string, string[]>;
} {
  const known = new Set(files.map((file) => file.path));
  const byFile = new Map<string, string[]>();
  const byStage = new Map<string, string[]>();
  for (const file of files) {
    const targets = file.imports.filter((to) => known.has(to));
    byFile.set(file.path, targets);
    const stages = byStage.get(stageOf(file.path)) ?? [];
    stages.push(...targets.map(stageOf).filter((stage) => stage !== stageOf(file.path)));
    byStage.set(stageOf(file.path), stages);
  }
  return { files: byFile, stages: byStage };
}

/** Every breach of the import rules, one line each; empty when all is well. */
export function findImportFaults(files: readonly SourceImports[]): readonly string[] {
  const known = new Set(files.map((file) => file.path));
  const faults: string[] = [];
  for (const file of files) {
    if (rankOf(file.path) < 0) faults.push(`${file.path} is in no stage`);
    for (const to of file.imports) {
      const fault = findFault(file.path, to, known);
      if (fault !== null) faults.push(fault);
    }
    if (!isImpurePlace(file.path))
      faults.push(
        ...file.globals.map(
          (name) => `${file.path} uses ${name}, which only ${IMPURE_PLACES.join(", ")} may`,
        ),
      );
  }
  const edges = collectEdges(files);
  const fileRing = findRing(edges.files);
  if (fileRing !== null) faults.push(`ring: ${fileRing}`);
  const stageRing = findRing(edges.stages);
  if (stageRing !== null) faults.push(`ring of stages: ${stageRing}`);
  return faults;
}

/**
 * The requirements of SARIF 2.1.0 that readers of findings rely on, as checks: what section 3 of the OASIS standard and its schema demand of the parts that markify writes.
 */

type Node = Readonly<Record<string, unknown>>;

const LEVELS = ["none", "note", "warning", "error"];

/** What may stand in each object that markify writes; everything else is a fault. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  log: ["$schema", "version", "runs"],
  run: ["tool", "invocations", "columnKind", "results"],
  driver: ["name", "version", "rules"],
  rule: ["id", "shortDescription"],
  invocation: ["executionSuccessful", "toolExecutionNotifications"],
  result: [
    ...["ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "partialFingerprints"],
  ],
  location: ["id", "physicalLocation", "logicalLocations", "message"],
  artifactLocation: ["uri", "uriBaseId"],
  region: ["startLine", "startColumn", "endLine"],
};

/** Everything in which a document is no SARIF, one line each. */
export function findSarifFaults(document: unknown): readonly string[] {
  const faults: string[] = [];
  const need = (holds: boolean, what: string) => {
    if (!holds) faults.push(what);
  };
  const node = (value: unknown, kind: string, at: string): Node => {
    const isNode = typeof value === "object" && value !== null && !Array.isArray(value);
    need(isNode, `${at} is no object`);
    const found = isNode ? (value as Node) : {};
    for (const key of Object.keys(found)) {
      const known = KEYS[kind];
      need(known === undefined || known.includes(key), `${at} has ${key}`);
    }
    return found;
  };
  const list = (value: unknown, at: string): readonly unknown[] => {
    need(Array.isArray(value), `${at} is no list`);
    return Array.isArray(value) ? value : [];
  };
  const text = (value: unknown, at: string) =>
    need(typeof value === "string" && value !== "", `${at} is no text`);
  const message = (value: unknown, at: string) => text(node(value, "message", at).text, `${at}.text`);
  const checkLocation = (value: unknown, at: string) => {
    const { physicalLocation, id } = node(value, "location", at);
    need(id === undefined || (Number.isInteger(id) && Number(id) >= 0), `${at}.id`);
    if (physicalLocation === undefined) return;
    const { artifactLocation, region } = node(physicalLocation, "physicalLocation", at);
    const { uri } = node(artifactLocation, "artifactLocation", at);
    text(uri, `${at} uri`);
    need(
      /^[\w.~!$&'()*+,;=:@%/-]*$/.test(String(uri)) && !String(uri).startsWith("/"),
      `${at}: ${uri} is no URI`,
    );
    if (region === undefined) return;
    const { startLine, endLine, startColumn = 1 } = node(region, "region", at);
    need(Number.isInteger(startLine) && Number(startLine) >= 1, `${at} startLine`);
    need(Number.isInteger(endLine) && Number(endLine) >= Number(startLine), `${at} endLine`);
    need(Number.isInteger(startColumn) && Number(startColumn) >= 1, `${at} startColumn`);
  };

  const log = node(document, "log", "log");
  need(log.version === "2.1.0", "version");
  const runs = list(log.runs, "runs");
  need(runs.length === 1, "one run");
  const run = node(runs[0], "run", "run");
  need(run.columnKind === "unicodeCodePoints" || run.columnKind === "utf16CodeUnits", "columnKind");
  const driver = node(node(run.tool, "tool", "tool").driver, "driver", "driver");
  text(driver.name, "driver.name");
  const ids = list(driver.rules, "rules").map((rule) => {
    const { id, shortDescription } = node(rule, "rule", "rule");
    text(id, "rule.id");
    message(shortDescription, "shortDescription");
    return id;
  });
  need(new Set(ids).size === ids.length, "rule ids are unique");
  for (const invocation of list(run.invocations, "invocations")) {
    const { executionSuccessful, toolExecutionNotifications } = node(invocation, "invocation", "invocation");
    need(typeof executionSuccessful === "boolean", "executionSuccessful");
    for (const each of list(toolExecutionNotifications, "notifications"))
      message(node(each, "notification", "notification").message, "notification");
  }
  const prints: unknown[] = [];
  for (const [at, value] of list(run.results, "results").entries()) {
    const name = `result ${at}`;
    const result = node(value, "result", name);
    message(result.message, name);
    need(LEVELS.includes(String(result.level)), `${name} level`);
    need(ids[Number(result.ruleIndex)] === result.ruleId, `${name} ruleIndex`);
    for (const each of list(result.locations, name)) checkLocation(each, name);
    for (const each of list(result.relatedLocations ?? [], name)) checkLocation(each, `${name} related`);
    const print = node(result.partialFingerprints, "fingerprints", name)["markifyFinding/v1"];
    text(print, `${name} fingerprint`);
    prints.push(print);
  }
  need(new Set(prints).size === prints.length, "fingerprints are unique");
  return faults;
}

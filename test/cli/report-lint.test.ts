/** What lint finds, in the report of `import` and `review`: in short, and only as far as somebody has looked. */
import { expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT as OPEN } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

/** With policies that make its rules do something. */
const FLAT = OPEN.replace(/^(:\w+) ACCEPT/gm, "$1 DROP");

/** Four rules that no packet gets to, each behind another one. */
const IDLE = FLAT.replace(
  "-A INPUT -i lo -j ACCEPT\n",
  [1, 2, 3, 4]
    .map((at) => `-A INPUT -i eth${at} -j ACCEPT\n-A INPUT -s 10.8.0.${at}/32 -i eth${at} -j DROP\n`)
    .join(""),
);

const run = (text: string, ...more: readonly string[]) =>
  runIn({ "old.rules": text }, ["import", "old.rules", ...more]);

test("the report counts the kinds, shows the first few, and says what shows all", async () => {
  const { stdout, files } = await run(IDLE);
  const part = stdout.slice(stdout.indexOf("\nLint\n"), stdout.indexOf("\nDiff\n"));
  expect(part).toMatchInlineSnapshot(`
    "
    Lint
      4 shadowed
      warning: shadowed, line 38: line 37 takes every packet that it matches before it gets here
      warning: shadowed, line 40: line 39 takes every packet that it matches before it gets here
      warning: shadowed, line 42: line 41 takes every packet that it matches before it gets here
      all of it: markify lint old.rules
    "
  `);
  const review = await runIn(files, ["review", PLAN]);
  expect(review.stdout).toContain(part);
  const markdown = await runIn(files, ["review", PLAN, "--markdown"]);
  expect(markdown.stdout).toContain(
    "## Lint\n\n- `4 shadowed`\n- warning: `shadowed, line 38: line 37 takes every packet",
  );
});

test("--json has the same", async () => {
  const { lint } = JSON.parse((await run(IDLE, "--json")).stdout);
  expect(lint).toMatchObject([
    {
      ...{ file: "old.rules", family: "v4", command: "markify lint old.rules" },
      found: { findings: 4, kinds: [{ kind: "shadowed", findings: 4 }], unsettled: 0 },
    },
  ]);
  expect(lint[0].found.first).toHaveLength(3);
  expect(lint[0].found.first[0]).toMatchObject({ kind: "shadowed", lines: [{ line: 38 }] });
});

test("where nothing is found there is nothing to read", async () => {
  expect((await run(FLAT)).stdout).not.toContain("\nLint\n");
});

test("nobody looks at large rulesets unasked, and the report says so", async () => {
  const hosts = Array.from({ length: 3001 }, (_, at) => `10.7.${at >> 8}.${at & 255}`);
  const large = FLAT.replace(
    "-A INPUT",
    `${hosts.map((host) => `-A OUTPUT -d ${host}/32 -j ACCEPT\n`).join("")}-A INPUT`,
  );
  const { stdout, files } = await run(large);
  expect(stdout).toMatch(
    /\nLint\n {2}nobody has looked for rules that do nothing; this does: markify lint old\.rules\n/,
  );
  expect((await run(IDLE, "--lint-budget", "0")).stdout).toContain(
    "nobody has looked for rules that do nothing; this does: markify lint old.rules",
  );
  const asked = await runIn(files, ["review", PLAN, "--lint-budget", "60"]);
  expect(asked.stdout).not.toContain("\nLint\n");
}, 60_000);

test("what was not found out in time is said, and never that nothing is there", async () => {
  let time = 0;
  const slow = { now: () => (time += 1e6) };
  const { stdout } = await runIn({ "old.rules": IDLE }, ["import", "old.rules"], slow);
  expect(stdout).toMatch(
    /of \d+ rules? it was not found out whether they do anything\n {2}all of it: markify lint/,
  );
});

test("what came through a pipe has no command that would show the same", async () => {
  const { stdout } = await runIn({}, ["import", "-", "-o", "p.yaml", "--json"], {}, IDLE);
  expect(JSON.parse(stdout).lint[0]).not.toHaveProperty("command");
});

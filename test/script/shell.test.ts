/** Random scripts whose every value is known: a real shell calls the same commands with the same words, in the same order. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EFFORT } from "../support/seed.ts";
import { findings, importTranslated, translateText } from "./scripts.ts";

/** The shells of this machine that scripts are written for. */
const SHELLS = ["dash", "bash"].filter((name) => spawnSync(name, ["-c", ":"]).status === 0);

/** `r WORD` adds a rule with the word as its comment; `n` and `i` are counters. */
const HEAD = [
  'r() { iptables -A INPUT -m comment --comment "x$1y$2" -j ACCEPT; }',
  'f() { r "$2" $1; return $3; r never; }',
  "a=one; b='two three'; c=; n=0; unset unset",
  "set -- p1 'p 2' p3",
];

/** What a real shell gives to iptables as comments. */
function runForReal(shell: string, script: string): readonly string[] {
  // The last argument but two is the comment; nothing else of the script reaches the machine.
  const stub = 'iptables() { printf "%s\\n" "$6"; }\n';
  const run = spawnSync(
    shell,
    ["-c", `${stub}exec 3>&1 >/dev/null\n${script.replaceAll("-j ACCEPT;", "-j ACCEPT >&3;")}`],
    { encoding: "utf8" },
  );
  return run.stdout.split("\n").filter((line) => line.startsWith("x"));
}

describe.each(SHELLS)("%s", (shell) => {
  test("calls iptables as the reader says", () => {
    fc.assert(
      fc.property(statements(3), (lines) => {
        const script = [...HEAD, ...lines, ""].join("\n");
        const translated = translateText(`iptables -F\n${script}`);
        const unknown = findings(translated);
        // Nothing in these scripts is unknown but where a script would not end.
        if (unknown.some((finding) => /^(?:TOO_LONG|MAY_END .*:shift$)/u.test(finding))) return;
        expect(unknown, script).toEqual([]);
        const rules = importTranslated(translated).tables[0]!.chains[0]!.rules;
        expect(
          rules.map(({ comment }) => comment),
          script,
        ).toEqual(runForReal(shell, script));
      }),
      { numRuns: 150 * EFFORT },
    );
  });
});

/** `§` stands for a `$` that would look like a mistake in this language. */
function words(): fc.Arbitrary<string> {
  return fc
    .constantFrom(
      "lit",
      "'a b'",
      '"$a-$b"',
      "$a",
      "$b",
      '"$b"',
      "$c",
      '"$c"',
      "§{b%% *}",
      '"§{b#* }"',
      "§{#b}",
      "§{c:-dflt}",
      "§{a:+set}",
      "§{unset-none}",
      "§{c-dflt}",
      "§{c+set}",
      "§{c:+set}",
      "§{3-none}",
      "§{10-none}",
      "$10",
      "§{b%%[!a-z]*}",
      '"§{b##*[[:space:]]}"',
      "§{a%[]n-]*}",
      "§{a#[!]x]}",
      "$((n + 2 * 3))",
      "$(echo $a z)",
      '"$(echo "$b")"',
      "`echo q`",
      "$1",
      '"$2"',
      "$#",
      '"$@"',
      "$*",
      '"$*"',
      "$n",
      "pre$b",
      '$b"post"',
      "\\$a",
      '"\\"$a\\""',
    )
    .map((word) => word.replace("§", "$"));
}

function tests(): fc.Arbitrary<string> {
  return fc.constantFrom(
    '[ "$a" = one ]',
    '[ -n "$c" ]',
    '[ -z "$c" ]',
    "test $n -lt 2",
    '[ $n -ge 1 -a "$a" != x ]',
    '[ "$1" = p1 -o -n "$c" ]',
    "true",
    "false",
    "! true",
    '[ ! "$b" ]',
    "f 1 2 0",
    "f 1 2 1",
    "[ $# -gt 2 ]",
  );
}

/** A list of statements, at most `depth` deep. */
function statements(depth: number): fc.Arbitrary<readonly string[]> {
  const simple = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(words(), words()).map(([one, other]) => `r ${one} ${other}`) },
    fc
      .tuple(fc.constantFrom("a", "b", "c"), words())
      .filter(([, word]) => !word.includes("@"))
      .map(([name, word]) => `${name}=${word}`),
    fc.constant("n=$((n + 1))"),
    fc.constantFrom(
      "shift",
      'set -- x "$@"',
      "set $b",
      "unset c",
      "IFS=' '",
      "IFS=-; set one-two; IFS=' '",
      "b='in out'",
    ),
    fc
      .tuple(tests(), fc.constantFrom("&&", "||"), words())
      .map(([test_, operator, word]) => `${test_} ${operator} r ${word}`),
    fc.constantFrom(
      'echo \'l1 w\nl2\' | while read x y; do r "$x" "$y"; a=lost; done',
      "while read x; do r $x; done <<E\nh1 $a\nh2\nE",
      "while IFS= read -r x; do r \"$x\"; a=kept; done <<'E'\n  $a b\nE",
    ),
  );
  if (depth === 0) return fc.array(simple, { minLength: 1, maxLength: 3 });
  const inner = statements(depth - 1).map((lines) => lines.join("\n"));
  const compound = fc.oneof(
    fc
      .tuple(tests(), inner, inner)
      .map(([test_, one, other]) => `if ${test_}; then\n${one}\nelse\n${other}\nfi`),
    fc
      .tuple(fc.array(words(), { minLength: 1, maxLength: 3 }), inner)
      .map(([list, body]) => `for i in ${list.join(" ")}; do\nr $i\n${body}\ndone`),
    inner.map((body) => `k=0; while [ $k -lt 2 ]; do k=$((k + 1))\n${body}\ndone`),
    fc
      .tuple(words(), inner, inner)
      .map(
        ([word, one, other]) =>
          `case ${word.includes("@") ? "$a" : word} in\no*|lit) ${one}\n;;\n*' '*) ${other}\n;;\n*) r other;;\nesac`,
      ),
    inner.map((body) => `(\n${body}\n)`),
    fc
      .tuple(tests(), fc.constantFrom("break", "continue"), inner)
      .map(([test_, way, body]) => `for i in 1 2; do\n${body}\n${test_} && ${way}\nr after$i\ndone`),
    inner.map((body) => `g() {\nlocal a\na=local\n${body}\n}\ng $a`),
  );
  return fc.array(fc.oneof({ weight: 2, arbitrary: simple }, { weight: 1, arbitrary: compound }), {
    minLength: 1,
    maxLength: 4,
  });
}

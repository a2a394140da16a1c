/**
 * Random scripts for the comparison with real shells: fragments over which reading and running could disagree, and the worlds in which a script may run. What a fragment
 * asks of its world (a variable, a program's output, a file) differs between them.
 */
import fc from "fast-check";

/** What a script finds where it runs. */
export interface World {
  readonly shell: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the program `maybe` succeeds, and the file `flag` is there. */
  readonly succeeds: boolean;
  /** What the program `value` prints. */
  readonly value: string;
}

const RICH = { env: { EXT: "set" }, succeeds: true, value: "v1" };
const POOR = { env: {}, succeeds: false, value: "v2 v3" };

/** The worlds of a script, by its first line: without a shell in it, any shell may be the one. */
export function worldsOf(shebang: string): readonly World[] {
  const flags = shebang.split(" ").slice(1);
  const [bash, dash] = ["bash", "dash"].map((name) => [
    { shell: [name, ...flags], ...RICH },
    { shell: [name, ...flags], ...POOR },
  ]);
  if (shebang.includes("bash")) return bash!;
  if (shebang.includes("dash")) return dash!;
  return [...dash!, bash![0]!, { shell: ["bash", "--posix", ...flags], ...POOR }];
}

/** `p WORD` adds a rule with the word as its comment. */
const HEAD = [
  "iptables -F",
  'p() { iptables -A INPUT -m comment --comment "x$1" -j ACCEPT; }',
  "a=one; b='two three'; c=; n=1; set -- p1 'p 2'",
];

/** A word whose value is a text, a list or nothing; `¤` stands for `$`. */
const WORDS = [
  "lit",
  '"¤a"',
  "¤b",
  '"¤b"',
  "¤c",
  "'q q'",
  "¤((n + 1))",
  "¤(echo ¤a)",
  '"¤(value)"',
  "¤EXT",
  '"¤EXT"',
  "¤{EXT:-dflt}",
  "¤{EXT-dflt}",
  "¤{EXT+alt}",
  "¤{EXT:+alt}",
  "¤{UID:-u}",
  "¤{a:-dflt}",
  "¤{c:-dflt}",
  "¤{a:+alt}",
  "¤{b#* }",
  "¤{a/o/x}",
  "¤{a:1:1}",
  "¤{a^^}",
  "¤{!c}",
  "{x,y}",
  "{1..3}",
  "pre{x,¤a}post",
  "¤'a\\tb'",
  "¤'it\\'s'",
  '¤"dq"',
  '"¤@"',
  "¤*",
  '"¤*"',
  "¤1",
  "¤3",
  "¤#",
  "¤?",
  "¤(echo 'a\\nb')",
  "¤(echo -e 'a\\tb')",
  "¤(echo -n ¤a)",
  "¤(echo -e ¤a)",
  "¤(echo -ne ¤a)",
  "¤(echo -n -e ¤a)",
  "¤(printf '%s-' a b)",
  "~",
  "*.none",
  "[a",
  "¤{arr[1]}",
  '"¤{arr[@]}"',
  "¤{#arr[@]}",
  "¤arr",
];

const TESTS = [
  "true",
  "false",
  "! true",
  '[ "¤a" = one ]',
  '[ "¤a" == one ]',
  '[ "¤a" == two ]',
  "[[ ¤a == o* ]]",
  "[[ ¤a == two ]]",
  "[[ -n ¤c || ¤a = one ]]",
  "(( n > 0 ))",
  "[ ¤n -gt 0 ]",
  "[ -z ¤c ]",
  '[ -n "¤EXT" ]',
  '[ "¤EXT" = set ]',
  "[ -z ¤{EXT+x} ]",
  "maybe",
  "maybe &>/dev/null",
  "true &>/dev/null",
  "false &>/dev/null",
  "[ -e flag ]",
  "echo x | grep -q x",
  "false | true",
  "true | false",
  "(exit 3)",
  "{ false; }",
  "cd /",
  "cd / 2>/dev/null",
  "command -v iptables >/dev/null",
  "type iptables >/dev/null",
  "[ a ] && false",
  "iptables -C INPUT -j DROP 2>/dev/null",
  "iptables -N new 2>/dev/null",
  "iptables -L new >/dev/null 2>&1",
  "p t",
  "grep -q x <<< xyz",
  "let n=1",
  '[ "¤a" \\< two ]',
  "[ one = one -a two = two ]",
  'test "¤c"',
  '[ ! "¤c" ]',
];

const LINES = [
  "a=¤(value)",
  "a=¤@",
  "IFS=,; a=¤*; unset IFS",
  "IFS=-; a=¤@; b=¤*; unset IFS",
  "IFS=o; p ¤a; IFS=' '",
  "a+=more",
  'b="¤b four"',
  "c+=x",
  "unset a",
  "arr=(x 'y z' w)",
  "arr[1]=q",
  "arr+=(v)",
  "set -e",
  "set +e",
  "set -u",
  "set -eu",
  "set -o pipefail",
  "set -f",
  "set +B",
  "set -o posix",
  "shopt -s nullglob",
  "false",
  "true && false",
  "false && true",
  "(exit 1)",
  "false | false",
  "! true",
  "maybe",
  "maybe || exit 1",
  "maybe || exit 0",
  "maybe && exit 3",
  "[ -e flag ] || { echo missing >&2; exit 1; }",
  "maybe || return 1",
  "exit",
  "exit 4",
  "( exit 2; p never )",
  "readonly a",
  "readonly r=1; r=2; p ¤r",
  "export a=¤b",
  "export e=¤a; p ¤e",
  "local l=1",
  "f() { local l=¤b; p ¤l; }; f",
  "f() { local a=in; p ¤a; return 1; }; f",
  "f() { false; p infalse; }; f || p orf",
  "function g { p ing; }; g",
  "function g() { p ing; }\ng",
  "declare d=1; p ¤d",
  "typeset d=1; p ¤d",
  "source ./lib; p ¤a",
  ". ./lib; p ¤a",
  "eval 'p ev'",
  'eval "a=¤b"',
  "echo 'l1 w\nl2' | while read x y; do p ¤x; a=lost; done",
  "while read x; do p ¤x; done <<< 'h1 h2'",
  "while read x y; do p ¤y; done <<E\nh1 ¤a\nh2\nE",
  "while read x; do p ¤x; done < <(echo sub)",
  "read x <<E\nr1 r2\nE\np ¤x",
  "p one & wait",
  "iptables -A INPUT -p tcp --dport nosuch -j DROP",
  "iptables -A INPUT -p tcp --dport 70000 -j DROP",
  "iptables -A INPUT -s no.such.host.invalid -j DROP",
  "iptables -A INPUT -s 10.0.0.300 -j DROP",
  "iptables -A INPUT -p nosuch -j DROP",
  "iptables -A INPUT -m nosuch -j DROP",
  "iptables -A INPUT -j NOSUCH",
  "iptables -A INPUT --dport 22 -j DROP",
  "iptables -A INPUT -p tcp --dport 22 --dport 23 -j DROP",
  "iptables -A INPUT -m state --state NOSUCH -j DROP",
  "iptables -A INPUT -m mac --mac-source 1:2 -j DROP",
  "iptables -A INPUT -o eth0 -j DROP",
  "iptables -A INPUT -j REJECT --reject-with nosuch",
  "iptables -A INPUT -j SNAT --to 10.0.0.1",
  "iptables -A INPUT -s 10.0.0.1 -s 10.0.0.2 -j DROP",
  "iptables -A INPUT -j DROP extra",
  "iptables -A INPUT -j DROP -j ACCEPT",
  "iptables -A INPUT --nosuch -j DROP",
  "iptables -A INPUT -m multiport --dports 1,2 -j DROP",
  "iptables -A INPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 -j DROP",
  "iptables -A INPUT -m comment --comment '' -j DROP",
  "iptables -A averyverylongchainnamethatiptablesrefuses -j DROP",
  "iptables -N averyverylongchainnamethatiptablesrefuses",
  "iptables -A INPUT -i averyverylonginterface -j DROP",
  "iptables -w -A INPUT -j DROP",
  "iptables -w5 -A INPUT -j DROP",
  "iptables -w 5 -A INPUT -j DROP",
  "iptables --wait=5 -A INPUT -j DROP",
  "iptables -tnat -A POSTROUTING -jMASQUERADE",
  "iptables --table=mangle --append=INPUT -s10.0.0.1 -jACCEPT",
  "iptables -t filter -AINPUT -ptcp -jDROP",
  "iptables -IINPUT -ieth0 -jDROP",
  "iptables --append INPUT --jump=DROP --source=10.0.0.9",
  "iptables -PINPUT DROP",
  "iptables -Nglued; iptables -Aglued -j DROP",
  "iptables -vA INPUT -j DROP",
  "iptables -vw5 -A INPUT -vp tcp -gp -mstate --state NEW",
  "iptables -N own; iptables -A INPUT -gown; iptables -Xown; iptables -Fown",
  "iptables -w5A INPUT",
  "iptables -A INPUT --protocol=tcp --match=state --state=NEW --jump DROP",
  "iptables -A INPUT -c1 2 -j DROP",
  "iptables --new-chain=own; iptables --rename-chain=own own2; iptables -A own2 -j DROP",
  "iptables -IINPUT 1 -p tcp; iptables -DINPUT -p tcp; iptables -nLINPUT >/dev/null",
  "iptables -nvL >/dev/null; p ¤?",
  "iptables -D INPUT -j DROP",
  "iptables -D INPUT 1",
  "iptables -I INPUT -j DROP",
  "iptables -N new; iptables -A new -j DROP; iptables -A INPUT -j new",
  "iptables -N new || iptables -F new",
  "cd / && p cd",
  "for i in ¤{arr[@]}; do p ¤i; done",
  'for i in "¤{arr[@]}"; do p "¤i"; done',
  "for ((i=0; i<2; i++)); do p ¤i; done",
  "((n++)); p ¤n",
  "let n=n+1; p ¤n",
  "n=¤((n+1)); p ¤n",
  "n=¤((n++)); p ¤n",
  "p x &>/dev/null",
  "p x &>>log",
  "p x >& log",
  "p x |& cat",
  "echo one | read x; p ¤x",
  "a=(¤b); p ¤a",
  "case ¤a in one) p c1;; t*) p c2;& *) p c3;; esac",
  "case ¤a in one) p c1;; *) p c3;; esac",
  "case ¤a in [!o]*) p neg;; [^x]*) p caret;; esac",
  "¤{EXT:?gone}",
  ": ¤{EXT:=dflt}; p ¤EXT",
  ": ¤{a:?gone}",
  ": ¤{c:?gone}",
  "shift",
  "shift 5",
  "set -- ¤b",
  "trap 'exit 1' INT",
  "trap 'p trap' EXIT",
  "unset -f p",
  "alias p=echo",
  "time p t",
  "echo p ev | sh",
  "p ¤(p inner)",
  "iptables-restore <<E\n*filter\n-A INPUT -s 10.1.1.1 -j DROP\nCOMMIT\nE",
  "iptables-restore -n <<E\n*filter\n-A INPUT -s 10.1.1.1 -j DROP\n-A INPUT -p tcp --dport nosuch\nCOMMIT\nE",
  "(p sub; a=lost)",
  "{ p grp; a=kept; }",
  "p one; exit 0; p never",
  "break; p afterbreak",
  "return; p afterreturn",
  "test -n ¤EXT && a=ext",
  'maybe && a=may; p "¤a"',
  "if maybe; then a=x; else a=x; fi; p ¤a",
];

/** A first line, and a script behind it. */
export interface RandomScript {
  readonly shebang: string;
  readonly text: string;
}

/** Each fragment alone, for each first line; `isThorough`: in each of its uses. */
export function singles(isThorough: boolean): readonly RandomScript[] {
  const most = isThorough ? 3 : 1;
  const fragments = [
    ...LINES,
    ...WORDS.flatMap((word) =>
      [`p ${word}`, `a=${word}; p "¤a"`, `for i in ${word}; do p "¤i"; done`].slice(0, most),
    ),
    ...TESTS.flatMap((one) => [`${one}; p ¤?`, `${one} && p and`, `${one} || p or`].slice(0, most)),
  ];
  return ["#!/bin/bash", "#!/bin/dash", "#!/bin/sh"].flatMap((shebang) =>
    fragments.map((text) => makeScript(shebang, [text])),
  );
}

function makeScript(shebang: string, parts: readonly string[]): RandomScript {
  const lines = [...(shebang === "" ? [] : [shebang]), ...HEAD, ...parts, "p last", ""];
  return { shebang, text: lines.join("\n").replaceAll("¤", "$") };
}

/** Scripts of up to five fragments, some of them inside each other. */
export function scripts(): fc.Arbitrary<RandomScript> {
  const first = fc.constantFrom(
    "#!/bin/bash",
    "#!/bin/bash -e",
    "#!/bin/dash",
    "#!/bin/sh",
    "#!/bin/sh -u",
    "",
  );
  return fc
    .tuple(first, fc.array(fragment(2), { minLength: 1, maxLength: 5 }))
    .map(([shebang, parts]) => makeScript(shebang, parts));
}

function fragment(depth: number): fc.Arbitrary<string> {
  const word = fc.constantFrom(...WORDS);
  const test = fc.constantFrom(...TESTS);
  const simple = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...LINES) },
    { weight: 3, arbitrary: word.map((text) => `p ${text}`) },
    word.map((text) => `a=${text}; p "¤a"`),
    word.map((text) => `for i in ${text}; do p "¤i"; done`),
    {
      weight: 2,
      arbitrary: fc.tuple(test, fc.constantFrom("&&", "||")).map(([one, how]) => `${one} ${how} p and`),
    },
    test.map((one) => `${one}; p ¤?`),
    fc.tuple(test, test).map(([one, other]) => `${one} && ${other} || p both`),
  );
  if (depth === 0) return simple;
  const inner = fragment(depth - 1);
  return fc.oneof(
    { weight: 5, arbitrary: simple },
    fc.tuple(test, inner, inner).map(([one, yes, no]) => `if ${one}; then\n${yes}\nelse\n${no}\nfi`),
    inner.map((body) => `for i in 1 2; do\n${body}\ndone`),
    inner.map((body) => `h() {\n${body}\n}\nh arg`),
    inner.map((body) => `(\n${body}\n)`),
    fc.tuple(test, inner).map(([one, body]) => `while ${one}; do\n${body}\nbreak\ndone`),
  );
}

/** For each code of scripts, the least that yields it. */
import { type InputOptions, NO_INPUT_OPTIONS, readInput } from "../../src/import/input.ts";
import type { SCRIPT_CODES } from "../../src/text/codes-script.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile } from "../../src/text/source.ts";

type Example = () => readonly Diagnostic[];

const RULE = "iptables -A INPUT -j DROP";

/** A script of these lines. */
export function script(lines: readonly string[], options: Partial<InputOptions> = {}): Example {
  const text = ["#!/bin/sh", ...lines, ""].join("\n");
  return () => readInput(makeSourceFile("fw.sh", text), { ...NO_INPUT_OPTIONS, ...options }).diagnostics;
}

/** The record's type demands one for every code. */
export const SCRIPT_CODE_EXAMPLES: Readonly<Record<keyof typeof SCRIPT_CODES, Example>> = {
  SCRIPT_SYNTAX: script(["iptables -F", RULE, "if true; then", RULE]),
  SCRIPT_VALUE_UNKNOWN: script(["iptables -F", "iptables -A INPUT -s $LAN -j DROP"]),
  SCRIPT_CONDITION_UNKNOWN: script(["iptables -F", `if ping -c1 gw; then ${RULE}; fi`]),
  SCRIPT_COMMAND_UNSEEN: script(["iptables -F", RULE, "/etc/fw/extra.sh"]),
  SCRIPT_COMMAND_IGNORED: script(["iptables -F", RULE, "frobnicate --now"]),
  SCRIPT_COMMAND_FAILS: script(["iptables -F", "iptables -A web -j DROP"]),
  SCRIPT_FAILURE_HANDLED: script(["iptables -F", "iptables -A web -j DROP || iptables -F", RULE]),
  SCRIPT_ENDS_IN_ERROR: script(["iptables -F", RULE, "exit 1"]),
  SCRIPT_COMMAND_UNREADABLE: script(["iptables -F", "iptables -j DROP"]),
  SCRIPT_MAY_END: script(["iptables -F", '[ "$ENABLED" = yes ] || exit 0', RULE]),
  SCRIPT_EXIT_ASSUMED: script(["[ -f /etc/fw.ok ] || exit 1", "iptables -F", RULE]),
  SCRIPT_SHELL_UNKNOWN: script(["iptables -F", `read -r net <<< "10.0.0.0/8 lan"`, RULE]),
  SCRIPT_SHELL_UNREAD: () =>
    readInput(
      makeSourceFile(
        "fw.sh",
        `#!/bin/zsh
iptables -F
${RULE}
`,
      ),
      NO_INPUT_OPTIONS,
    ).diagnostics,
  SCRIPT_ARGUMENT_ASSUMED: script(["case $1 in", "start)", "iptables -F", RULE, ";;", "esac"]),
  SCRIPT_START_ASSUMED: script([RULE]),
  SCRIPT_POLICY_ASSUMED: script(["iptables -F", RULE]),
  SCRIPT_DEFINE_AMBIGUOUS: script(
    [
      "iptables -F",
      "A=$(one)",
      "iptables -A INPUT -s $A -j DROP",
      "A=$(two)",
      "iptables -A INPUT -s $A -j DROP",
    ],
    { defines: new Map([["A", "10.0.0.1"]]) },
  ),
  SCRIPT_DEFINE_UNUSED: script(["iptables -F", RULE], { defines: new Map([["WAN", "eth0"]]) }),
  SCRIPT_WITHOUT_COMMANDS: script(["f() { iptables -F; }"]),
  SCRIPT_TOO_LONG: script(["iptables -F", `while true; do ${RULE}; done`]),
};

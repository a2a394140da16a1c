/** For each code of the parser and the model, a file that triggers it. */
import type { ImportOptions } from "../../src/import/import.ts";
import type { MODEL_CODES } from "../../src/text/codes-model.ts";
import type { SYNTAX_CODES } from "../../src/text/codes-syntax.ts";
import { tableAround } from "../support/models.ts";

/** A whole file, or one rule of INPUT (without `-A INPUT`) in a table with a chain `sub`. */
export type CodeExample = ImportOptions & ({ readonly file: string } | { readonly rule: string });

/** The text of an example. */
export function exampleText(example: CodeExample): string {
  return "file" in example ? example.file : tableAround(example.rule);
}

type InputCode = keyof typeof SYNTAX_CODES | keyof typeof MODEL_CODES;

/** The record's type demands one for every code. */
export const CODE_EXAMPLES: Readonly<Record<InputCode, CodeExample>> = {
  EMPTY_FILE: { file: "# nothing\n" },
  NUL_BYTE: { file: "*filter\n-A IN\0PUT\nCOMMIT\n" },
  UNREADABLE_LINE: { file: "*filter\nhello world\nCOMMIT\n" },
  TEXT_AROUND_DUMP: { file: "root@gw:~$ iptables-save\n*filter\nCOMMIT\n" },
  REFUSED_WHITESPACE: { file: "*filter\n  \nCOMMIT \n" },
  UNTERMINATED_QUOTE: { rule: '-m comment --comment "no end' },
  TABLE_NAME_MISSING: { file: "*\n" },
  UNKNOWN_TABLE: { file: "*broute\nCOMMIT\n" },
  TABLE_TWICE: { file: "*filter\nCOMMIT\n*filter\nCOMMIT\n" },
  TABLE_NOT_COMMITTED: { file: "*filter\n:INPUT ACCEPT [0:0]\n" },
  COMMIT_OUTSIDE_TABLE: { file: "*filter\nCOMMIT\nCOMMIT\n" },
  OUTSIDE_TABLE: { file: "-A INPUT -j DROP\n*filter\nCOMMIT\n" },
  TRAILING_WORDS: { file: "*filter\n:INPUT ACCEPT [0:0] [0:0]\nCOMMIT\n" },
  CHAIN_LINE_INCOMPLETE: { file: "*filter\n:INPUT\nCOMMIT\n" },
  CHAIN_TWICE: { file: "*filter\n:a - [0:0]\n:a - [0:0]\nCOMMIT\n" },
  CHAIN_NAME_TOO_LONG: { file: "*filter\n:a-name-of-twenty-nine-letters - [0:0]\nCOMMIT\n" },
  BAD_POLICY: { file: "*filter\n:INPUT REJECT [0:0]\nCOMMIT\n" },
  POLICY_NOT_SET: { file: "*filter\n-A INPUT -s 10.0.0.1 -j DROP\nCOMMIT\n" },
  BAD_COUNTERS: { file: "*filter\n:INPUT ACCEPT [0]\nCOMMIT\n" },
  UNDECLARED_CHAIN: { file: "*filter\n:web - [0:0]\n-A wbe -j DROP\nCOMMIT\n" },
  COMMAND_NOT_SUPPORTED: { file: "*filter\n:INPUT ACCEPT [0:0]\n-I INPUT 1 -j DROP\nCOMMIT\n" },
  CHAIN_MISSING: { file: "*filter\n-A\nCOMMIT\n" },
  TABLE_OPTION: { rule: "-t nat -j ACCEPT" },
  UNEXPECTED_WORD: { rule: "-p tcp 22 -j ACCEPT" },
  UNKNOWN_OPTION: { rule: "--sorce 10.0.0.1 -j ACCEPT" },
  UNKNOWN_MATCH_OPTION: { rule: "-p tcp -m tcp --dprot 22 -j ACCEPT" },
  UNKNOWN_TARGET_OPTION: { rule: "-j LOG --log-perfix x" },
  OPTION_NEEDS_MODULE: { rule: "--dport 22 -j ACCEPT" },
  AMBIGUOUS_OPTION: { rule: "-m recent --re --name x -j ACCEPT" },
  MISSING_VALUE: { rule: "-m set --match-set hosts -j ACCEPT" },
  GLUED_VALUE: { rule: "-ieth0 -j ACCEPT" },
  OPTION_TWICE: { rule: "-p tcp -p udp -j ACCEPT" },
  NOT_NEGATABLE: { rule: "-m comment ! --comment x -j ACCEPT" },
  DOUBLE_NEGATION: { rule: "! ! -s 10.0.0.1 -j ACCEPT" },
  OLD_NEGATION: { rule: "-s ! 10.0.0.1 -j ACCEPT" },
  COMMA_LIST: { rule: "-s 10.0.0.1,10.0.0.2 -j ACCEPT" },
  BAD_ADDRESS: { rule: "-s 10.0.0.256 -j ACCEPT", family: "v4" },
  FOREIGN_ADDRESS: { rule: "-s 2001:db8::1 -j ACCEPT", family: "v4" },
  UNREADABLE_ADDRESS: { rule: "-s <private_ip> -j ACCEPT", family: "v4" },
  INTERFACE_TOO_LONG: { rule: "-i interface-number-1 -j ACCEPT" },
  UNKNOWN_PROTOCOL: { rule: "-p tpc -j ACCEPT" },
  BAD_PORT: { rule: "-p tcp --dport 70000 -j ACCEPT" },
  UNKNOWN_SERVICE: { rule: "-p tcp --dport frobd -j ACCEPT" },
  INVERTED_RANGE: { rule: "-p tcp --dport 60000:29 -j ACCEPT" },
  TOO_MANY_PORTS: { rule: "-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16 -j ACCEPT" },
  BAD_NUMBER: { rule: "-m mark --mark 0x1ffffffff -j ACCEPT" },
  UNREADABLE_MAC: { rule: "-m mac --mac-source XX:XX:XX:XX:XX:XX -j ACCEPT" },
  REFUSED_BY_IPTABLES: { rule: "-j REJECT --reject-with tcp-reset" },
  UNKNOWN_STATE: { rule: "-m state --state NEW,OLD -j ACCEPT" },
  UNKNOWN_FLAG: { rule: "-p tcp --tcp-flags SYN,ECE SYN -j ACCEPT" },
  UNKNOWN_ICMP_TYPE: { rule: "-p icmp --icmp-type echo-requset -j ACCEPT" },
  UNKNOWN_REJECT_TYPE: { rule: "-j REJECT --reject-with icmp-port-unreachble" },
  NEEDS_PROTOCOL: { rule: "-m multiport --dports 22 -j ACCEPT" },
  NEEDS_OPTION: { rule: "-m mark -j ACCEPT" },
  UNKNOWN_MATCH_MODULE: { rule: "-m layer7 --l7proto http -j ACCEPT" },
  UNKNOWN_TARGET: { rule: "-j DELUDE" },
  FOREIGN_MODULE: { rule: "-m hl --hl-eq 1 -j ACCEPT", family: "v4" },
  OTHER_FAMILY: { rule: "-6 -j ACCEPT", family: "v4" },
  TARGET_TWICE: { rule: "-j ACCEPT -j DROP" },
  GOTO_TARGET: { rule: "-g ACCEPT" },
  MISSING_CHAIN: { rule: "-j sbu" },
  CHAIN_NAMED_LIKE_TARGET: { file: "*filter\n:LOG - [0:0]\nCOMMIT\n" },
  JUMP_TO_BASE: { rule: "-j OUTPUT" },
  RULE_TOO_LONG: { rule: `-p tcp ${"-m tcp ".repeat(150)}-j ACCEPT` },
  CHAIN_LOOP: { file: tableAround("-j sub").replace("COMMIT", "-A sub -g sub\nCOMMIT") },
  RULES_KEPT_UNPARSED: { rule: "-p tcp --dprot 22 -j ACCEPT", keepUnparsed: true },
  MORE_FINDINGS: { file: `*filter\n${"hello\n".repeat(10_005)}COMMIT\n` },
  FAMILY_UNKNOWN: { rule: "-j ACCEPT" },
  FAMILY_CONTRADICTION: {
    file: "# Generated by ip6tables-save v1.8.9\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n",
  },
};

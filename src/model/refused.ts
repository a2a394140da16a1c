/**
 * Rules that read well but that iptables-restore 1.8.9 does not load: extensions outside the tables and base chains that they are for, and
 * options without what they need. Each is a warning: the rule is kept word for word.
 *
 * Source: tried with iptables-legacy-restore, as `test/model/refused.test.ts` does; `table` and `hooks` of the kernel's `struct xt_match` and
 * `struct xt_target`. Hooks count in base chains only: a user-defined chain has those that reach it.
 */
import type { Piece } from "../syntax/report.ts";
import type { MatchContext } from "./match-context.ts";
import { parseUint } from "./numbers.ts";
import { readLogLevel } from "./log.ts";
import { findUnmetDemand } from "./option-demands.ts";
import { parseProtocol } from "./protocols.ts";
import { parseRejectType } from "./reject.ts";
import type { MatchUse, OptionUse, RuleParts, TargetUse } from "./rule-parts.ts";
import { findBadValues } from "./refused-values.ts";
import { isBaseChain } from "./tables.ts";
import { parseTcpFlags } from "./tcp-flags.ts";

/** Where a rule stands. */
export interface RulePlace {
  readonly table: string;
  readonly chain: string;
}

/** What an extension is bound to; null: nothing. */
interface Bounds {
  readonly tables: readonly string[] | null;
  readonly chains: readonly string[] | null;
}

function bounds(tables: string, chains = ""): Bounds {
  const list = (text: string) => (text === "" ? null : text.split(" "));
  return { tables: list(tables), chains: list(chains) };
}

const TARGETS: ReadonlyMap<string, Bounds> = new Map([
  ["CHECKSUM", bounds("mangle")],
  ["CLASSIFY", bounds("", "FORWARD OUTPUT POSTROUTING")],
  ["CT", bounds("raw")],
  ["DNAT", bounds("nat", "PREROUTING OUTPUT")],
  ["DROP", bounds("raw mangle filter security")],
  ["DSCP", bounds("mangle")],
  ["ECN", bounds("mangle")],
  ["HL", bounds("mangle")],
  ["MASQUERADE", bounds("nat", "POSTROUTING")],
  ["NETMAP", bounds("nat")],
  ["NOTRACK", bounds("raw")],
  ["REDIRECT", bounds("nat", "PREROUTING OUTPUT")],
  ["REJECT", bounds("filter")],
  ["SNAT", bounds("nat", "INPUT POSTROUTING")],
  ["SYNPROXY", bounds("", "INPUT FORWARD")],
  ["TCPOPTSTRIP", bounds("mangle")],
  ["TOS", bounds("mangle")],
  ["TPROXY", bounds("mangle", "PREROUTING")],
  ["TRACE", bounds("raw")],
  ["TTL", bounds("mangle")],
]);

const MATCHES: ReadonlyMap<string, Bounds> = new Map([
  ["mac", bounds("", "PREROUTING INPUT FORWARD")],
  ["owner", bounds("", "OUTPUT POSTROUTING")],
  ["rpfilter", bounds("raw mangle", "PREROUTING")],
  ["socket", bounds("", "PREROUTING INPUT")],
]);

/** Targets whose port option needs one of the protocols with ports, or icmp, in the rule. */
const PORT_TARGETS: ReadonlySet<string> = new Set(["DNAT", "MASQUERADE", "REDIRECT", "SNAT"]);
/** Extensions that the kernel takes for TCP alone (`proto` of their `struct xt_match` or `xt_target`). */
const TCP_ONLY: ReadonlySet<string> = new Set(["-m osf", "-m tcpmss", "-j SYNPROXY", "-j TCPOPTSTRIP"]);
const IPCOMP = 108;
/** Of kernels before 2.6.14. */
const OLD_OWNER: ReadonlySet<string> = new Set(["pid-owner", "sid-owner", "cmd-owner"]);

const NUMBERS_ONLY = /^[\d:]*$/;

/** Names of ports that /etc/services of Debian 12 has for UDP alone. */
const UDP_SERVICES: ReadonlySet<string> = new Set(
  `bootps bootpc tftp ntp netbios-ns netbios-dgm xdmcp isakmp route router dhcpv6-client dhcpv6-server ms-sql-m l2f l2tp ipsec-nat-t
   mdns`.split(/\s+/u),
);

/** Reports what iptables-restore would not load in a rule that markify could read. */
export function reportRefused(parts: RuleParts, place: RulePlace, context: MatchContext): void {
  const refuse = (at: Piece, what: string, why: string) =>
    context.report("REFUSED_BY_IPTABLES", at, { what, why });
  checkInterfaces(parts, place, refuse);
  for (const use of parts.matches) {
    checkBounds(`-m ${use.name}`, MATCHES.get(use.name), use.word, place, refuse);
    checkMatch(use, refuse);
    checkExtension(use, "-m", parts, refuse);
  }
  const { target } = parts;
  if (target === null || target.option === "goto") return;
  checkBounds(`-j ${target.name}`, TARGETS.get(target.name), target.word, place, refuse);
  checkTarget(target, parts, place, context, refuse);
  checkExtension(target, "-j", parts, refuse);
}

/** What holds for matches and targets alike: they exist, have the options that they need, and the protocol. */
function checkExtension(
  use: MatchUse | TargetUse,
  kind: "-m" | "-j",
  parts: RuleParts,
  refuse: Refuse,
): void {
  const name = `${kind} ${use.name}`;
  if (use.row === null) return;
  if (use.row.origin === "old") refuse(use.word, name, "iptables 1.8 does not have it");
  const unmet = findUnmetDemand(use, kind);
  for (const { word, why } of findBadValues(use, kind)) refuse(word, word.text, why);
  if (unmet !== null) refuse(unmet.option?.word ?? use.word, unmet.option?.word.text ?? name, unmet.why);
  if (TCP_ONLY.has(name) && !hasProtocol(parts, 6))
    refuse(use.word, name, "it needs -p tcp in the same rule");
  if (name === "-m ipcomp" && !hasProtocol(parts, IPCOMP))
    refuse(use.word, name, "it needs -p ipcomp in the same rule");
  const tcpBits = use.options.find(({ row }) => row.name.startsWith("ecn-tcp-"));
  if (tcpBits !== undefined && !hasProtocol(parts, 6))
    refuse(tcpBits.word, tcpBits.word.text, "it needs -p tcp in the same rule");
  const owner = name === "-m owner" ? use.options.find(({ row }) => OLD_OWNER.has(row.name)) : undefined;
  if (owner !== undefined) refuse(owner.word, owner.word.text, "kernels since 2.6.14 do not have it");
}

type Refuse = (at: Piece, what: string, why: string) => void;

function checkInterfaces({ single }: RuleParts, { chain, table }: RulePlace, refuse: Refuse): void {
  if (!isBaseChain(table, chain)) return;
  const { in: input, out } = single;
  if (input !== undefined && (chain === "OUTPUT" || chain === "POSTROUTING")) {
    refuse(input.word, "-i", `packets in ${chain} have no interface that they came from`);
  }
  if (out !== undefined && (chain === "INPUT" || chain === "PREROUTING")) {
    refuse(out.word, "-o", `packets in ${chain} have no interface to leave by yet`);
  }
}

function checkBounds(
  what: string,
  limits: Bounds | undefined,
  at: Piece,
  place: RulePlace,
  refuse: Refuse,
): void {
  if (limits === undefined) return;
  const { table, chain } = place;
  if (limits.tables !== null && !limits.tables.includes(table)) {
    refuse(at, what, `it is for ${tableList(limits.tables)}, not for ${table}`);
  } else if (limits.chains !== null && isBaseChain(table, chain) && !limits.chains.includes(chain)) {
    refuse(at, what, `it can't stand in ${chain}, only in ${limits.chains.join(", ")}`);
  }
}

function tableList(tables: readonly string[]): string {
  return tables.length === 1 ? `table ${tables[0]}` : `tables ${tables.join(", ")}`;
}

function checkMatch(use: MatchUse, refuse: Refuse): void {
  if (use.name === "multiport") {
    for (const { values } of use.options) checkPortList(values[0]!, refuse);
  } else if (use.name === "tcp" || use.name === "sctp" || use.name === "dccp") {
    for (const { row, values } of use.options) {
      if (row.name === "sport" || row.name === "dport") checkService(values[0]!, use.name, refuse);
    }
  }
}

/** multiport needs both ends of a range, the second one above the first. An inverted range has a warning of its own. */
function checkPortList(word: OptionUse["values"][number], refuse: Refuse): void {
  for (const item of word.text.split(",")) {
    const [first = "", last] = item.split(":");
    if (last === undefined) continue;
    if (first === "" || last === "") refuse(word, item, "multiport wants both ends of a range");
    else if (parseUint(first, 65535) !== null && parseUint(first, 65535) === parseUint(last, 65535)) {
      refuse(word, item, "multiport wants a range that ends above its beginning");
    }
  }
}

function checkService(word: OptionUse["values"][number], protocol: string, refuse: Refuse): void {
  if (NUMBERS_ONLY.test(word.text)) return;
  for (const name of word.text.split(":")) {
    if (UDP_SERVICES.has(name))
      refuse(word, name, `Debian's /etc/services has it for udp, not for ${protocol}`);
  }
}

function checkTarget(
  target: TargetUse,
  parts: RuleParts,
  place: RulePlace,
  context: MatchContext,
  refuse: Refuse,
): void {
  const { name } = target;
  const value = (option: string) => target.options.find(({ row }) => row.name === option)?.values[0];
  if (name === "REJECT") {
    const type = value("reject-with");
    if (
      type !== undefined &&
      parseRejectType(type.text, context.family) === "tcp-reset" &&
      !hasProtocol(parts, 6)
    ) {
      refuse(type, "--reject-with tcp-reset", "it needs -p tcp in the same rule");
    }
  } else if (name === "LOG") {
    const level = value("log-level");
    if (level !== undefined && readLogLevel(level.text) === null) {
      refuse(
        level,
        level.text,
        "the levels are 0 to 7, and debug, info, notice, warning, error, crit, alert, emerg",
      );
    }
  } else if (name === "TCPMSS") checkTcpmss(target, parts, place, refuse);
  else if (name === "TPROXY" && parts.single.protocol === undefined) {
    refuse(target.word, "-j TPROXY", "it needs -p tcp or -p udp in the same rule");
  } else if (PORT_TARGETS.has(name) && parts.single.protocol === undefined) {
    const ports = value("to-ports") ?? value("to-destination") ?? value("to-source");
    if (ports !== undefined && namesPort(ports.text, value("to-ports") !== undefined)) {
      refuse(ports, ports.text, "a port needs -p tcp, udp, sctp, dccp or icmp in the same rule");
    }
  }
}

/** `1.2.3.4:80`, `:80`, `[::1]:80`, everything after --to-ports; an IPv6 address alone has two colons at least. */
function namesPort(text: string, ports: boolean): boolean {
  return ports || /^[^:]*:\d[^:]*$/u.test(text) || /\]:\d/u.test(text);
}

function hasProtocol({ single }: RuleParts, number: number): boolean {
  const { protocol } = single;
  return protocol !== undefined && !protocol.negated && parseProtocol(protocol.values[0]!.text) === number;
}

/** Source: `net/netfilter/xt_TCPMSS.c`, `tcpmss_tg4_check`: a match of module tcp must ask for SYN. */
function checkTcpmss(target: TargetUse, parts: RuleParts, place: RulePlace, refuse: Refuse): void {
  const clamp = target.options.find(({ row }) => row.name === "clamp-mss-to-pmtu");
  if (clamp !== undefined) {
    const limits = bounds("", "FORWARD OUTPUT POSTROUTING");
    checkBounds("--clamp-mss-to-pmtu", limits, clamp.word, place, refuse);
  }
  const asks = parts.matches.some(({ name, options }) => name === "tcp" && options.some(asksForSyn));
  if (!asks) refuse(target.word, "-j TCPMSS", "it needs --syn, or --tcp-flags with SYN, in the same rule");
}

function asksForSyn({ row, negated, values }: OptionUse): boolean {
  if (negated) return false;
  const set = row.name === "tcp-flags" ? parseTcpFlags(values[1]!.text) : row.name === "syn" ? 2 : 0;
  return typeof set === "number" && (set & 2) !== 0;
}

/**
 * What a rule shares with others: its member on each axis, and what has to be equal before two rules can be merged.
 *
 * The order of evaluation inside a rule matters: a match that reads the transport header drops a packet whose header is short, and in
 * ip6tables `-p` drops one with broken extension headers (KERNEL.md, hotdrop). So what stands before such a match (`pre`) and after it (`post`) are
 * kept apart, and a rule chain tests them in the very order of the flat rule.
 */
import { AXES, type Axis, type Family, type Match, type Rule, type Target } from "../model/types.ts";
import { type HeaderProfile, headerProfile, readsHeader } from "./header-profile.ts";
import type { FlatReason } from "./reason.ts";

/** A member on one axis, with the text that tests it. */
export interface Token {
  /** As iptables-save prints it; equal keys mean equal conditions. */
  readonly key: string;
  /** The match as it stands in a rule, `-p tcp -m tcp --dport 22`. */
  readonly text: string;
}

/** A rule that may be merged, taken apart. */
export interface Movable {
  readonly kind: "movable";
  readonly rule: Rule;
  /** In AXES order; null: the rule does not test the axis in a way that can be grouped. */
  readonly tokens: readonly (Token | null)[];
  /** Header matches that no group can hold: negated addresses and interfaces, fragments. Stand on the jump to the rule chain. */
  readonly guard: readonly string[];
  /** Module matches before the first header-reading match. */
  readonly pre: string;
  /** Module matches after it. */
  readonly post: string;
  /** All but axes and guard, in the rule's order: what is left on the verdict line where the service is not grouped. */
  readonly tail: string;
  /** How it reads the transport header, which decides what happens to short packets; empty: not at all. */
  readonly profile: HeaderProfile;
  /** ip6tables with `-p`: packets with broken extension headers are dropped. */
  readonly readsExtensions: boolean;
  /** Rules of one signature that differ on axes only can form a product. */
  readonly signature: string;
  /**
   * Of a rule that logs and goes on, what others would be its signature. No two such rules have one: a packet that is in both is logged twice, so the search must not join them; where they are the
   * last lines of another product, and each packet is in one, they are a product all the same (`log-products.ts`).
   */
  readonly kin?: string;
  /** Rules of one class may always swap (see dependencies.ts). */
  readonly classKey: string;
  /** Set where only packets with whole headers get to its ports, and rules that say lists of ports are to meet those that say single ones (`whole-headers.ts`). */
  readonly isWhole?: true;
  /** What it is the union of, by its service alone, two at least or one in another spelling (`split-lists.ts`); missing where it is not split. */
  readonly parts?: readonly Movable[];
  /** The movable that this is a part of. */
  readonly partOf?: Movable;
}

/** A rule that stays where it is, and that nothing moves past. */
export interface Barrier {
  readonly kind: "barrier";
  readonly rule: Rule;
  readonly reason: FlatReason;
}

export type Features = Movable | Barrier;

/** Takes a rule apart. */
export function findFeatures(rule: Rule, family: Family): Features {
  const draft = draftRule(rule, family);
  return draft.kind === "barrier" ? draft : finish(draft);
}

/** A rule taken apart, before it is known which others it can be merged with. */
type Draft = Omit<Movable, "kind" | "signature" | "kin" | "classKey"> & { readonly kind: "draft" };

function draftRule(rule: Rule, family: Family): Draft | Barrier {
  const reason = barrierReason(rule);
  if (reason !== null) return { kind: "barrier", rule, reason };
  const tokens: (Token | null)[] = [null, null, null, null, null];
  const guard: string[] = [];
  const pre: string[] = [];
  const post: string[] = [];
  const transport: Match[] = [];
  const tail: string[] = [];
  let protocol: Match | null = null;
  for (const match of rule.matches) {
    if (match.kind === "comment") continue;
    const axis = headerAxis(match);
    if (axis !== null) {
      if ("negated" in match && match.negated) guard.push(match.text);
      else tokens[AXES.indexOf(axis)] = { key: match.text.slice(3), text: match.text };
      continue;
    }
    if (match.kind === "fragment") {
      guard.push(match.text);
      continue;
    }
    if (match.kind === "iprange" && transport.length === 0 && !(family === "v6" && protocol !== null)) {
      const side = rangeAxis(match, tokens);
      if (side !== null) {
        const at = AXES.indexOf(side);
        tokens[at] = { key: match.text.replace(/^.*-range /, ""), text: match.text };
        continue;
      }
    }
    tail.push(match.text);
    if (match.kind === "protocol") protocol = match;
    else if (readsHeader(match)) transport.push(match);
    else (transport.length === 0 ? pre : post).push(match.text);
  }
  // An unmasked mark test before the ports would see the bits of the groups tested so far: such a rule keeps its service on the verdict line.
  const service = readsWholeMark(rule, transport[0]) ? null : makeServiceToken(protocol, transport);
  tokens[AXES.indexOf("service")] = service;
  return {
    kind: "draft",
    rule,
    tokens,
    guard,
    pre: pre.join(" "),
    post: post.join(" "),
    tail: tail.join(" "),
    profile: headerProfile(rule.matches),
    readsExtensions: family === "v6" && protocol !== null,
  };
}

/** A rule of which the ports are asked of packets with whole headers only: lists and single ports are one kind of test. */
export function readWhole(movable: Movable): Movable {
  const { signature, ...whole } = finish({ ...movable, kind: "draft", profile: "plain" });
  return { ...whole, signature: `${signature}\u0001whole`, isWhole: true };
}

function finish(draft: Draft): Movable {
  const serviceless = draft.tokens[AXES.indexOf("service")] === null;
  // Where no match reads the header, all others may be tested after the protocol: one form, so that such rules find each other.
  const pre = draft.profile === "" ? "" : draft.pre;
  const post = draft.profile === "" ? draft.pre : draft.post;
  // Without a service that can be grouped, the whole tail is one condition.
  const rest = serviceless ? draft.tail : `${pre}\u0000${post}`;
  const present = draft.tokens.map((token) => (token === null ? "-" : "+")).join("");
  const classKey = classKeyOf(draft.rule.target, draft.profile, draft.readsExtensions);
  const needs = needsProtocol(draft.rule.target) ? [protocolOf(draft.rule)] : [];
  const signature = [classKey, present, draft.guard.join(" "), rest, ...needs].join("\u0001");
  const movable = { ...draft, kind: "movable", pre, post, signature, classKey } as const;
  return isLog(draft.rule.target)
    ? { ...movable, kin: signature, ...signedByLine(signature, draft.rule) }
    : movable;
}

/** The signature of a rule that logs. */
export function signedByLine(kin: string, { line }: Rule): Pick<Movable, "signature"> {
  return { signature: `${kin}\u0001${line}` };
}

/** Rules of one kind say the same but for their members. */
export function kindOf({ kin, signature }: Pick<Movable, "kin" | "signature">): string {
  return kin ?? signature;
}

/** Whether a target logs a packet, changes nothing of it, and lets it go on (net/netfilter/xt_LOG.c, xt_NFLOG.c). */
export function isLog(target: Target): boolean {
  return target.kind === "extension" && (target.name === "LOG" || target.name === "NFLOG");
}

/** Targets of nat may name ports, and then iptables takes them beside one protocol only: their rule chain has to say which. */
function needsProtocol(target: Target): boolean {
  return target.kind === "extension" && /^(?:DNAT|SNAT|MASQUERADE|REDIRECT)$/.test(target.name);
}

function protocolOf({ matches }: Rule): string {
  return matches.find(({ kind }) => kind === "protocol")?.text ?? "";
}

/** Rules of one class do the same to a packet that they match, and to one whose header they can't read. */
export function classKeyOf(target: Target, profile: HeaderProfile, readsExtensions: boolean): string {
  const drops = target.kind === "verdict" && target.verdict === "DROP";
  return drops ? target.text : `${target.text}\u0000${profile}\u0000${readsExtensions}`;
}

/** Why a rule can't be moved or merged at all; null where it can. */
function barrierReason(rule: Rule): FlatReason | null {
  const { target } = rule;
  if (target.kind === "unparsed") return "unparsed";
  if (target.kind === "jump" || target.kind === "goto") return "jump";
  if (target.kind === "extension" && target.ends === "unknown") return "unknown";
  if (target.kind !== "verdict" && target.kind !== "extension") return "effect";
  if (target.kind === "extension" && target.ends === "never" && !isLog(target)) return "effect";
  for (const match of rule.matches) {
    if (match.kind === "opaque") return match.known ? "stateful" : "unknown";
    // As it was before the members were known: they are those of one moment.
    if (match.kind === "addressSet") return "stateful";
    if ((match.kind === "source" || match.kind === "destination") && match.address === null)
      return "unreadable-value";
  }
  return null;
}

/** Whether a test of the whole mark stands before the first match that reads the header. */
function readsWholeMark(rule: Rule, header: Match | undefined): boolean {
  if (header === undefined) return false;
  const before = rule.matches.slice(0, rule.matches.indexOf(header));
  return before.some((match) => match.kind === "mark" && match.mask === 0xffffffff);
}

function headerAxis(match: Match): Axis | null {
  if (
    match.kind === "source" ||
    match.kind === "destination" ||
    match.kind === "in" ||
    match.kind === "out"
  ) {
    return match.kind;
  }
  return null;
}

/** The axis that an iprange match can stand for: a single positive range where the rule has no address on that side. */
function rangeAxis(match: Match & { kind: "iprange" }, tokens: readonly (Token | null)[]): Axis | null {
  const side = match.destination === null ? "source" : match.source === null ? "destination" : null;
  if (side === null) return null;
  const part = side === "source" ? match.source : match.destination;
  return part === null || part.negated || tokens[AXES.indexOf(side)] !== null ? null : side;
}

/** `tcp dport 22` for `-p tcp -m tcp --dport 22`; `! -p` is no service. */
export function makeServiceToken(protocol: Match | null, transport: readonly Match[]): Token | null {
  if (protocol === null || protocol.kind !== "protocol" || protocol.negated) return null;
  const words = [protocol.text.slice(3)];
  for (const match of transport) words.push(serviceWords(match.text));
  return { key: words.join(" "), text: [protocol.text, ...transport.map((match) => match.text)].join(" ") };
}

/** A match of a service as groups say it: `dport 22` for `-m tcp --dport 22`. */
export function serviceWords(text: string): string {
  // A bare `-m tcp` still reads the header: it must not look like `-p tcp` alone.
  if (/^-m \S+$/.test(text)) return "header";
  return text
    .replace(/^-m \S+ /, "")
    .replace(/--(?:icmpv6-|icmp-|tcp-)?/g, "")
    .trim();
}

/**
 * The form of a packet: from the words of `markify explain` to fields and back. The words stand in the page's address, so a link holds the packet.
 */
import {
  type PacketDraft,
  printPacketWords,
  type ReadWords,
  readPacketWords,
} from "../../../verify/explain/packet-words.ts";
import type { ExplainFault } from "../../../verify/explain/types.ts";
import { shellValue, splitShellWords } from "../../../text/shell-words.ts";

/** Fields with one value each, named as in ExplainOptions. */
export const SINGLE_FIELDS = [
  "in",
  "out",
  "source",
  "destination",
  "protocol",
  "sport",
  "dport",
  "icmpType",
  "tcpFlags",
  "state",
  "table",
] as const;

/** One of them. */
export type SingleField = (typeof SINGLE_FIELDS)[number];

/** All fields: those, where the packet is, and words for whatever has no field. */
export type FormField = SingleField | "hook" | "more";

/** What stands in the form; empty for nothing. */
export type PacketForm = Readonly<Record<FormField, string>>;

/** Where a packet can be. */
export const HOOKS = ["INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING"] as const;

/** What the form shows where the address holds no packet. */
const START = "FORWARD";

/** Fills the form. Words that can't be read stay where a person can mend them. */
export function formOf(text: string): PacketForm {
  const words = splitShellWords(text);
  if (words === null) return { ...emptyForm(), more: text };
  const read = readPacketWords(words);
  const { hook = impliedHook(read.options) ?? START, ...options } = read.options;
  const known = HOOKS.find((name) => name === hook.toUpperCase());
  const rest: PacketDraft = { ...options, ...(known === undefined ? { hook } : {}) };
  const form = { ...emptyForm(), hook: known ?? START };
  for (const field of SINGLE_FIELDS) {
    const value = options[field];
    // A field can't say that something is given and empty.
    if (value === undefined || value.trim() === "") continue;
    form[field] = value;
    delete rest[field];
  }
  return { ...form, more: [...printPacketWords(rest), ...read.rest].map(shellValue).join(" ") };
}

function emptyForm(): Record<FormField, string> {
  const form = { hook: START, more: "" } as Record<FormField, string>;
  for (const field of SINGLE_FIELDS) form[field] = "";
  return form;
}

/** The hook that `explain` takes by itself. */
function impliedHook({ in: by, out }: PacketDraft): string | undefined {
  if (by !== undefined) return out === undefined ? "INPUT" : "FORWARD";
  return out === undefined ? undefined : "OUTPUT";
}

/** The packet that a form describes, as a person would write it behind `markify explain FILE`. */
export function textOf(form: PacketForm): string {
  const own: PacketDraft = {};
  for (const field of SINGLE_FIELDS) if (form[field].trim() !== "") own[field] = form[field].trim();
  const more = splitShellWords(form.more);
  // What stands in the field for more is the last word, and so the one that holds.
  const read = more === null ? { options: {}, rest: [] } : readPacketWords(more);
  const known = printPacketWords(withHook({ ...own, ...read.options }, form.hook));
  const words = [...known, ...read.rest].map(shellValue);
  return (more === null ? [...words, form.more.trim()] : words).join(" ");
}

/** Says the hook where the interfaces don't. */
function withHook(options: PacketDraft, hook: string): PacketDraft {
  return options.hook !== undefined || impliedHook(options) === hook ? options : { ...options, hook };
}

/** The packet of a text, or what is wrong with its words. */
export function readPacketText(text: string): ReadWords {
  const words = splitShellWords(text);
  if (words !== null) return readPacketWords(words);
  const fault = { message: "a quote is not closed", next: "a quote at its end" };
  return { options: {}, faults: [fault], rest: [] };
}

const FIELD_OF: Readonly<Record<string, FormField>> = {
  "--in": "in",
  "--out": "out",
  "-s": "source",
  "--source": "source",
  "-d": "destination",
  "--destination": "destination",
  "-p": "protocol",
  "--protocol": "protocol",
  "--sport": "sport",
  "--dport": "dport",
  "--icmp-type": "icmpType",
  "--tcp-flags": "tcpFlags",
  "--state": "state",
  "--table": "table",
  "--hook": "hook",
};

/** The field that a fault is about, by the option that it begins with; all others are shown with the field for more words. */
export function fieldOf({ message }: ExplainFault): FormField {
  const [, option = ""] = /^(--?[a-z-]+)/.exec(message) ?? [];
  return FIELD_OF[option] ?? fieldNamed(message);
}

/** Faults that say what is wrong with where the packet is. */
function fieldNamed(message: string): FormField {
  if (/has no in-interface/.test(message)) return "in";
  if (/has no out-interface/.test(message)) return "out";
  if (/^the nat table sees/.test(message)) return "state";
  if (/^the table \S+ has no|has no table|does not declare/.test(message)) return "table";
  return "more";
}

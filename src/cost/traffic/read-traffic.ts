/**
 * Reads what somebody gives as traffic: lines of packets, lines of `conntrack -L`, and the routes that say where connections go.
 *
 *     # weight, then what is known of the packet
 *     120 in=eth0 out=eth1 src=10.1.0.7 dst=192.0.2.5 proto=tcp dport=443
 *     tcp 6 431999 ESTABLISHED src=10.1.0.7 dst=192.0.2.5 sport=40112 dport=443 packets=20 bytes=… src=192.0.2.5 …
 *     10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.1
 */
import type { Family } from "../../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../../text/diagnostic.ts";
import type { SourceFile } from "../../text/source.ts";
import {
  type Connection,
  isConnection,
  packetOptions,
  readConnection,
  translated,
  type Tuple,
} from "./conntrack.ts";
import { readPacket } from "../../verify/explain/read-packet.ts";
import { findHook } from "../../verify/explain/place.ts";
import type { ExplainOptions } from "../../verify/explain/types.ts";
import { isRoute, Routes } from "./routes.ts";
import type { Traffic, TrafficPacket } from "./types.ts";

/** What can be said of a packet: the word, and the option of `markify explain` that it is. */
const KEYS = [
  ["in", "in", "--in"],
  ["out", "out", "--out"],
  ["src", "source", "-s"],
  ["dst", "destination", "-d"],
  ["proto", "protocol", "-p"],
  ["sport", "sport", "--sport"],
  ["dport", "dport", "--dport"],
  ["icmp", "icmpType", "--icmp-type"],
  ["flags", "tcpFlags", "--tcp-flags"],
  ["state", "state", "--state"],
  ["mark", "mark", "--mark"],
  ["hook", "hook", "--hook"],
] as const;

/** Errors that are listed: a wrong file has one a line. */
const MOST_ERRORS = 20;

/** Takes what is wrong with a line; `word` is where the word begins, empty for the line. */
type ReportWord = (word: string, problem: string, help?: string) => void;

type Unplaced = Omit<TrafficPacket, "line">;
type Unweighed = Omit<Unplaced, "weight">;

/** Reads the packets of one family; lines with addresses of the other one are passed over. */
export function readTraffic(
  file: SourceFile,
  family: Family,
): { readonly traffic: Traffic; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const reader = new Reader(family, file.text);
  const packets: TrafficPacket[] = [];
  file.text.split("\n").forEach((text, at) => {
    const start = file.lineStarts[at]!;
    const said = new Set<string>();
    const report: ReportWord = (word, problem, help) => {
      // Each hook that the packet meets finds it.
      if (said.has(problem) || diagnostics.length >= MOST_ERRORS) return;
      said.add(problem);
      const found = Math.max(0, text.indexOf(word));
      const length = word === "" ? text.trimEnd().length : /^\S*/.exec(text.slice(found))![0].length;
      const span = { file, start: start + found, end: start + found + Math.max(1, length) };
      const extra = help === undefined || help === "" ? {} : { help };
      diagnostics.push(makeDiagnostic("TRAFFIC_NOT_READ", span, { problem }, extra));
    };
    for (const each of reader.read(text.replace(/\r$/, ""), report))
      if (each.weight > 0) packets.push({ ...each, line: at + 1 });
  });
  const notes = reader.notes();
  return { traffic: { name: file.path, packets, notes }, diagnostics };
}

/** Lines that say where addresses are, read before all others: they may stand behind. */
function readRoutes(text: string, family: Family): Routes {
  const routes = new Routes(family);
  for (const line of text.split("\n")) if (isRoute(line)) routes.read(line);
  return routes;
}

/** Reads line by line; a class because it guards the counts of what was left out. */
class Reader {
  readonly #family: Family;
  readonly #routes: Routes;
  #connections = 0;
  #lost = 0;
  #uncounted = 0;

  constructor(family: Family, text: string) {
    this.#family = family;
    this.#routes = readRoutes(text, family);
  }

  read(text: string, report: ReportWord): readonly Unplaced[] {
    const line = text.replace(/(^|\s)#.*$/, "").trim();
    if (line === "" || /^conntrack v\d/.test(line)) return [];
    if (isConnection(line)) return this.#readConnection(line, report);
    if (isRoute(line)) {
      const problem = new Routes(this.#family).read(line);
      if (problem !== null) report(line.split(/\s+/)[0]!, problem);
      return [];
    }
    return this.#readPacket(line, report);
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    if (this.#lost > 0)
      notes.push(
        `${this.#lost} of ${this.#connections} connections are left out, since no route leads to one of their ends`,
      );
    if (this.#uncounted > 0)
      notes.push(
        `${this.#uncounted} of ${this.#connections} connections say nothing of packets (net.netfilter.nf_conntrack_acct is 0): the first packet of each stands for it`,
      );
    return notes;
  }

  #isForeign(address: string | undefined): boolean {
    return address !== undefined && address.includes(":") !== (this.#family === "v6");
  }

  #readConnection(line: string, report: ReportWord): readonly Unplaced[] {
    const connection = readConnection(line);
    if (connection === null) {
      report(line, "a connection has two directions, each with src= and dst=");
      return [];
    }
    const { original, reply } = connection;
    if (this.#isForeign(original.source)) return [];
    if (this.#routes.isEmpty) {
      const help = "put the output of `ip route show table all` into the same file";
      report(line, "a connection says nothing of interfaces and of which addresses are this host's", help);
      return [];
    }
    this.#connections++;
    if (original.packets === undefined) this.#uncounted++;
    const there = this.#directionOf(connection, original, reply);
    const back = this.#directionOf(connection, reply, original);
    if (there === null || back === null) {
      this.#lost++;
      return [];
    }
    const sent = original.packets ?? 1;
    return [
      { weight: Math.min(1, sent), ...there("NEW") },
      { weight: Math.max(0, sent - 1), ...there("ESTABLISHED") },
      { weight: reply.packets ?? 0, ...back("ESTABLISHED") },
    ];
  }

  /** The packets of one direction, by their state; null where no route leads to one of its ends. */
  #directionOf(connection: Connection, from: Tuple, back: Tuple): ((state: string) => Unweighed) | null {
    const inside = translated(from, back);
    const places = this.#placesBetween(inside.source, inside.destination);
    if (places === null) return null;
    return (state) =>
      // The kernel wrote the fields: there is nothing wrong with them.
      this.#meet(
        places,
        () => {},
        (hook) => packetOptions(connection, hook === "PREROUTING" ? from : inside, state),
      );
  }

  #placesBetween(source: string, destination: string): Places | null {
    const [from, to] = [this.#routes.deviceOf(source), this.#routes.deviceOf(destination)];
    if (from === null || to === null) return null;
    if (from === "" && to === "") return { hook: "INPUT", in: "lo" };
    if (to === "") return { hook: "INPUT", in: from };
    return from === "" ? { hook: "OUTPUT", out: to } : { hook: "FORWARD", in: from, out: to };
  }

  /** The packet in all hooks that it meets. */
  #meet(
    { hook, in: from, out: to }: Places,
    report: ReportWord,
    optionsIn: (hook: string) => ExplainOptions,
  ): Unweighed {
    const packetIn = (each: string) => {
      const options = {
        ...optionsIn(each),
        ...(from === undefined || each === "OUTPUT" ? {} : { in: from }),
        ...(to === undefined || each === "PREROUTING" || each === "INPUT" ? {} : { out: to }),
      };
      return readPacket(options, this.#family, each, (problem, help) => reportOption(report, problem, help));
    };
    return { hooks: WAYS[hook] ?? [hook], packetIn };
  }

  #readPacket(line: string, report: ReportWord): readonly Unplaced[] {
    const words = line.split(/\s+/);
    const weight = /^\d+(?:\.\d+)?$/.test(words[0]!) ? Number(words.shift()) : 1;
    if (words.length === 0) report(line, "a weight, and no packet behind it");
    const options: { -readonly [key in keyof ExplainOptions]: ExplainOptions[key] } = {};
    let isGood = words.length > 0;
    for (const word of words) {
      const [, key = word, value = ""] = /^([^=]*)=(.*)$/.exec(word) ?? [];
      const row = KEYS.find(([name]) => name === key);
      if (row === undefined || value === "") {
        const known = KEYS.map(([name]) => `${name}=`).join(" ");
        report(
          word,
          row === undefined ? `'${word}' says nothing of a packet` : `${word} has no value`,
          `a weight, then some of ${known}; a line of conntrack -L; or one of ip route`,
        );
        isGood = false;
      } else if (options[row[1]] !== undefined) {
        report(word, `${key}= stands here twice`);
        isGood = false;
      } else options[row[1]] = value;
    }
    if (!isGood || this.#isOfOther(options)) return [];
    const places = this.#placesOf(options, report);
    if (places === null) return [];
    const { hook: _, in: _in, out: _out, ...rest } = options;
    const met = this.#meet(places, report, () => rest);
    // Faults show when the packet is made.
    for (const each of met.hooks) met.packetIn(each);
    return [{ weight, ...met }];
  }

  #isOfOther({ source, destination, protocol }: ExplainOptions): boolean {
    const other = this.#family === "v4" ? ["icmpv6", "ipv6-icmp"] : ["icmp"];
    return (
      this.#isForeign(source ?? destination) ||
      (source === undefined && destination === undefined && other.includes(protocol ?? ""))
    );
  }

  #placesOf(options: ExplainOptions, report: ReportWord): Places | null {
    const { source, destination, hook, in: from, out: to } = options;
    const isPlaced = hook !== undefined || from !== undefined || to !== undefined;
    if (!isPlaced && source !== undefined && destination !== undefined && !this.#routes.isEmpty) {
      const places = this.#placesBetween(source, destination);
      if (places === null) report(source, "no route leads to one of its ends");
      return places;
    }
    const found = findHook(options, (problem, help) => reportOption(report, problem, help));
    if (found === null) return null;
    return {
      hook: found,
      ...(from === undefined ? {} : { in: from }),
      ...(to === undefined ? {} : { out: to }),
    };
  }
}

/** Where a packet is. */
interface Places {
  readonly hook: string;
  readonly in?: string;
  readonly out?: string;
}

/** The hooks that a packet meets, by the one that is between. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  INPUT: ["PREROUTING", "INPUT"],
  FORWARD: ["PREROUTING", "FORWARD", "POSTROUTING"],
  OUTPUT: ["OUTPUT", "POSTROUTING"],
};

/** A fault of an option as one of the word that it came from. */
function reportOption(report: ReportWord, problem: string, help = ""): void {
  const row = KEYS.find(([, , option]) => problem.startsWith(`${option} `));
  if (row === undefined) {
    report("", inWords(problem), inWords(help));
    return;
  }
  const [key, , option] = row;
  const rest = problem.slice(option.length + 1);
  const value = /^\S+: /.test(rest) ? rest : ` ${inWords(rest)}`;
  report(`${key}=`, `${key}=${value}`, inWords(help));
}

/** A sentence that names options, in the words of a line. */
function inWords(text: string): string {
  return KEYS.reduce(
    (changed, [key, , option]) =>
      changed.replace(
        new RegExp(`(^|\\s)${option}(?: ([\\w/]+))?(?![\\w-])`, "g"),
        (_, before: string, value = "") => `${before}${key}=${value}`,
      ),
    text,
  );
}

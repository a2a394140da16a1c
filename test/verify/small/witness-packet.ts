/**
 * The packet of a witness, as reports print it, in the naive interpreter's terms: whoever doubts a witness can only start from what it says.
 */
import type { Witness } from "../../../src/verify/types.ts";
import type { NaivePacket } from "../naive.ts";

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  "ipv6-icmp": 58,
  sctp: 132,
  udplite: 136,
};

const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

/** How a witness calls an answer to a question that was asked before. */
export const witnessAgain = (name: string): string => `${name} again`;

/** The packet. Throws where the witness does not say what a match answers. */
export function packetOfWitness({ packet }: Witness): NaivePacket {
  const { fields } = packet;
  const [icmpType, icmpCode] = (fields.icmpType ?? "0/0").split("/").map(Number);
  const header = /after (\d+) bytes/.exec(fields.header ?? "");
  return {
    in: fields.in ?? "",
    out: fields.out ?? "",
    source: wordsOf(fields.source!),
    destination: wordsOf(fields.destination!),
    protocol: PROTOCOLS[fields.protocol!] ?? Number(fields.protocol),
    sport: Number(fields.sourcePort ?? 0),
    dport: Number(fields.destinationPort ?? 0),
    flags: FLAGS.reduce((sum, name, bit) => sum | (hasFlag(fields.tcpFlags, name) ? 1 << bit : 0), 0),
    options: (fields.tcpOption ?? "").split(",").flatMap((text) => (text === "" ? [] : [Number(text)])),
    icmpType: icmpType!,
    icmpCode: icmpCode!,
    states: fields.ctstate!.split(","),
    mark: Number(fields.mark),
    connmark: Number(fields.connmark ?? 0),
    mac: fields.mac ?? null,
    fragmentOffset: fields.fragment === undefined ? 0 : fields.fragment.includes("offset 1") ? 1 : 2,
    headerLength: header === null ? Number.POSITIVE_INFINITY : Number(header[1]),
    brokenExtensions: fields.extensionHeaders === "broken",
    backend: fields.backend === "nft" ? "nft" : "legacy",
    ...answersOf(fields.otherMatches ?? ""),
  };
}

function hasFlag(flags: string | undefined, name: string): boolean {
  return (flags ?? "").split(",").includes(name);
}

/** `-m limit … true, -m pkttype … false; the others all true`; a proof names all that were asked, and no others. */
function answersOf(text: string): Pick<NaivePacket, "answers" | "exceptions"> {
  const [own = "", rest = "all false"] = /^(?:all|some) /.test(text)
    ? ["", text]
    : text.split("; the others ");
  if (rest.startsWith("some")) throw new Error(`what matches answer was left to chance: ${text}`);
  const answers = rest === "all true";
  const exceptions = [...own.matchAll(/(.+?) (true|false)(?:, |$)/g)]
    .filter(([, , answer]) => (answer === "true") !== answers)
    .map(([, name]) => name!);
  return { answers, exceptions };
}

/** One word for IPv4, four for IPv6. */
function wordsOf(address: string): readonly number[] {
  if (!address.includes(":")) return [address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0)];
  const [head, tail] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const missing = 8 - head!.length - (tail?.length ?? 0);
  const groups = [...head!, ...Array<string>(missing).fill("0"), ...(tail ?? [])];
  return [0, 2, 4, 6].map(
    (at) => Number.parseInt(groups[at]!, 16) * 65536 + Number.parseInt(groups[at + 1]!, 16),
  );
}

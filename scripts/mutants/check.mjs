/**
 * One mutant through all judges: the proof, the samples alone, and the naive interpreter.
 */
import { verify } from "../../dist/index.js";
import { CTSTATE } from "../../dist/model/types.js";
import { nameOccurrences } from "../../dist/verify/occurrences.js";
import { restoresBits } from "../../dist/verify/own-bits.js";
import { pairTables } from "../../dist/verify/pairs.js";
import { compileTable } from "../../dist/verify/sample/compile.js";
import { Sampler } from "../../dist/verify/sample/draw.js";
import { answeredTexts, answerOf, FIELD, MODE, optionsOf } from "../../dist/verify/sample/packet.js";

/** Packets of the samples alone. */
const PACKETS = 100_000;

const clock = () => performance.now();

/** Seconds that something took, and what came out. */
export async function timed(run) {
  const start = clock();
  const value = await run();
  return { value, seconds: (clock() - start) / 1000 };
}

/** The proof's answer, and that of the samples alone. */
export async function askBoth(old, now, seed) {
  const proof = await timed(() => verify(old, now, { packets: 0, budget: 60, seed }, { clock }));
  const samples = await timed(() => askSamples(old, now, seed, PACKETS));
  return { proof, samples };
}

/** The samples alone. */
export function askSamples(old, now, seed, packets) {
  return verify(old, now, { packets, budget: 0, seed });
}

/** What the naive interpreter sees in a witness; the empty list: no difference. */
export function judgeWitness(judge, old, now, { witness, ownBits }) {
  const { pair } = pairTables(old, now).find(({ pair: { name } }) => name === witness.packet.table);
  const packet = judge.packetOfWitness(witness);
  const names = nameOccurrences(pair.old, pair.new);
  const [one, other] = [pair.old, pair.new].map((table) =>
    judge.walk(table, witness.packet.hook, packet, names, judge.witnessAgain),
  );
  return judge.differences(one, other, { ownBits, anyMark: false });
}

/** Draws packets as the samples do and walks them naively, for so many milliseconds: the first that fares differently, or how many did not. */
export function searchNaively(judge, old, now, ownBits, seed, milliseconds) {
  const changed = pairTables(old, now).filter(({ isIdentical }) => !isIdentical);
  const hooks = changed.flatMap(({ pair }) => {
    const table = compileTable(pair, ownBits, restoresBits([old, now], ownBits) ? ownBits : 0);
    return table.hooks.map((hook) => ({
      pair,
      table,
      hook,
      sampler: new Sampler(table, hook, seed, "some"),
    }));
  });
  const names = new Map(changed.map(({ pair }) => [pair, nameOccurrences(pair.old, pair.new)]));
  const end = clock() + milliseconds;
  let packets = 0;
  for (let number = 0; clock() < end && hooks.length > 0; number++) {
    for (const { pair, table, hook, sampler } of hooks) {
      sampler.draw(number);
      if (sampler.packet[FIELD.ANY_MARK] === 1) continue;
      if (sampler.packet[FIELD.MODE] === MODE.RANDOM) sampler.packet[FIELD.MODE] = MODE.FALSE;
      const packet = naivePacket(table, sampler.packet);
      const [one, other] = [pair.old, pair.new].map((side) =>
        judge.walk(side, hook.name, packet, names.get(pair), (name) => name),
      );
      packets++;
      const differs = judge.differences(one, other, { ownBits, anyMark: false });
      if (differs.length > 0) return { packets, difference: { hook: hook.name, packet, differs } };
    }
  }
  return { packets, difference: null };
}

/** A sampled packet in the naive interpreter's terms. */
function naivePacket(table, packet) {
  const words = (field) => Array.from(packet.subarray(field, field + table.words), (word) => word >>> 0);
  const answers = packet[FIELD.MODE] === MODE.TRUE;
  const mac = packet[FIELD.MAC];
  return {
    in: table.interfaces[packet[FIELD.IN]],
    out: table.interfaces[packet[FIELD.OUT]],
    source: words(FIELD.SOURCE),
    destination: words(FIELD.DESTINATION),
    protocol: packet[FIELD.PROTOCOL],
    sport: packet[FIELD.SPORT],
    dport: packet[FIELD.DPORT],
    flags: packet[FIELD.FLAGS],
    options: optionsOf(packet),
    icmpType: packet[FIELD.ICMP_TYPE],
    icmpCode: packet[FIELD.ICMP_CODE],
    states: Object.keys(CTSTATE).filter((name) => (packet[FIELD.CTSTATE] & CTSTATE[name]) !== 0),
    mark: packet[FIELD.MARK] >>> 0,
    connmark: packet[FIELD.CONNMARK] >>> 0,
    mac: mac === -1 ? null : table.macs[mac],
    fragmentOffset: packet[FIELD.FRAGMENT],
    headerLength: packet[FIELD.SHORT] === 0 ? Number.POSITIVE_INFINITY : packet[FIELD.SHORT] - 1,
    brokenExtensions: packet[FIELD.BROKEN] === 1,
    backend: packet[FIELD.NFT] === 1 ? "nft" : "legacy",
    answers,
    exceptions: answeredTexts(packet)
      .filter((text) => (answerOf(packet, text) === 1) !== answers)
      .map((text) => table.texts[text]),
  };
}

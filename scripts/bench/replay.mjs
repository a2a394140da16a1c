/**
 * How long a replay takes: `markify replay OLD NEW --packets-from FILE` of 1,000,000 packets in connections of 20 each, and of 100,000 that are all different.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { format, measure, printRow, summarise } from "./measure.mjs";

const REAL =
  "net-network/configs_chair_for_Network_Architectures_and_Services/iptables-save-2015-05-13_10-53-20";
const RUNS = 1;
const [SYN, ACK] = [2, 16];
/** Cooked header, IPv4, tcp. */
const FRAME = 16 + 20 + 20;

/** One half of all addresses is inside, the other one outside. */
const ROUTES = "0.0.0.0/1 dev eth0\n128.0.0.0/1 dev eth1\nlocal 127.0.0.1 dev lo\n";

/** Numbers of a linear congruential generator: the same packets each time. */
function makeRandom(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function addressesOf(text) {
  const found = [...text.matchAll(/-[sd] (\d+)\.(\d+)\.(\d+)\.(\d+)/g)];
  return [...new Set(found.map(([, ...bytes]) => bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0)))];
}

/** Writes a capture as `tcpdump -i any` makes it, of packets that come in; `next` fills in addresses, ports, flags. */
function writeCapture(path, packets, next) {
  const file = openSync(path, "w");
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(113, 20);
  writeSync(file, head);
  const size = 16 + FRAME;
  const block = Buffer.alloc(size * 10_000);
  for (let at = 0; at < packets; at += 10_000) {
    block.fill(0);
    for (let place = 0; place < block.length; place += size) {
      const { source, destination, sport, dport, flags } = next();
      block.writeUInt32LE(Math.floor((at + place / size) / 10_000), place);
      block.writeUInt32LE(FRAME, place + 8);
      block.writeUInt32LE(FRAME, place + 12);
      const ip = place + 32;
      block[place + 19] = 1;
      block[place + 21] = 6;
      block.writeUInt16BE(0x0800, ip - 2);
      block[ip] = 0x45;
      block.writeUInt16BE(40, ip + 2);
      block[ip + 9] = 6;
      block.writeUInt32BE(source, ip + 12);
      block.writeUInt32BE(destination, ip + 16);
      block.writeUInt16BE(sport, ip + 20);
      block.writeUInt16BE(dport, ip + 22);
      block[ip + 32] = 0x50;
      block[ip + 33] = flags;
    }
    writeSync(file, block);
  }
  closeSync(file);
}

/** Ends of a connection from one half to the other, half of them addresses of rules. */
function makeEnds(text, random) {
  const known = addressesOf(text);
  const half = (isUpper) => known.filter((address) => address >= 2 ** 31 === isUpper);
  const halves = [half(false), half(true)];
  const pick = (side) => {
    const list = halves[side];
    return list.length > 0 && random(2) === 0 ? list[random(list.length)] : side * 2 ** 31 + random(2 ** 31);
  };
  const ports = [22, 25, 53, 80, 443, 8080, 3389, 1024 + random(60_000)];
  return () => {
    const side = random(2);
    const [source, destination] = [pick(side), pick(1 - side)];
    return { source, destination, sport: 1024 + random(60_000), dport: ports[random(ports.length)] };
  };
}

/** Connections of 20 packets, 1,000 at a time. */
function connections(ends, random) {
  const open = Array.from({ length: 1000 }, () => ({ ...ends(), packets: random(20) }));
  return () => {
    const at = random(open.length);
    if (open[at].packets >= 20) open[at] = { ...ends(), packets: 0 };
    const each = open[at];
    const number = each.packets++;
    if (number % 2 === 0) return { ...each, flags: number === 0 ? SYN : ACK };
    const { source, destination, sport, dport } = each;
    return {
      source: destination,
      destination: source,
      sport: dport,
      dport: sport,
      flags: number === 1 ? SYN | ACK : ACK,
    };
  };
}

function firstPackets(ends) {
  return () => ({ ...ends(), flags: SYN });
}

function run(command) {
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
}

/** Prints a row for each kind of traffic; a packet that fares otherwise would be a fault, and ends it. */
export async function benchReplay(markify, root, files) {
  const real = join(root, "../shared/corpus", REAL);
  const usual = existsSync(real) ? real : join(root, "corpus/generated/campus-10k.rules");
  const folder = mkdtempSync(join(tmpdir(), "markify-bench-"));
  printRow(["replay", "time", "memory", "packets/s"]);
  try {
    for (const path of files.length > 0 ? files : [usual]) {
      const text = readFileSync(path, "utf8");
      const [old, plan, now] = ["old.rules", "plan.yaml", "new.rules"].map((name) => join(folder, name));
      writeFileSync(old, text);
      run([markify, "import", old, "-o", plan, "--overwrite"]);
      run([markify, "apply", plan, "-o", now]);
      console.log(basename(path));
      const [routes, seen] = [join(folder, "routes"), join(folder, "seen.pcap")];
      writeFileSync(routes, ROUTES);
      for (const [name, packets, make] of [
        ["1,000,000 in connections of 20", 1_000_000, connections],
        ["100,000 first packets", 100_000, firstPackets],
      ]) {
        const random = makeRandom(1);
        writeCapture(seen, packets, make(makeEnds(text, random), random));
        const command = [
          process.execPath,
          markify,
          "replay",
          old,
          now,
          "--packets-from",
          seen,
          "--routes",
          routes,
        ];
        const { seconds, megabytes } = summarise(Array.from({ length: RUNS }, () => measure(command)));
        const rate = Math.round(packets / seconds);
        printRow([name, format.seconds(seconds), format.megabytes(megabytes), String(rate)]);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

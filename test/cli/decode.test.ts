/** `markify decode`: streams of lines, and where the groups come from. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { runIn } from "./fake-io.ts";
import { FLAT, FLAT_V6 } from "./rulesets.ts";

/** R-MGMT logs what did not get through. */
const RULES = `*filter
:FORWARD ACCEPT [0:0]
:S-LAN - [0:0]
:D-DMZ - [0:0]
:R-MGMT - [0:0]
-A FORWARD -j R-MGMT
-A S-LAN -s 10.0.0.0/24 -j MARK --set-xmark 0x1/0x1
-A D-DMZ -d 192.0.2.0/28 -j MARK --set-xmark 0x2/0x2
-A R-MGMT -j MARK --set-xmark 0x0/0x3
-A R-MGMT -j S-LAN
-A R-MGMT -j D-DMZ
-A R-MGMT -m mark --mark 0x3/0x3 -j ACCEPT
-A R-MGMT -j LOG --log-prefix "MGMT: "
-A R-MGMT -j MARK --set-xmark 0x0/0x3
COMMIT
`;

const LINE =
  "Nov 27 gw kernel: MGMT: IN=eth0 OUT=eth1 SRC=10.0.0.1 DST=198.51.100.1 LEN=60 PROTO=TCP SPT=1 DPT=22 MARK=0x1";
const MEANING = " [markify: R-MGMT: S-LAN matched, D-DMZ did not match; the packet is in S-LAN]";
const OTHERS = "Nov 27 gw sshd[5]: caf\xe9 \xff\xfe\n\nlast line without an end";
const FILES = { "new.rules": RULES, "kern.log": `${LINE}\n${OTHERS}` };
const ARGV = ["decode", "--rules", "new.rules"];

describe("lines", () => {
  test("pass as they are, bytes that are no UTF-8 too, with the meaning behind", async () => {
    const { code, stdout } = await runIn(FILES, [...ARGV, "kern.log"]);
    expect(stdout).toBe(`${LINE}${MEANING}\n${OTHERS}`);
    expect(code).toBe(0);
  });

  test("come from standard input, also CR LF", async () => {
    const { stdout } = await runIn(FILES, ARGV, {}, `${LINE}\r\n`);
    expect(stdout).toBe(`${LINE}${MEANING}\r\n`);
  });

  test("come from gzip, several files in order, several members in one", async () => {
    const packed = Buffer.concat([gzipSync(`${LINE}\n`), gzipSync("second\n")]).toString("latin1");
    const { stdout } = await runIn({ ...FILES, "old.gz": packed }, [...ARGV, "old.gz", "kern.log"]);
    expect(stdout).toBe(`${LINE}${MEANING}\nsecond\n${LINE}${MEANING}\n${OTHERS}`);
    const cut = await runIn({ ...FILES, "old.gz": packed.slice(0, 40) }, [...ARGV, "old.gz"]);
    expect(cut.code).toBe(2);
    expect(cut.stderr).toContain("old.gz is compressed with gzip, and damaged or cut off");
  });

  test("that are very long pass in pieces; the next one is read again", async () => {
    const long = `${"x".repeat(200_000)} ${LINE}`;
    const chunks = async function* () {
      const bytes = Buffer.from(`${long}\n${LINE}\n`);
      for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
    };
    const sizes: number[] = [];
    let stdout = "";
    const readChunks = chunks;
    const write = async (data: string | Uint8Array) => {
      sizes.push(data.length);
      stdout += Buffer.from(data).toString("latin1");
    };
    await runIn(FILES, ARGV, { readChunks, stdout: write });
    expect(stdout).toBe(`${long}\n${LINE}${MEANING}\n`);
    expect(Math.max(...sizes)).toBeLessThan(90_000);
  });

  test("are written as soon as they are there, and reading ends when nobody reads", async () => {
    const events: string[] = [];
    const readChunks = async function* () {
      for (let at = 0; at < 5; at++) {
        events.push("read");
        yield Buffer.from(`${LINE}\n`);
      }
    };
    const stdout = async () => void events.push("write");
    const stdoutIsGone = () => events.length >= 4;
    const { code } = await runIn(FILES, ARGV, { readChunks, stdout, stdoutIsGone });
    expect(events).toEqual(["read", "write", "read", "write"]);
    expect(code).toBe(0);
  });

  test("are JSON documents where that is asked for", async () => {
    const { stdout } = await runIn(FILES, [...ARGV, "--json"], {}, `other\n${LINE}\nother\n${LINE}`);
    const documents = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(documents).toEqual([
      {
        ...{ version: 1, line: 2, mark: "0x1", otherBits: "0x0", prefix: "MGMT: " },
        axes: { source: true, destination: false },
        chains: [
          {
            ...{ table: "filter", chain: "R-MGMT", logLine: 13 },
            groups: [
              { axis: "source", group: "S-LAN", matched: true, negated: false },
              { axis: "destination", group: "D-DMZ", matched: false, negated: false },
            ],
          },
        ],
        inGroups: [{ axis: "source", group: "S-LAN" }],
        unknownGroups: [],
      },
      expect.objectContaining({ line: 4 }),
    ]);
  });
});

describe("groups", () => {
  test("of a plan are those that apply would write", async () => {
    const { files } = await runIn({ "old.rules": FLAT, "old6.rules": FLAT_V6 }, [
      ...["import", "old.rules", "old6.rules", "-o", "p.yaml"],
    ]);
    const line = LINE.replace("10.0.0.1", "10.0.1.2")
      .replace("198.51.100.1", "10.9.0.9")
      .replace("DPT=22", "DPT=80");
    const six = line
      .replace("10.0.1.2", "2001:0db8:0001:0000:0000:0000:0000:0002")
      .replace("10.9.0.9", "2001:db8::1");
    const { code, stdout } = await runIn(files, ["decode", "--plan", "p.yaml"], {}, `${line}\n${six}\n`);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /DPT=80 MARK=0x1 \[markify: bits of source; no LOG rule .* the packet is in S-10-0-1, SRV-WEB\]\n/,
    );
    expect(stdout).toMatch(/2001:db8::1 .* MARK=0x1 \[markify: .* the packet is in S-\S+, SRV-WEB\]\n$/);
  });

  test.each([
    [["decode"], 2, "--plan PLAN or --rules FILE"],
    [["decode", "--plan", "p", "--rules", "new.rules"], 2, "--plan PLAN or --rules FILE"],
    [["decode", "--rules", "flat.rules"], 2, "flat.rules has no mark groups"],
    [["decode", "--rules", "new.rules", "--rules", "same.rules"], 2, "two rulesets are of one family"],
    [["decode", "--rules", "new.rules", "missing.log"], 2, "can't read missing.log: no such file"],
    [["decode", "--rules", "kern.log"], 1, "nothing was decoded"],
  ])("%j is refused", async (argv, code, text) => {
    const outcome = await runIn({ ...FILES, "flat.rules": FLAT, "same.rules": RULES }, argv);
    expect(outcome.stderr).toContain(text);
    expect(outcome.code).toBe(code);
  });
});

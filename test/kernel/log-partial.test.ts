/** `logPartial` in the kernel: the file loads and comes out as it went in, and packets are logged with the bits that they have, and only those that match in part. */
import { expect, test } from "vitest";
import { CTSTATE } from "../../src/model/types.ts";
import { addLogging, canMatchInPart } from "../../src/plan/log-partial.ts";
import { hexDigits } from "../../src/verify/kernel/bytes.ts";
import { readFate } from "../../src/verify/kernel/fate.ts";
import { packetBytes } from "../../src/verify/kernel/packet-bytes.ts";
import { emptyText, LogTexts, restoreCommand, restoreText } from "../../src/verify/kernel/restore-text.ts";
import { KernelSession } from "../../src/verify/kernel/session.ts";
import { FIELD, makePacket } from "../../src/verify/sample/packet.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { runPipeline } from "../support/pipeline.ts";
import { filterTable, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { BACKENDS, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";

/** A ruleset with all logging that its plan can have; `plain` without. */
function logged(text: string, plan: ReturnType<typeof planOf>, family: "v4" | "v6") {
  const names = plan.policyRules.filter(canMatchInPart).map(({ name }) => name);
  const logging = addLogging(
    plan,
    names.map((rule) => ({ rule, rate: "6/min" })),
  );
  if (typeof logging === "string") throw new Error(logging);
  const old = readRuleset(text, family);
  return { names, plain: rewriteOf(old, plan).text, text: rewriteOf(old, logging).text };
}

const isLog = (line: string) => line.includes("-m limit --limit 6/min -j LOG --log-prefix");

describeKernel("logPartial loads", () => {
  for (const file of listOwnCorpus().filter(({ name }) => /generated\/(dmz-1k|mixed-1k-v6)/.test(name))) {
    const { plan, ruleset } = runPipeline(readCorpusFile(file), file.family);
    const { names, plain, text } = logged(ruleset.file.text, plan, file.family);

    test(`${file.name}: lines that log are all that comes to the file`, () => {
      expect(names.length).toBeGreaterThan(3);
      const lines = text.split("\n");
      expect(lines.filter(isLog).length).toBeGreaterThanOrEqual(names.length);
      expect(lines.filter((line) => !isLog(line))).toEqual(plain.split("\n"));
    });

    test.each(BACKENDS)(`${file.name} with %s`, (backend) => {
      const { saved, errors } = loadAndSave({ family: file.family, backend, text });
      expect(errors).toBe("");
      expect(normaliseSaved(saved)).toEqual(normaliseSaved(text));
    });
  }
});

describeKernel("logPartial logs", () => {
  const hosts = [1, 2, 3, 4, 5, 6];
  const flat = filterTable(
    product(
      "-A FORWARD",
      hosts.map((host) => `-s 10.0.1.${host}/32`),
      hosts.map((host) => `-d 10.9.0.${host}/32`),
      [22, 80].map((port) => `-p tcp -m tcp --dport ${port} -j ACCEPT`),
    ),
    { FORWARD: "DROP" },
  );
  const { names, text } = logged(flat, planOf(readRuleset(flat, "v4")), "v4");

  test.each(BACKENDS)("what matches in part, with its mark, and nothing else: %s", async (backend) => {
    const { session } = await KernelSession.open({
      ...{ family: "v4", kind: "tap", devices: ["eth0", "eth1"], tracked: false },
      ...{ begins: ["FORWARD"], ends: ["INPUT", "POSTROUTING"] },
    });
    try {
      const logs = new LogTexts();
      const { tables } = readRuleset(text, "v4");
      await session.load({
        ...{ command: restoreCommand("v4", backend), empty: emptyText(tables) },
        ...{ text: restoreText(tables, logs), ipsets: "" },
      });
      const send = async (source: number, destination: number, port: number) => {
        const packet = makePacket();
        packet[FIELD.PROTOCOL] = 6;
        packet[FIELD.FLAGS] = 2;
        packet[FIELD.CTSTATE] = CTSTATE.NEW;
        packet[FIELD.SPORT] = 40_000;
        packet[FIELD.DPORT] = port;
        packet[FIELD.SOURCE] = source;
        packet[FIELD.DESTINATION] = destination;
        const bytes = hexDigits(packetBytes(packet, 1, false));
        const to = [24, 16, 8, 0].map((shift) => (destination >>> shift) & 255).join(".");
        const request = { in: "eth0", out: "eth1", destination: to, bytes, mark: 0, mac: "02006d6bfe01" };
        const [answer] = await session.send([request]);
        expect(answer!.events!.map(({ told }) => told)).toContain("FORWARD<");
        return readFate(answer!.events!, ["INPUT", "POSTROUTING"], logs);
      };
      const [source, target, other] = [0x0a000101, 0x0a090001, 0x0a090909];
      const line = (mark: string) => [
        expect.stringMatching(`^LOG --log-prefix .*${names[0]}: .*\\(mark ${mark}\\)$`),
      ];
      expect(await send(source, target, 22)).toMatchObject({ verdict: "accepted", mark: "0x0", logs: [] });
      expect(await send(source, target, 25)).toMatchObject({ verdict: "dropped", logs: line("0x3") });
      expect(await send(source, other, 22)).toMatchObject({ verdict: "dropped", logs: line("0x1") });
      expect(await send(other, target, 22)).toMatchObject({ verdict: "dropped", logs: [] });
    } finally {
      await session.close();
    }
  });
});

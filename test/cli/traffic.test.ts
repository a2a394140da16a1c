/** `--traffic` and `--order`: what is said, what the plan remembers, and what is refused. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { filterTable, product } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";

const PLAN = "old.rules.markify.yaml";
const policy = (net: number): string[] =>
  product(
    "-A FORWARD",
    [1, 2, 3, 4, 5, 6].map((host) => `-s 10.1.${net}.${host}/32`),
    [1, 2, 3, 4, 5, 6].map((host) => `-d 10.2.${net}.${host}/32`),
    "-j ACCEPT",
  );
const FLAT = filterTable([0, 1, 2, 3].flatMap(policy));
const BUSY = counted(FLAT, (at) => (at >= 3 * 36 ? 1000 : 1));
const TRAFFIC =
  "90 in=eth0 out=eth1 src=10.1.2.1 dst=10.2.2.2\n10 in=eth0 out=eth1 src=10.1.0.1 dst=10.2.0.2\n";

const imported = async (text = FLAT): Promise<Readonly<Record<string, string>>> => ({
  ...(await runIn({ "old.rules": text }, ["import", "old.rules"])).files,
});

const apply = (files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  runIn({ ...files }, ["apply", PLAN, "-o", "new.rules", "--packets", "1000", ...more]);

const firstCall = (text: string) => /^-A FORWARD .*$/m.exec(text)![0];
const said = ({ stderr }: { readonly stderr: string }) => stderr.replace(/\s+/g, " ");

test("counters order the policy rules, and the report says what that saves and by what it was judged", async () => {
  const files = await imported(BUSY);
  const first = await apply(files);
  expect(first.code, first.stderr).toBe(0);
  expect(firstCall(first.files["new.rules"]!)).toContain("10-1-3");
  expect(said(first)).toMatch(/order of filter FORWARD: by use, which saves the chain \d+\/\d+ -> \d+\/\d+/);
  expect(said(first)).toMatch(
    /rules 144 -> \d+, .* \(\d+ kinds of packets, by the counters of the rules, 36108 packets\)/,
  );
  const written = await apply(files, "--order", "written");
  expect(firstCall(written.files["new.rules"]!)).toContain("10-1-0");
  expect(said(written)).not.toContain("order of filter");
  expect(written.files[PLAN]).toContain("order: written\n");
  expect((await apply(written.files)).files["new.rules"]).toBe(written.files["new.rules"]);
  const back = await apply(written.files, "--order", "used");
  expect(back.files["new.rules"]).toBe(first.files["new.rules"]);
  expect(said(back)).toContain(`${PLAN} says order: used now`);
});

test("a new import keeps the order that a person chose", async () => {
  const files = await imported(BUSY);
  const written = await apply(files, "--order", "written");
  const again = await runIn(written.files, ["import", "old.rules", "--tolerance", "0.1"]);
  expect(again.files[PLAN]).toContain("order: written\n");
});

test("a file of traffic: packed, from standard input, in apply and review", async () => {
  const files: Readonly<Record<string, string>> = { ...(await imported()), "t.txt": TRAFFIC };
  const first = await apply(files, "--traffic", "t.txt");
  expect(first.code, first.stderr).toBe(0);
  expect(firstCall(first.files["new.rules"]!)).toContain("10-1-2");
  expect(said(first)).toContain("by 100 packets of t.txt");
  const packed = Buffer.from(gzipSync(TRAFFIC)).toString("latin1");
  const other = await apply({ ...files, "t.gz": packed }, "--traffic", "t.gz");
  expect(other.files["new.rules"]).toBe(first.files["new.rules"]);
  const piped = await runIn(files, ["review", PLAN, "--traffic", "-"], {}, TRAFFIC);
  expect(piped.stdout.replace(/\s+/g, " ")).toContain("by 100 packets of standard input");
  const json = await runIn(files, ["review", PLAN, "--traffic", "t.txt", "--json"]);
  const [costs] = JSON.parse(json.stdout).costs;
  expect(costs.traffic).toEqual({ name: "t.txt", notes: [] });
  expect(costs.orders[0]).toMatchObject({ chain: "FORWARD", order: "used" });
  expect(costs.chains.find((each: { chain: string }) => each.chain === "FORWARD")).toMatchObject({
    basis: { kind: "traffic", packets: 100 },
    old: { rules: 144 },
  });
});

test("what can't be read is refused, with its place, and nothing is written", async () => {
  const files: Readonly<Record<string, string>> = {
    ...(await imported()),
    "t.txt": `${TRAFFIC}in=eth0 src=10.0.0.300\n`,
  };
  const { code, stderr, files: after } = await apply(files, "--traffic", "t.txt");
  expect(code).not.toBe(0);
  expect(stderr).toContain("t.txt:3:9: error TRAFFIC_NOT_READ");
  expect(after["new.rules"]).toBeUndefined();
  const foreign = await apply({ ...files, "t.txt": "in=eth0 src=2001:db8::1\n" }, "--traffic", "t.txt");
  expect(foreign.code).toBe(2);
  expect(foreign.stderr).toContain("no line of t.txt is an IPv4 packet");
  expect((await apply(files, "--traffic", "gone.txt")).code).not.toBe(0);
  expect((await apply(files, "--order", "fast")).code).toBe(2);
  const plan = files[PLAN]!.replace("rewriteChains:", "order: fast\nrewriteChains:");
  expect((await apply({ ...files, [PLAN]: plan })).stderr).toContain("one of used, written");
});

test("counters that tell nothing are named as that", async () => {
  const few = await apply(await imported(counted(FLAT, () => 1)));
  expect(said(few)).toContain("all rules alike, their counters tell nothing: 144 packets");
});

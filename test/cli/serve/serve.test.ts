/** Editing in the browser, without one: what the server lets in, what steps do to the plan's file, and what becomes of a file that is changed meanwhile. */
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { Io } from "../../../src/cli/io.ts";
import { isSameText } from "../../../src/cli/serve/node-tools.ts";
import type { ProofOrder, ProofOutcome } from "../../../src/cli/serve/tools.ts";
import type { Edit } from "../../../src/plan/editing/types.ts";
import { describeEnd } from "../../../src/report/page/edit/describe-end.ts";
import type { EditState, EndAnswer } from "../../../src/report/edit-state.ts";
import { runIn, systemError } from "../fake-io.ts";
import { filterTable, product } from "../../support/small-tables.ts";
import { FLAT, FLAT_V6 } from "../rulesets.ts";
import { type Serving, serve } from "./serving.ts";

const PLAN = "old.rules.markify.yaml";
const imported = (await runIn({ "old.rules": FLAT }, ["import", "old.rules"])).files;

/** No proof at all, where it is not what a test is about. */
const noProof = () => () => {};

let open: Serving[] = [];
afterEach(async () => {
  for (const serving of open) serving.interrupt();
  await Promise.all(open.map(({ outcome }) => outcome));
  open = [];
});

async function begin(
  files: Readonly<Record<string, string>> = imported,
  changes: Parameters<typeof serve>[2] = { startProof: noProof },
): Promise<Serving> {
  const serving = await serve(files, PLAN, changes);
  open.push(serving);
  return serving;
}

const rename = (name: string): Edit => ({ kind: "rename", list: "groups", id: "S-10-0-1", name });
const refuse: Edit = { kind: "accept", list: "groups", id: "SRV-WEB", accept: false };

describe("the guard", () => {
  test("lets the page in, and nobody else", async () => {
    const { raw, origin, token } = await begin();
    const host = origin.replace("http://", "");
    const own = { "x-markify-token": token };
    const change = { ...own, origin, "content-type": "application/json" };
    const step = JSON.stringify({ revision: 1, request: { kind: "edit", edit: rename("S-HOME") } });
    expect((await raw("GET", "/data", own)).status).toBe(200);
    const refused: readonly (readonly [string, number, Promise<{ readonly status: number }>])[] = [
      ["no token", 403, raw("GET", "/data")],
      ["a wrong token", 403, raw("GET", "/data", { "x-markify-token": `${token.slice(1)}A` })],
      ["an empty token", 403, raw("GET", "/state", { "x-markify-token": "" })],
      ["the token elsewhere", 404, raw("GET", `/data?token=${token}`)],
      ["another host", 403, raw("GET", "/data", { ...own, host: "evil.example" })],
      ["another name of this host", 403, raw("GET", "/", { host: host.replace("127.0.0.1", "localhost") })],
      ["another port", 403, raw("GET", "/", { host: "127.0.0.1:1" })],
      ["another origin that reads", 403, raw("GET", "/data", { ...own, origin: "http://evil.example" })],
      ["another origin that asks for the page", 403, raw("GET", "/", { origin: "null" })],
      [
        "another origin that writes",
        403,
        raw("POST", "/step", { ...change, origin: "http://127.0.0.1:1" }, step),
      ],
      [
        "no origin that writes",
        403,
        raw("POST", "/step", { ...own, "content-type": "application/json" }, step),
      ],
      ["another site", 403, raw("GET", "/data", { ...own, "sec-fetch-site": "cross-site" })],
      ["a write without a token", 403, raw("POST", "/step", { ...change, "x-markify-token": "x" }, step)],
      ["a form", 415, raw("POST", "/step", { ...change, "content-type": "text/plain" }, step)],
      ["a look before", 405, raw("OPTIONS", "/step", { origin })],
      ["a write by reading", 405, raw("GET", "/step", change)],
      ["another method", 405, raw("DELETE", "/data", change)],
      ["a path", 404, raw("GET", "/../../etc/passwd", own)],
      ["a path in signs", 404, raw("GET", "/%2e%2e/old.rules", own)],
      ["the plan", 404, raw("GET", `/${PLAN}`, own)],
      ["a whole address", 404, raw("GET", "http://evil.example/data", own)],
      ["too much", 413, raw("POST", "/step", { ...change, "content-length": "1000001" })],
      [
        "too much, in pieces",
        413,
        raw("POST", "/step", { ...change, "transfer-encoding": "chunked" }, "x".repeat(1_000_001)),
      ],
      ["nonsense", 400, raw("POST", "/step", change, "{")],
      ["an unknown step", 400, raw("POST", "/step", change, '{"revision":1,"request":{"kind":"format"}}')],
      [
        "an edit with more",
        400,
        raw("POST", "/step", change, step.replace('"list"', '"path":"/etc/passwd","list"')),
      ],
    ];
    for (const [what, status, answer] of refused)
      expect([what, (await answer).status]).toEqual([what, status]);
  });

  test("refuses without a change, and tells no other origin anything", async () => {
    const { raw, text } = await begin();
    const before = await text();
    const answer = await raw("OPTIONS", "/step", { origin: "http://evil.example" });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(await text()).toBe(before);
  });

  test("has every answer say who may use it", async () => {
    const { raw, token } = await begin();
    for (const answer of [
      await raw("GET", "/"),
      await raw("GET", "/data", { "x-markify-token": token }),
      await raw("GET", "/x"),
    ]) {
      expect(answer.headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
      });
      const policy = String(answer.headers["content-security-policy"]);
      expect(policy).toMatch(
        /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; connect-src 'self'; frame-ancestors 'none'$/,
      );
    }
  });

  test("the bare page has nothing of the ruleset, and no token", async () => {
    const { raw, token } = await begin();
    const { body } = await raw("GET", "/");
    for (const secret of ["10.0.1.1", "S-10-0-1", PLAN, token]) expect(body).not.toContain(secret);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(body)![1]!;
    expect(policy).toContain("connect-src 'self'");
  });

  test("compares secrets of any length", () => {
    expect(isSameText("abc", "abc")).toBe(true);
    for (const other of ["", "ab", "abd", "abcd"]) expect(isSameText(other, "abc")).toBe(false);
  });
});

describe("steps", () => {
  test("are in the file when they are answered, and are undone there", async () => {
    const { edit, step, text, data } = await begin();
    const before = await text();
    expect(await edit(1, rename("S-HOME"))).toEqual({
      ...{ kind: "done", words: "rename S-10-0-1 to S-HOME", revision: 2 },
    });
    expect(await text()).toBe(before.replace("name: S-10-0-1", "name: S-HOME"));
    const { page, state } = await data();
    expect(page.report.groups.map(({ name }) => name)).toContain("S-HOME");
    expect(state).toMatchObject({ revision: 2, undo: "rename S-10-0-1 to S-HOME", redo: null });
    expect(await step(2, { kind: "undo" })).toMatchObject({ kind: "done", revision: 3 });
    expect(await text()).toBe(before);
    expect(await step(3, { kind: "redo" })).toMatchObject({ kind: "done", revision: 4 });
    expect(await text()).toContain("name: S-HOME");
  });

  test("that are refused leave file and state as they were", async () => {
    const { edit, step, text, get } = await begin();
    const [before, state] = [await text(), await get<EditState>("/state")];
    expect(await edit(1, rename("D-10-9-0"))).toMatchObject({ kind: "refused" });
    // What the parser takes and the ruleset contradicts is for the audit.
    expect(await edit(1, { kind: "add-members", id: "S-10-0-1", members: ["x"] })).toMatchObject({
      kind: "refused",
    });
    expect(await edit(1, rename("S-10-0-1"))).toMatchObject({ kind: "nothing" });
    expect(await step(1, { kind: "undo" })).toMatchObject({ kind: "nothing" });
    expect(await step(1, { kind: "again" })).toMatchObject({ kind: "refused" });
    expect(await text()).toBe(before);
    expect(await get<EditState>("/state")).toEqual(state);
  });

  test("of a person who has not seen the last one are not made", async () => {
    const { edit, text } = await begin();
    await edit(1, rename("S-HOME"));
    const before = await text();
    expect(await edit(1, refuse)).toMatchObject({ kind: "stale" });
    expect(await text()).toBe(before);
  });

  test("that come at once are made one after the other: the second is told to look", async () => {
    const { edit, text } = await begin();
    const answers = await Promise.all([edit(1, rename("S-ONE")), edit(1, rename("S-TWO"))]);
    expect(answers.map(({ kind }) => kind)).toEqual(["done", "stale"]);
    expect(await text()).toContain("name: S-ONE");
  });

  test("lay out one chain: flat leaves it as it is", async () => {
    const { edit, data } = await begin();
    const rule = (await data()).page.report.products[0]!.id;
    expect(await edit(1, { kind: "chain-layout", id: rule, layout: "flat" })).toMatchObject({
      ...{ kind: "done", words: "layout of filter FORWARD flat" },
    });
    const { page, choices } = await data();
    expect(page.files[0]!.new).toEqual(page.files[0]!.old);
    expect(choices.chainForms).toEqual({ [rule]: "flat" });
  });

  test("say what they do to rules: a refused group's come back flat", async () => {
    const { edit, data } = await begin();
    const before = (await data()).page;
    await edit(1, refuse);
    const after = (await data()).page;
    expect(before.report.rulesAfter).toBeLessThan(before.report.rulesBefore);
    expect(after.report.rulesAfter).toBe(after.report.rulesBefore);
    expect(after.files[0]!.new).toEqual(after.files[0]!.old);
  });

  test.each([
    ["latin1", "caf\u00e9"],
    ["UTF-8", Buffer.from("caf\u00e9 \u2713").toString("latin1")],
  ])("leave bytes of %s as they are", async (_, comment) => {
    const plan = imported[PLAN]!.replace("keepChains:", `# ${comment}\nkeepChains:`);
    const { edit, text } = await begin({ ...imported, [PLAN]: plan });
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "done" });
    expect(await text()).toBe(plan.replace("name: S-10-0-1", "name: S-HOME"));
  });

  test("where the file can't be written are refused", async () => {
    const wrap = (io: Io): Io => ({
      ...io,
      writeFiles: async () => {
        throw systemError("ENOSPC");
      },
    });
    const { edit, text, data } = await begin(imported, { startProof: noProof, wrap });
    const before = await text();
    expect(await edit(1, rename("S-HOME"))).toEqual({
      ...{ kind: "refused", why: [`can't write ${PLAN}: the disk is full`] },
    });
    expect(await text()).toBe(before);
    expect((await data()).state.revision).toBe(1);
  });

  test("stop where the ruleset has changed since", async () => {
    const { edit, text, write, get } = await begin();
    const before = await text();
    await write("old.rules", FLAT.replace("10.0.1.1", "10.0.1.9"));
    expect(await edit(1, rename("S-HOME"))).toMatchObject({
      ...{ kind: "refused", why: [expect.stringContaining("old.rules has changed since")] },
    });
    expect(await text()).toBe(before);
    expect(await get<EditState>("/state")).toMatchObject({
      blocked: [expect.stringContaining("old.rules has changed since")],
      proof: { kind: "failed" },
    });
    // Nobody has to touch the plan for it.
    await write("old.rules", FLAT);
    await get("/tick");
    expect((await get<EditState>("/state")).blocked).toEqual([]);
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "done" });
  });
});

describe("groups that are nearly the same", () => {
  const SOURCES = Array.from({ length: 8 }, (_, at) => `10.0.1.${at + 1}/32`);
  const targets = (net: number) => [1, 2, 3, 4, 5, 6].map((host) => `-d 10.9.${net}.${host}/32`);
  const sources = (list: readonly string[]) => list.map((source) => `-s ${source}`);
  const RULES = filterTable(
    [
      ...product("-A FORWARD", sources(SOURCES.slice(0, 7)), targets(1), "-j ACCEPT"),
      ...product("-A FORWARD", sources(SOURCES.slice(1)), targets(2), "-j DROP"),
    ],
    { FORWARD: "DROP" },
  );

  async function beginWithTwo() {
    const { files } = await runIn({ "old.rules": RULES }, ["import", "old.rules"]);
    const serving = await begin(files, {});
    const [one, other] = (await serving.data()).page.report.groups.filter(({ axis }) => axis === "source");
    const settled = async (): Promise<EditState["proof"]> => {
      const { proof } = await serving.get<EditState>("/state");
      return proof.kind === "running" ? settled() : proof;
    };
    return { ...serving, one: one!, other: other!, settled };
  }

  test("get the members of both, as a change of the policy that is proved", async () => {
    const { edit, data, one, other, settled } = await beginWithTwo();
    expect(await edit(1, { kind: "merge-groups", id: one.id, other: other.id })).toMatchObject({
      kind: "done",
    });
    const all = (await data()).page.report.groups.filter(({ axis }) => axis === "source");
    for (const { members, added = [] } of all) expect([...members, ...added].sort()).toEqual(SOURCES);
    expect(await settled()).toMatchObject({ check: { result: "equal", policyChange: { groups: [{}, {}] } } });
  });

  test("give members to each other", async () => {
    const { edit, step, text, one, other, settled } = await beginWithTwo();
    const before = await text();
    const move: Edit = { kind: "move-members", id: one.id, to: other.id, members: ["10.0.1.1/32"] };
    expect(await edit(1, move)).toMatchObject({ kind: "done" });
    expect(await settled()).toMatchObject({
      check: {
        result: "equal",
        policyChange: { groups: [{ removed: ["10.0.1.1/32"] }, { added: ["10.0.1.1/32"] }] },
      },
    });
    // Both are one step.
    expect(await step(2, { kind: "undo" })).toMatchObject({ kind: "done" });
    expect(await text()).toBe(before);
  });
});

test("a plan of two families, is edited as one", async () => {
  const both = await runIn({ "a.v4": FLAT, "a.v6": FLAT_V6 }, ["import", "a.v4", "a.v6", "-o", PLAN]);
  const { edit, data, text } = await begin({ ...both.files });
  const { page } = await data();
  expect(page.files).toHaveLength(2);
  const group = page.report.groups.find(({ members }) => members[0]!.includes("2001:db8:1:"))!;
  expect(await edit(1, { kind: "store-group", id: group.id, storage: "ipset" })).toMatchObject({
    kind: "done",
  });
  expect(await edit(2, { kind: "add-members", id: group.id, members: ["2001:db8:1::9"] })).toMatchObject({
    kind: "done",
  });
  expect(await text()).toContain("    storage: ipset\n");
  expect((await data()).page.files[1]!.new.join("\n")).toContain("--match-set");
});

describe("a file that is changed meanwhile", () => {
  test("elsewhere: the edit is made on what is there", async () => {
    const { edit, text, setText, data } = await begin();
    const theirs = (await text()).replace("name: D-10-9-0", "name: D-SERVERS # Eva");
    await setText(theirs);
    expect(await edit(1, rename("S-HOME"))).toEqual({
      ...{ kind: "done", revision: 3 },
      words: "rename S-10-0-1 to S-HOME, on what something else has changed in the file meanwhile",
    });
    expect(await text()).toBe(theirs.replace("name: S-10-0-1", "name: S-HOME"));
    expect((await data()).page.report.groups.map(({ name }) => name)).toEqual([
      "S-HOME",
      "D-SERVERS",
      "SRV-WEB",
    ]);
  });

  test("in what the edit is about: nothing is written, and what is there now is shown", async () => {
    const { edit, text, setText, data } = await begin();
    const theirs = (await text()).replace("name: S-10-0-1", "name: S-EVA");
    await setText(theirs);
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "stale" });
    expect(await text()).toBe(theirs);
    const { page, state } = await data();
    expect(page.report.groups[0]!.name).toBe("S-EVA");
    expect(state).toMatchObject({ revision: 2, undo: null });
    expect(state.notice).toContain("changed by something else");
  });

  test("is noticed without an edit", async () => {
    const { get, text, setText } = await begin();
    expect(await get("/tick")).toEqual({ revision: 1, change: 1 });
    await setText((await text()).replace("name: S-10-0-1", "name: S-EVA"));
    expect(await get("/tick")).toMatchObject({ revision: 2 });
  });

  test("undo does not reach behind it", async () => {
    const { edit, step, text, setText } = await begin();
    await edit(1, rename("S-HOME"));
    const theirs = (await text()).replace("name: D-10-9-0", "name: D-SERVERS");
    await setText(theirs);
    expect(await step(2, { kind: "undo" })).toMatchObject({ kind: "stale" });
    expect(await step(3, { kind: "undo" })).toMatchObject({ kind: "nothing" });
    expect(await text()).toBe(theirs);
  });

  test("without the edits that were made here: they are told, and made again when a person says so", async () => {
    const { edit, step, text, setText, get } = await begin();
    const old = await text();
    await edit(1, rename("S-HOME"));
    await setText(old.replace("name: D-10-9-0", "name: D-SERVERS"));
    await get("/tick");
    const state = await get<EditState>("/state");
    expect(state.lost).toEqual(["rename S-10-0-1 to S-HOME"]);
    expect(await step(state.revision, { kind: "again" })).toMatchObject({ kind: "done" });
    expect(await text()).toContain("name: S-HOME");
    expect(await text()).toContain("name: D-SERVERS");
  });

  test("so that it can't be carried out: nothing is edited until it is mended", async () => {
    const { edit, text, setText, get } = await begin();
    const old = await text();
    const broken = old.replace("name: D-10-9-0", "name: S-10-0-1");
    await setText(broken);
    expect(await edit(1, rename("S-HOME"))).toMatchObject({
      kind: "refused",
      why: [
        "the file was changed, and can't be carried out as it is; mend it there",
        expect.stringMatching(/^the name S-10-0-1 is given twice: .*\(line \d+ of old/),
      ],
    });
    expect(await text()).toBe(broken);
    expect(await get<EditState>("/state")).toMatchObject({
      blocked: [expect.anything(), expect.anything()],
      proof: { kind: "failed", why: "the file can't be carried out" },
    });
    await setText(old);
    await get("/tick");
    expect((await get<EditState>("/state")).blocked).toEqual([]);
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "done" });
  });

  test.each([
    ["in UTF-8", "caf\u00e9", (text: string) => Buffer.from(text)],
    ["compressed", "cafe", (text: string) => gzipSync(Buffer.from(text))],
  ])("and saved %s: nothing is written in the encoding of before", async (_, comment, encode) => {
    const latin = imported[PLAN]!.replace("keepChains:", `# ${comment}\nkeepChains:`);
    const { edit, text, setText, get } = await begin({ ...imported, [PLAN]: latin });
    const theirs = encode(latin.replace("name: D-10-9-0", "name: D-EVA")).toString("latin1");
    await setText(theirs);
    expect(await edit(1, rename("S-HOME"))).toMatchObject({
      ...{ kind: "refused", why: [expect.stringContaining("compressed or in another encoding")] },
    });
    expect(await text()).toBe(theirs);
    await setText(latin);
    await get("/tick");
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "done" });
  });

  test("in the moment of writing: nothing of it is lost", async () => {
    let isFirst = true;
    const wrap = (io: Io): Io => ({
      ...io,
      writeFiles: async (files) => {
        const [file] = files;
        const there = Buffer.from(await io.readFile(file!.path)).toString("utf8");
        const theirs = Buffer.from(`${there}# Eva was quicker\n`);
        if (isFirst) await io.writeFiles([{ path: file!.path, bytes: theirs }]);
        isFirst = false;
        await io.writeFiles(files);
      },
    });
    const { edit, text } = await begin(imported, { startProof: noProof, wrap });
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "done" });
    expect(await text()).toContain("name: S-HOME");
    expect(await text()).toContain("# Eva was quicker");
  });

  test("and gone: it is not made again", async () => {
    let isGone = false;
    const wrap = (io: Io): Io => ({
      ...io,
      readFile: async (path) => {
        if (isGone && path.endsWith(".yaml")) throw systemError("ENOENT");
        return io.readFile(path);
      },
    });
    const { edit, get } = await begin(imported, { startProof: noProof, wrap });
    isGone = true;
    expect(await edit(1, rename("S-HOME"))).toMatchObject({
      ...{ kind: "refused", why: [`can't read ${PLAN}: no such file or folder`] },
    });
    isGone = false;
    expect(await get("/tick")).toMatchObject({ revision: 1 });
    expect(await edit(1, rename("S-HOME"))).toMatchObject({ kind: "done" });
  });
});

describe("the page", () => {
  test("has what lint says of the ruleset that is there now", async () => {
    const argv = ["--lint-budget", "20"];
    const other = FLAT.replace(/^(-A FORWARD .*)$/m, "-A FORWARD -s 192.0.2.1/32 -j ACCEPT\n$1\n$1");
    const again = (await runIn({ "old.rules": other }, ["import", "old.rules"])).files;
    const { data, get, write, setText } = await begin(imported, { startProof: noProof, argv });
    await data();
    await write("old.rules", other);
    await setText(again[PLAN]!);
    expect(await get("/tick")).toMatchObject({ revision: 2 });
    const fresh = await begin(again, { startProof: noProof, argv });
    const { page } = await data();
    expect(page.report.lint).toEqual((await fresh.data()).page.report.lint);
  });

  test("is made again after a fault, whose stack is kept once", async () => {
    let isBroken = false;
    const kept: string[] = [];
    const wrap = (io: Io): Io => ({
      ...io,
      now: () => {
        if (isBroken) throw new Error("no clock");
        return io.now();
      },
      keepCrash: async (account) => `/tmp/${kept.push(account)}`,
    });
    const argv = ["--lint-budget", "20"];
    const { raw, token } = await begin(imported, { startProof: noProof, argv, wrap });
    isBroken = true;
    const ask = async () => (await raw("GET", "/data", { "x-markify-token": token })).status;
    expect([await ask(), await ask()]).toEqual([500, 500]);
    expect(kept).toEqual([expect.stringContaining("no clock")]);
    isBroken = false;
    expect(await ask()).toBe(200);
  });
});

describe("the proof", () => {
  /** Proofs that end when a test says so. */
  function proofs() {
    const begun: {
      readonly order: ProofOrder;
      readonly tell: (outcome: ProofOutcome) => void;
      isStopped: boolean;
    }[] = [];
    const startProof: NonNullable<Parameters<typeof serve>[2]>["startProof"] = (order, tell) => {
      const proof = { order, tell, isStopped: false };
      begun.push(proof);
      return () => {
        proof.isStopped = true;
      };
    };
    return { begun, startProof };
  }

  const failed = (why: string): ProofOutcome => ({ kind: "failed", why });

  test("is of the present plan: an edit ends the one of the plan before", async () => {
    const { begun, startProof } = proofs();
    const { edit, get } = await begin(imported, { startProof });
    expect((await get<EditState>("/state")).proof).toEqual({ kind: "running" });
    await edit(1, rename("S-HOME"));
    expect(begun.map(({ isStopped }) => isStopped)).toEqual([true, false]);
    expect(begun[1]!.order.text).toContain("S-HOME");
    begun[0]!.tell(failed("too late"));
    expect((await get<EditState>("/state")).proof).toEqual({ kind: "running" });
    const { change } = await get<EditState>("/state");
    begun[1]!.tell(failed("no memory"));
    expect(await get<EditState>("/state")).toMatchObject({
      ...{ proof: { kind: "failed", why: "no memory" }, change: change + 1 },
    });
  });

  test("is not begun for a step that is refused", async () => {
    const { begun, startProof } = proofs();
    const { edit } = await begin(imported, { startProof });
    await edit(1, rename("a b"));
    expect(begun).toHaveLength(1);
    expect(begun[0]!.isStopped).toBe(false);
  });

  test("is not the one of another traffic, by which rules may be in another order", async () => {
    const { begun, startProof } = proofs();
    const line = "120 in=eth0 src=10.0.1.1 dst=10.9.0.1 proto=tcp dport=443\n";
    const files = { ...imported, "t.txt": line };
    const { edit, step, write } = await begin(files, { startProof, argv: ["--traffic", "t.txt"] });
    begun[0]!.tell({ kind: "done", check: {} as never });
    await edit(1, rename("S-HOME"));
    await write("t.txt", line.replace("10.0.1.1", "10.0.1.2"));
    await step(2, { kind: "undo" });
    expect(begun).toHaveLength(3);
    expect(begun[2]!.order.text).toBe(begun[0]!.order.text);
  });

  test("says equal, what of the policy changes, and equal again after undo without another proof", async () => {
    const { edit, step, get } = await begin(imported, {});
    const settled = async (): Promise<EditState["proof"]> => {
      const { proof } = await get<EditState>("/state");
      return proof.kind === "running" ? settled() : proof;
    };
    expect(await settled()).toMatchObject({ kind: "done", check: { result: "equal", basis: "proved" } });
    await edit(1, { kind: "remove-members", id: "S-10-0-1", members: ["10.0.1.4/32"] });
    expect(await settled()).toMatchObject({
      ...{
        kind: "done",
        check: { result: "equal", policyChange: { groups: [{ removed: ["10.0.1.4/32"] }] } },
      },
    });
    await step(2, { kind: "undo" });
    const { proof } = await get<EditState>("/state");
    expect(proof).toMatchObject({ kind: "done", check: { result: "equal", basis: "proved" } });
  });
});

describe("the end", () => {
  test("comes with the page's button, and is answered", async () => {
    const serving = await serve(imported, PLAN, { startProof: noProof });
    await serving.edit(1, rename("S-HOME"));
    const headers = {
      "x-markify-token": serving.token,
      origin: serving.origin,
      "content-type": "application/json",
    };
    const answer = await serving.raw("POST", "/end", headers, "{}");
    expect(JSON.parse(answer.body)).toMatchObject({ next: `markify apply ${PLAN} -o NEW.rules` });
    const { code, stdout, stderr } = await serving.outcome;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    expect(stderr).toContain(`${PLAN}: 1 edit saved`);
    await expect(serving.raw("GET", "/")).rejects.toThrow("ECONNREFUSED");
  });

  const askForEnd = async ({ token, origin, raw }: Serving): Promise<EndAnswer> => {
    const headers = { "x-markify-token": token, origin, "content-type": "application/json" };
    return JSON.parse((await raw("POST", "/end", headers, "{}")).body);
  };

  test("names no next command for a file that can't be carried out", async () => {
    const serving = await serve(imported, PLAN, { startProof: noProof });
    await serving.setText((await serving.text()).replace("name: D-10-9-0", "name: S-10-0-1"));
    const answer = await askForEnd(serving);
    expect(answer.next).toBeNull();
    expect(describeEnd(answer)).toMatch(/^Ended, but .* can't be carried out as it is: .*given twice/);
    const { stderr } = await serving.outcome;
    expect(stderr).toContain("given twice");
    expect(stderr).not.toContain("markify apply");
  });

  test("does not say that all edits are in a file that somebody has put back", async () => {
    const serving = await serve(imported, PLAN, { startProof: noProof });
    const old = await serving.text();
    await serving.edit(1, rename("S-HOME"));
    await serving.setText(old);
    const words = describeEnd(await askForEnd(serving));
    expect(words).toContain("does not have these edits made here: rename S-10-0-1 to S-HOME. Next: markify");
    expect(words).not.toContain("has all edits");
    expect((await serving.outcome).stderr).toContain("rename S-10-0-1 to S-HOME");
  });

  test("comes with a signal", async () => {
    const serving = await serve(imported, PLAN, { startProof: noProof });
    serving.interrupt();
    expect(await serving.outcome).toMatchObject({ code: 0 });
  });

  /** Sends this, and never more. */
  const sendPart = async ({ origin, token }: Serving, method: string, target: string) => {
    const { port, host } = new URL(origin);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, `Origin: ${origin}`];
    const secret = method === "POST" ? [`X-Markify-Token: ${token}`, "Content-Type: application/json"] : [];
    socket.write([...head, ...secret, "Content-Length: 10", "", ""].join("\r\n"));
    await once(socket, "connect");
    return socket;
  };

  test("is not held up by a body that never comes: a page is given without one", {
    timeout: 60_000,
  }, async () => {
    const serving = await begin();
    const socket = await sendPart(serving, "GET", "/");
    const [start] = await once(socket, "data");
    expect(String(start)).toMatch(/^HTTP\/1.1 200 /);
    expect(String(start)).toMatch(/\r\nconnection: close\r\n/i);
    socket.destroy();
  });

  test("is not held up by a step that never comes whole", { timeout: 60_000 }, async () => {
    const serving = await serve(imported, PLAN, { startProof: noProof });
    const socket = await sendPart(serving, "POST", "/step");
    // Another request that is answered: the first one has been seen, too.
    await serving.get("/tick");
    serving.interrupt();
    expect(await serving.outcome).toMatchObject({ code: 0 });
    socket.destroy();
  });
});

describe("what can't be served", () => {
  const attempt = async (files: Readonly<Record<string, string>>, ...argv: readonly string[]) => {
    const { code, stdout, stderr } = await runIn(files, ["review", ...argv, "--serve"]);
    return { code, stdout, stderr };
  };

  test("is said before anything listens", async () => {
    expect(await attempt(imported, "-")).toMatchObject({ code: 2, stdout: "" });
    expect(await attempt(imported, "gone.yaml")).toMatchObject({ code: 2, stdout: "" });
    expect(await attempt(imported, PLAN, "--json")).toMatchObject({ code: 2 });
    const piped = await attempt(imported, PLAN, "--traffic", "-");
    expect(piped).toMatchObject({ code: 2, stderr: expect.stringContaining("can't be standard input") });
    const broken = { ...imported, [PLAN]: imported[PLAN]!.replace("accept: true", "accept: perhaps") };
    const { code, stderr } = await attempt(broken, PLAN);
    expect(code).toBe(1);
    expect(stderr).toContain("PLAN_BAD_VALUE");
    const stale = { ...imported, "old.rules": FLAT.replace("10.0.1.1", "10.0.1.9") };
    expect(await attempt(stale, PLAN)).toMatchObject({ code: 5, stdout: "" });
    const packed = {
      ...imported,
      [PLAN]: gzipSync(Buffer.from(imported[PLAN]!, "latin1")).toString("latin1"),
    };
    expect(await attempt(packed, PLAN)).toMatchObject({ code: 2, stdout: "" });
  });
});

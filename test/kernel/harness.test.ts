/** The harness itself: what counts as the same ruleset, and that a refused ruleset is reported as one. */
import { describe, expect, test } from "vitest";
import { BACKENDS, countRules, describeKernel, loadAndSave, normaliseSaved } from "./harness.ts";
import { makeIpsets, makeLoadable } from "./replacements.ts";

describe("normaliseSaved", () => {
  const text =
    "# one\n*filter\n:INPUT DROP [1:2]\n:web - [0:0]\n[3:4] -A INPUT -j web\n-A web -j ACCEPT\nCOMMIT\n";

  test("drops counters and comments, keeps policies, rules and their order", () => {
    expect(normaliseSaved(text)).toEqual({
      filter: { INPUT: ["policy DROP", "-A INPUT -j web"], web: ["policy -", "-A web -j ACCEPT"] },
    });
    expect(countRules(normaliseSaved(text))).toEqual({ "filter/INPUT": 1, "filter/web": 1 });
  });

  test.each([
    ["a rule's place", "-A INPUT -j web\n-A web -j ACCEPT", "-A web -j ACCEPT\n-A web -j DROP"],
    ["a policy", "INPUT DROP", "INPUT ACCEPT"],
    ["an empty user chain", ":web - [0:0]", ":web - [0:0]\n:other - [0:0]"],
  ])("sees a difference in %s", (_, from, to) => {
    expect(text).toContain(from.split("\n")[0]);
    const changed = text.replace("[3:4] ", "").replace(from, to);
    expect(normaliseSaved(changed)).not.toEqual(normaliseSaved(text));
  });

  test("takes a table without rules as one that is not there", () => {
    expect(normaliseSaved("*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n")).toEqual({});
    expect(normaliseSaved("*nat\n:PREROUTING DROP [0:0]\nCOMMIT\n")).not.toEqual({});
  });
});

describe("the replacements", () => {
  test.each([
    [
      "-A INPUT -m mac --mac-source XX:XX:XX:XX:XX:XX -j DROP",
      "-A INPUT -m mac --mac-source 02:00:00:00:00:01 -j DROP",
    ],
    ["-A INPUT -s 10.0.0.1 -d ! 10.0.0.0/8 -j DROP", "-A INPUT -s 10.0.0.1 ! -d 10.0.0.0/8 -j DROP"],
    ["-A INPUT -p tcp --dport ! 22", "-A INPUT -p tcp ! --dport 22"],
    ["-A INPUT -j DROP\r", "-A INPUT -j DROP"],
    ["COMMIT ", "COMMIT"],
    ["COMMIT\n ", "COMMIT\n"],
    ["-A INPUT ! -s 10.0.0.1/32 -j DROP", "-A INPUT ! -s 10.0.0.1/32 -j DROP"],
  ])("%j becomes %j", (from, to) => {
    expect(makeLoadable(`*filter\n${from}\n`)).toBe(`*filter\n${to}\n`);
  });

  test("take out the text around a dump", () => {
    const letter = "Hello,\nhere it is:\n# Generated\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n\nRegards\n";
    expect(makeLoadable(letter)).toBe("# Generated\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n\n");
  });

  test("make each set once, in the family of the ruleset", () => {
    const text =
      "-A INPUT -m set --match-set bad src -j DROP\n-A INPUT -m set ! --match-set bad src -j SET --add-set seen src";
    expect(makeIpsets(text, "v6")).toBe(
      "create bad hash:net family inet6\ncreate seen hash:net family inet6\n",
    );
  });
});

describeKernel("loadAndSave", () => {
  test.each(BACKENDS)("%s: loads, refuses, and starts empty each time", (backend) => {
    const load = (text: string) => loadAndSave({ family: "v4", backend, text });
    const good = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.0.2.1/32 -j DROP\nCOMMIT\n";
    expect(load(good).saved).toContain("-A INPUT -s 192.0.2.1/32 -j DROP");
    const refused = load(good.replace("DROP", "NO-SUCH-CHAIN"));
    expect(refused.ok).toBe(false);
    expect(refused.errors).not.toBe("");
    expect(refused.saved).toBe("");
    expect(load("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n").saved).not.toContain("192.0.2.1");
  });

  test.each(BACKENDS)("%s: makes ipsets before the rules that name them", (backend) => {
    const text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set --match-set bad src -j DROP\nCOMMIT\n";
    expect(loadAndSave({ family: "v4", backend, text }).ok).toBe(false);
    const loaded = loadAndSave({ family: "v4", backend, text, ipsets: makeIpsets(text, "v4") });
    expect(loaded.errors).toBe("");
    expect(loaded.saved).toContain("--match-set bad src");
  });
});

/** nat is not followed: where it writes marks that rules read, an assertion has no answer. */
import { describe, expect, test } from "vitest";
import { checkText } from "./support.ts";

/** A nat table of one rule in front of a filter table that accepts marked packets only. */
function answer(natHook: string, natRule: string, test: string, sentence: string): string {
  const nat = [
    "*nat",
    `:${natHook} ACCEPT [0:0]`,
    ":m - [0:0]",
    `-A ${natHook} -j m`,
    `-A m ${natRule}`,
    "COMMIT",
  ];
  const filter = ["*filter", ":INPUT DROP [0:0]", ":OUTPUT DROP [0:0]", ":FORWARD DROP [0:0]"];
  const hooks = ["INPUT", "OUTPUT", "FORWARD"].map((hook) => `-A ${hook} ${test} -j ACCEPT`);
  return checkText([...nat, ...filter, ...hooks, "COMMIT", ""].join("\n"), [sentence]).results[0]!.result;
}

const INPUT = "never: any -> this host tcp/22";
const OUTPUT = "never: this host -> any tcp/22";
const FORWARD = "never: 10.0.0.1 -> 10.0.0.2 tcp/22";
const TEST = "-m mark --mark 0x1/0x1";

describe("not known", () => {
  test.each([
    ["PREROUTING", "-j MARK --set-xmark 0x1/0x1", TEST, INPUT],
    ["PREROUTING", "-j MARK --set-xmark 0x1/0x1", TEST, FORWARD],
    ["OUTPUT", "-j MARK --set-xmark 0x1/0x1", TEST, OUTPUT],
    ["PREROUTING", "-j CONNMARK --set-xmark 0x1/0xffffffff", "-m connmark --mark 0x1/0x1", INPUT],
    ["PREROUTING", "-j CONNMARK --restore-mark", TEST, INPUT],
    ["PREROUTING", "-j UNKNOWN --x", TEST, INPUT],
    ["PREROUTING", "-j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1", TEST, INPUT],
  ])("nat %s %s, filter %s: %s", (...args) => {
    expect(answer(...args)).toBe("unknown");
  });
});

describe("known all the same", () => {
  test.each([
    ["other bits", "PREROUTING", "-j MARK --set-xmark 0x2/0x2", TEST, INPUT],
    ["another hook", "OUTPUT", "-j MARK --set-xmark 0x1/0x1", TEST, INPUT],
    ["behind the filter table", "POSTROUTING", "-j MARK --set-xmark 0x1/0x1", TEST, OUTPUT],
    ["no marks in nat", "PREROUTING", "-j RETURN", TEST, INPUT],
  ])("%s", (_, ...args) => {
    expect(answer(...args)).toBe("holds");
  });

  test("nobody reads marks", () => {
    expect(
      answer(
        "PREROUTING",
        "-j MARK --set-xmark 0x1/0x1",
        "-s 10.0.0.9",
        `never: 10.0.0.1 -> this host tcp/22`,
      ),
    ).toBe("holds");
  });
});

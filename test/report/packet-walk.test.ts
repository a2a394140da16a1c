/** Walks as the page shows them: the tree has every step once and in order, and two walks are the same only where that is known. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChainNode,
  compareWalks,
  makeWalkTree,
  type WalkNode,
} from "../../src/report/page/packet/packet-walk.ts";
import { explain, type Explained } from "../../src/verify/explain/explain.ts";
import type { ExplainOptions, ExplainStep } from "../../src/verify/explain/types.ts";
import "../support/seed.ts";
import { randomTable } from "../verify/random-rules.ts";
import { filterOf, rulesetOf } from "../verify/samples.ts";

const PACKET: ExplainOptions = {
  in: "eth0",
  source: "10.0.0.1",
  destination: "10.0.0.9",
  protocol: "tcp",
  sport: "1024",
  dport: "22",
};

function walked(rules: readonly string[], options: ExplainOptions = PACKET): Explained {
  return explain(rulesetOf(filterOf(rules)), options);
}

function stepsOf(explained: Explained): readonly ExplainStep[] {
  if (explained.kind === "refused") throw new Error(JSON.stringify(explained.faults));
  return explained.explanation.steps;
}

/** The steps of a tree, without those that enter a chain, which the tree has as chains. */
function flatten(chains: readonly ChainNode[]): readonly ExplainStep[] {
  const inNode = (node: WalkNode): readonly ExplainStep[] => {
    if (node.kind === "run") return node.steps;
    if (node.kind === "end") return [node.step];
    return [node.step, ...(node.inside === null ? [] : flatten([node.inside]))];
  };
  return chains.flatMap(({ nodes }) => nodes.flatMap(inNode));
}

/** As lines with an indent. */
function draw(chains: readonly ChainNode[], depth = 0): readonly string[] {
  const indent = " ".repeat(depth);
  const inNode = (node: WalkNode): readonly string[] => {
    if (node.kind === "run") return [`${indent}${node.steps.length} rules`];
    if (node.kind === "end") return [`${indent}back in ${node.step.to}`];
    return [`${indent}${node.step.line}`, ...(node.inside === null ? [] : draw([node.inside], depth + 1))];
  };
  return chains.flatMap(({ chain, isLeft, nodes }) => [
    `${indent}${chain}${isLeft ? "" : " !"}`,
    ...nodes.flatMap(inNode),
  ]);
}

describe("the tree of a walk", () => {
  test("has jumps inside the rules that they are of, gotos too, and folds long runs", () => {
    const rules = [
      ...["-A INPUT -p udp", "-A INPUT -p icmp", "-A INPUT -p 47", "-A INPUT -p 50", "-A INPUT -j a"],
      "-A INPUT -g c",
      ...["-A a -p udp", "-A a -g b", "-A b -s 10.0.0.1", "-A c -j d", "-A c -j ACCEPT", "-A d -p udp"],
    ];
    expect(draw(makeWalkTree(stepsOf(walked(rules))))).toEqual([
      "INPUT !",
      "4 rules",
      "13",
      " a",
      " 15",
      " 16",
      "  b",
      "  17",
      "  back in INPUT",
      "14",
      " c !",
      " 18",
      "  d",
      "  20",
      "  back in c",
      " 19",
    ]);
  });

  test("of random rulesets has every step, once and in order", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const steps = stepsOf(explain(rulesetOf(randomTable(seed, "v4")), PACKET));
        const tree = makeWalkTree(steps);
        expect(flatten(tree)).toEqual(steps.filter(({ kind }) => kind !== "enter"));
      }),
    );
  });
});

describe("two walks", () => {
  const log = '-A INPUT -j LOG --log-prefix "a"';
  const cases: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
    ["same", ["-A INPUT -j DROP"], ["-A INPUT -p tcp -j DROP"], "a rule and another"],
    ["same", [log, "-A INPUT -j DROP"], [log, "-A INPUT -j DROP"], "with a log line"],
    ["different", ["-A INPUT -j DROP"], ["-A INPUT -j REJECT"], "DROP and REJECT"],
    ["different", ["-A INPUT -p tcp -j DROP"], [], "a rule and the policy"],
    ["traces", [log, "-A INPUT -j DROP"], ["-A INPUT -j DROP"], "a log line that is gone"],
    ["traces", ["-A INPUT -j MARK --set-mark 0x100"], [], "a mark that is left"],
    ["same", ["-A INPUT -j MARK --set-mark 0x1"], [], "a mark of our own bits"],
    ["unknown", ["-A INPUT -m limit --limit 5/min -j DROP"], ["-A INPUT -j DROP"], "limit"],
    ["unknown", ["-A INPUT -j DROP"], ["-A INPUT -m recent --rcheck --name x -j DROP"], "recent"],
  ];
  test.each(cases)("are %s: %j, %j (%s)", (answer, old, now) => {
    expect(compareWalks(walked(old), walked(now), 0xff)).toBe(answer);
  });

  test("are nothing where a side refuses the packet", () => {
    const wrong = { ...PACKET, dport: "99999" };
    expect(compareWalks(walked([], wrong), walked([]), 0)).toBe("refused");
  });
});

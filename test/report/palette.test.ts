/** The colours of the report's page: text on its ground has a contrast of 4.5, signs of 3, light and dark (WCAG 2, 1.4.3 and 1.4.11). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const STYLE = readFileSync(new URL("../../src/report/page/style.css", import.meta.url), "utf8");

/** Colours by name: of the first block, or of the one for dark systems, which changes some. */
function readColours(look: "light" | "dark"): ReadonlyMap<string, string> {
  const [light = "", dark = ""] = [...STYLE.matchAll(/:root \{(.*?)\}/gs)].map(([, block]) => block!);
  const text = look === "light" ? light : light + dark;
  return new Map(
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  );
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (high + 0.05) / (low + 0.05);
}

const HUES = Array.from({ length: 8 }, (_, at) => `hue-${at}`);

/** Pairs that are text on a ground. */
const TEXT = [
  ...["text", "faint", "link", "good", "bad", "warning"].flatMap((name) => [
    [name, "ground"],
    [name, "raised"],
  ]),
  ...["made", "gone", "related", "chosen"].map((ground) => ["text", ground]),
  ...HUES.flatMap((hue) => [
    [hue, "ground"],
    ["on-hue", hue],
  ]),
  ["on-hue", "faint"],
];

/** Pairs that are a sign on a ground. */
const SIGNS = HUES.concat(["faint", "bad", "warning", "good"]).map((name) => [name, "raised"]);

describe.each(["light", "dark"] as const)("%s colours", (look) => {
  const colours = readColours(look);
  const check = (pairs: readonly (readonly string[])[], least: number): readonly string[] =>
    pairs.flatMap(([one = "", other = ""]) => {
      const found = contrast(colours.get(one)!, colours.get(other)!);
      return found < least ? [`${one} on ${other}: ${found.toFixed(2)}`] : [];
    });

  test("can be read and seen", () => {
    expect(colours.size).toBeGreaterThan(20);
    expect(check(TEXT, 4.5)).toEqual([]);
    expect(check(SIGNS, 3)).toEqual([]);
  });
});

test("black on white is the most there is", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

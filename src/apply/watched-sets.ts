/**
 * Sets that the rules of a plan rely on, as a text that is another one when a member is: what was proved holds for the members that were seen.
 */

/** What comes and goes without anybody's doing: counters, the time that is left, how the kernel stores it. */
const PASSING = / (?:packets|bytes|timeout|hashsize|initval|bucketsize) [^ ]+/g;

/** Lines of these sets, and of sets that are members of them, in an order of their own. */
export function textOfSets(saved: string | null, names: readonly string[]): string {
  const lines = (saved ?? "").split("\n").filter((line) => line !== "");
  const wanted = new Set(names);
  for (let size = -1; size !== wanted.size; ) {
    size = wanted.size;
    for (const line of lines) {
      const [verb, name = "", member = ""] = line.split(" ");
      if (verb === "add" && wanted.has(name)) wanted.add(member.split(",")[0]!);
    }
  }
  return lines
    .filter((line) => wanted.has(line.split(" ")[1] ?? ""))
    .map((line) => line.replace(PASSING, ""))
    .sort()
    .join("\n");
}

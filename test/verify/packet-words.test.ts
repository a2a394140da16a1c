/** The words of a packet: the page reads them as the command does. */
import { Command } from "commander";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addExplain } from "../../src/cli/add-explain.ts";
import {
  BACKENDS,
  PACKET_OPTIONS,
  printPacketWords,
  readPacketWords,
} from "../../src/verify/explain/packet-words.ts";
import "../support/seed.ts";

/** What the command takes words for; null where it refuses them. */
function readByCommand(words: readonly string[]): unknown {
  const program = new Command();
  // Nothing is carried out: the action is another one.
  addExplain(program, {} as never, () => {});
  const command = program.commands.find((found) => found.name() === "explain")!;
  command.exitOverride().configureOutput({ writeErr: () => {} });
  let options: unknown = null;
  command.action((_, { color, ...found }) => {
    options = found;
  });
  try {
    command.parse(["old.rules", ...words], { from: "user" });
  } catch {
    return null;
  }
  return options;
}

const value = fc.oneof(
  fc.constantFrom("10.0.0.1", "22", "tcp", "-m limit --limit 5/min=true", "--sport", "-s", "", "a=b"),
  fc.string(),
);
const single = PACKET_OPTIONS.flatMap(({ short, long, value: name }): readonly fc.Arbitrary<string[]>[] =>
  name === undefined
    ? [fc.constant<string[]>([long])]
    : [
        value.map((text) => [short ?? long, text]),
        value.map((text) => [`${long}=${text}`]),
        ...(short === undefined ? [] : [value.filter((text) => text !== "").map((text) => [short + text])]),
      ],
);
const backend = fc.constantFrom(...BACKENDS, "other").map((name) => ["--backend", name]);
const match = value.map((text) => ["--match", text]);
const words = fc.array(fc.oneof(...single, backend, match)).map((lists) => lists.flat());

test("words are read as the command reads them", () => {
  fc.assert(
    fc.property(words, (given) => {
      const { options, faults } = readPacketWords(given);
      expect(faults.length > 0 ? null : options).toEqual(readByCommand(given));
    }),
  );
});

test.each([[["--sport"]], [["--sprt", "1"]], [["-x"]], [["old.rules"]], [["--backend", "bpf"]]])(
  "what is no option of a packet is refused: %j",
  (given) => {
    expect(readPacketWords(given).faults).toHaveLength(given[0] === "--sprt" ? 2 : 1);
    expect(readByCommand(given)).toBeNull();
  },
);

test("words read as they are printed", () => {
  fc.assert(
    fc.property(words, (given) => {
      const { options, faults } = readPacketWords(given);
      fc.pre(faults.length === 0);
      expect(readPacketWords(printPacketWords(options)).options).toEqual(options);
    }),
  );
});

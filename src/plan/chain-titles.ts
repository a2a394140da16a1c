/**
 * The titles that markify writes above its chains: whoever reads such a file again must not take them for a person's words.
 */

const TITLE =
  /^# (\S+): (?:\S+ group, sets mark bit 0x[0-9a-f]+(?:, by prefix: \S+)?|\S+ group, with its policy rules|\S+ group, whoever has one of the mark bits 0x[0-9a-f]+; nothing calls this chain|what is no part of \S+|.+ -> .+|clears the mark bits of the groups and leaves)$/;

/** The chain that a line is the title of; undefined for other lines. A person's line may look the same: that there is such a chain is asked elsewhere. */
export function titledChain(line: string): string | undefined {
  return TITLE.exec(line)?.[1];
}

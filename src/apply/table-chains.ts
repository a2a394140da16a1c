/**
 * What of a table others may have changed meanwhile. Which chains a load leaves as they are: what others (Docker, fail2ban) change in them while the new rules are live is theirs, and stays
 * when the old rules come back.
 */

const NEWLINE = 10;

/** The chains that both texts have, with the same rules in the same order (counters and policies aside): names, one a line, in the first text's order. */
export function findUntouchedChains(before: Uint8Array, after: Uint8Array): Uint8Array {
  const [old, fresh] = [readChains(before), readChains(after)];
  const same = [...old].filter(([name, rules]) => fresh.get(name)?.join("\n") === rules.join("\n"));
  return toBytes(same.map(([name]) => `${name}\n`).join(""));
}

/** The same table with its base chains alone, empty and accepting: what is left of one that wasn't there before. */
export function emptyTable(text: Uint8Array): Uint8Array {
  const lines: string[] = [];
  for (const line of splitLines(text)) {
    const base = /^:(\S+) [^-\s]/.exec(line)?.[1];
    if (line.startsWith("*")) lines.push(line);
    else if (base !== undefined) lines.push(`:${base} ACCEPT [0:0]`);
  }
  return toBytes(`${lines.join("\n")}\nCOMMIT\n`);
}

/** The rules of each chain, without counters, in order. */
function readChains(text: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, string[]>();
  for (const line of splitLines(text)) {
    const declared = /^:(\S+)/.exec(line)?.[1];
    if (declared !== undefined) chains.set(declared, chains.get(declared) ?? []);
    const rule = /^(?:\[\d+:\d+\] )?-A (\S+).*$/.exec(line);
    if (rule !== null) chains.get(rule[1]!)?.push(rule[0].replace(/^\[\d+:\d+\] /, ""));
  }
  return chains;
}

/** Lines as one character a byte: nothing is lost whatever the encoding. */
function* splitLines(bytes: Uint8Array): Generator<string> {
  for (let start = 0; start < bytes.length; ) {
    const at = bytes.indexOf(NEWLINE, start);
    const end = at < 0 ? bytes.length : at;
    yield toLetters(bytes.subarray(start, end));
    start = end + 1;
  }
}

function toLetters(bytes: Uint8Array): string {
  let text = "";
  // In pieces: an argument list has a limit that a hostile line could pass.
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

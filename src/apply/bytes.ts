/**
 * Texts of rules with one character for each byte: what iptables-save prints may be in any encoding, and has to come back as it was.
 */

/** Bytes as such a text. */
export function textOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** And back. */
export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/**
 * Numbers to bytes in network order, and the checksums of the Internet protocols.
 */

/** So many bytes of a number, most significant first. */
export function big(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, at) => (value >>> (8 * (bytes - 1 - at))) & 255);
}

/** Bytes as hexadecimal digits. */
export function hexDigits(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex");
}

/** RFC 1071 over all bytes; the field itself counts as it is there. */
export function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C, sctp's checksum (RFC 9260, appendix A), least significant byte first. */
export function crc32c(bytes: readonly number[]): number[] {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return big(~crc, 4).reverse();
}

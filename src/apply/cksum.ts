/** The checksum that the POSIX program `cksum` prints, so that a shell without Node can check what markify wrote. */

/** The remainders of one byte, for the polynomial of POSIX (0x04C11DB7, most significant bit first). */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** The first number that `cksum` prints of a file: a CRC over its bytes and then over its length, lowest byte first. */
export function crcOfFile(bytes: Uint8Array): number {
  let crc = 0;
  const add = (byte: number) => {
    crc = (crc << 8) ^ TABLE[(crc >>> 24) ^ byte]!;
  };
  for (const byte of bytes) add(byte);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) add(length % 256);
  return ~crc >>> 0;
}

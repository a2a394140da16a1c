/** Reads bytes in every way; throws where something does not hold. */
export function checkRead(bytes: Uint8Array, library: Readonly<Record<string, unknown>>): void;

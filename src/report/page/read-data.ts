/**
 * The data out of the page: unpacked where it is packed, and with every string made harmless to the eye (signs that turn the direction of writing or control
 * a terminal), so that no part of the page has to think of it. What has to be read as the kernel would read it is asked for as it is.
 */
import type { PageData } from "../page-data.ts";
import { printable } from "../style.ts";

/** Reads it. */
export async function readData(): Promise<PageData> {
  return harmless(await readText());
}

/** The same with every sign as it was. */
export async function readRawData(): Promise<PageData> {
  return JSON.parse(await readText());
}

/** Data whose strings can be shown. */
export function harmless<Data>(json: string): Data {
  return JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? printable(value) : value));
}

async function readText(): Promise<string> {
  const element = document.getElementById("data")!;
  const text = element.textContent ?? "";
  return element.dataset.encoding === "gzip" ? unpack(text.trim()) : text;
}

async function unpack(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

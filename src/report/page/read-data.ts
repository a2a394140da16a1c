/**
 * The data out of the page: unpacked where it is packed, and with every string made harmless to the eye (signs that turn the direction of writing or control
 * a terminal), so that no part of the page has to think of it.
 */
import type { PageData } from "../page-data.ts";
import { parseHarmless } from "./harmless.ts";

/** Reads it. */
export async function readData(): Promise<PageData> {
  const element = document.getElementById("data")!;
  const text = element.textContent ?? "";
  const json = element.dataset.encoding === "gzip" ? await unpack(text.trim()) : text;
  return parseHarmless(json);
}

async function unpack(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

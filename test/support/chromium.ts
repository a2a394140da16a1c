/** An installed Chromium, driven by playwright-core. Where there is none, its tests are skipped and say so; with CI=true they fail. */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The first that is there; null for none. */
export const CHROMIUM = PLACES.find((path) => existsSync(path)) ?? null;

/** Why tests of a page can't run here; empty where they can, and where they have to. */
export const WHY_NO_BROWSER =
  CHROMIUM === null && process.env.CI !== "true"
    ? " (skipped: no Chromium here, apt-get install chromium)"
    : "";

/** Starts it. As root it runs only without its sandbox; the pages are our own files. */
export async function openBrowser(): Promise<Browser> {
  if (CHROMIUM === null) throw new Error(`no Chromium in ${PLACES.join(", ")}`);
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: CHROMIUM, args: isRoot ? ["--no-sandbox"] : [] });
}

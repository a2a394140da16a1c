/**
 * Makes the README's pictures of the report's page anew: `npm run build && node scripts/readme-pictures.mjs`. Needs Chromium (`CHROMIUM`, or the one on the path).
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDER = join(ROOT, "docs/pictures");

/** In the words of `markify explain`. */
const PACKET = "-i srv0 -o dmz0 -s 10.30.138.184 -d 172.20.184.96 -p udp --dport 389 --state NEW";

/** Name of the file, address in the page, height. */
const PICTURES = [
  ["flat-rules", "#pictures/flat", 1300],
  ["try-a-packet", `#packet/${encodeURIComponent(PACKET)}`, 1080],
];

function markify(folder, ...words) {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "dist/cli/bin.js"), ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`markify ${words.join(" ")}: ${stderr}`);
}

const folder = mkdtempSync(join(tmpdir(), "markify-pictures-"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  copyFileSync(join(ROOT, "corpus/generated/campus-3k.rules"), join(folder, "campus.rules"));
  markify(folder, "import", "campus.rules", "-o", "plan.yaml");
  markify(folder, "review", "plan.yaml", "--check", "--html", "page.html");
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, address, height] of PICTURES) {
    const page = await browser.newPage({ viewport: { width: 1280, height } });
    await page.goto(`file://${join(folder, "page.html")}${address}`);
    await page.locator("main h2").waitFor();
    await page.waitForTimeout(2000);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

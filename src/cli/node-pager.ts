/**
 * A person's pager: the program that shows a long text a screen at a time.
 */
import { spawn } from "node:child_process";

/** What a shell exits with where it can't find or start a program. */
const NOT_STARTED = [126, 127];

/** Signals that are for the pager while it shows something. */
const SIGNALS = ["SIGINT", "SIGQUIT"] as const;

/**
 * Shows a text until the person leaves it. False where nothing was shown: no pager is wanted (PAGER empty or `cat`), the terminal can't do it, or it can't be started. `less` prints
 * what fits on one screen, keeps colours and leaves the text on the screen (LESS=FRX, unless LESS is set), as git calls it.
 */
export function showInPager(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  // Nobody asked for less: where it is not installed, there is no word about that.
  const pager = env.PAGER ?? "command -v less >/dev/null || exit 127; exec less";
  if (pager.trim() === "" || pager === "cat" || env.TERM === "dumb") return Promise.resolve(false);
  return new Promise((resolve) => {
    const ignore = (): void => {};
    for (const signal of SIGNALS) process.on(signal, ignore);
    const child = spawn("sh", ["-c", pager], {
      stdio: ["pipe", "inherit", "inherit"],
      env: { LESS: "FRX", ...env },
    });
    const end = (isShown: boolean): void => {
      for (const signal of SIGNALS) process.off(signal, ignore);
      resolve(isShown);
    };
    child.on("error", () => end(false));
    child.on("close", (code) => end(code === null || !NOT_STARTED.includes(code)));
    // A person may leave before all of it is read.
    child.stdin.on("error", ignore);
    child.stdin.end(text);
  });
}

/**
 * Runs commands and measures the whole process from outside: wall time, and the most memory it ever had.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";

/** @typedef {{ seconds: number, megabytes: number | null }} Measurement */

const GNU_TIME = "/usr/bin/time";

/** Without GNU time, a Node process reports its own peak; worker threads load this too, and the largest number counts. */
const REPORT_PEAK = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS + "\\n"))',
)}`;

/**
 * Runs a command to its end; throws when it fails.
 * @param {readonly string[]} command
 * @returns {Measurement}
 */
export function measure(command) {
  const hasTime = existsSync(GNU_TIME);
  const isNode = command[0] === process.execPath;
  const whole = hasTime
    ? [GNU_TIME, "-f", "peak %M", ...command]
    : isNode
      ? [command[0], "--import", REPORT_PEAK, ...command.slice(1)]
      : command;
  const start = performance.now();
  const run = spawnSync(whole[0], whole.slice(1), { encoding: "utf8", maxBuffer: 2 ** 30 });
  const seconds = (performance.now() - start) / 1000;
  if (run.status !== 0) throw new Error(`${command.join(" ")}: ${run.stderr || run.error}`);
  const peaks = [...run.stderr.matchAll(/^peak (\d+)$/gm)].map((match) => Number(match[1]));
  return { seconds, megabytes: peaks.length === 0 ? null : Math.max(...peaks) / 1024 };
}

/**
 * One measurement of commands that run one after the other: times add up, the largest memory counts.
 * @param {readonly (readonly string[])[]} commands
 * @returns {Measurement}
 */
export function measureAll(commands) {
  const parts = commands.map(measure);
  const memory = parts.map((part) => part.megabytes).filter((value) => value !== null);
  return {
    seconds: parts.reduce((sum, part) => sum + part.seconds, 0),
    megabytes: memory.length === 0 ? null : Math.max(...memory),
  };
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How often each command runs. */
export const RUNS = 5;

/** The median time and memory of a list of measurements. */
export function summarise(measurements) {
  const memory = measurements.map((item) => item.megabytes).filter((value) => value !== null);
  return {
    seconds: median(measurements.map((item) => item.seconds)),
    megabytes: memory.length === 0 ? null : median(memory),
  };
}

/** Numbers as the tables show them. */
export const format = {
  seconds: (value) => `${value.toFixed(2)} s`,
  megabytes: (value) => (value === null ? "-" : `${value.toFixed(0)} MB`),
};

/** One line of a table. */
export function printRow(cells) {
  const widths = [40, 10, 10, 14, 14, 12];
  console.log(
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(""),
  );
}

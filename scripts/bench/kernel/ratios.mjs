/**
 * From samples to a table: what a packet costs net of an empty ruleset, and how much less that is than flat's.
 */
import { median } from "../measure.mjs";

/** @typedef {{ ns: number, ratio: number | null, isFloor: boolean, extra: number }} Cost `isFloor`: less than can be told from nothing. */

/** Nanoseconds that can't be told from nothing. */
export const FLOOR = 10;

/**
 * Net nanoseconds of each packet: the median over rounds of the difference to the empty ruleset that ends the same way, in the same round.
 * @param {readonly (readonly number[])[]} samples By packet and round.
 * @param {readonly ("passed" | "dropped")[]} fates By packet.
 * @param {Readonly<Record<"passed" | "dropped", readonly (readonly number[])[]>>} empty
 * @returns {number[]}
 */
export function netCosts(samples, fates, empty) {
  return samples.map((rounds, packet) =>
    median(rounds.map((value, round) => value - empty[fates[packet]][packet][round])),
  );
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The cost of each class: the mean over its packets. What is below the floor counts as the floor.
 * @param {readonly string[]} classes By packet.
 * @param {readonly number[]} nets By packet.
 * @param {readonly number[]} flat By packet.
 * @returns {Record<string, Cost>}
 */
export function costsByClass(classes, nets, flat) {
  const costs = {};
  for (const name of new Set(classes)) {
    const of = (values) => mean(values.filter((_, packet) => classes[packet] === name));
    const [ns, flatNs] = [of(nets), of(flat)];
    const isFloor = ns < FLOOR;
    costs[name] = {
      ns,
      ratio: flatNs < FLOOR ? null : flatNs / Math.max(ns, FLOOR),
      isFloor,
      extra: ns - flatNs,
    };
  }
  return costs;
}

/** Packets that a contestant treats otherwise than flat does, by number. */
export function findUnlike(fates, flat) {
  return fates.flatMap((fate, packet) => (fate === flat[packet] ? [] : [packet]));
}

/** `224k`, `1.2k`, `66`, `0.04`: nanoseconds or factors with one to three digits. */
export function short(value) {
  if (Math.abs(value) >= 99_950) return `${Math.round(value / 1000)}k`;
  if (Math.abs(value) >= 995) return `${(value / 1000).toFixed(1)}k`;
  if (Math.abs(value) >= 9.95) return value.toFixed(0);
  if (Math.abs(value) >= 0.95) return value.toFixed(1);
  return Math.abs(value) >= 0.095 ? value.toFixed(2) : `${Number(value.toPrecision(1))}`;
}

/** A ratio as the table shows it. @param {Cost} cost */
export function showRatio({ ratio, isFloor }) {
  if (ratio === null) return "-";
  return `${isFloor ? ">" : ""}${short(ratio)}`;
}

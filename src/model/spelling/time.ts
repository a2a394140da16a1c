/**
 * `-m time`. iptables keeps seconds of a day, bits of days, and seconds since 1970.
 *
 * Source: iptables 1.8.9, `extensions/libxt_time.c`.
 */
import { parseUint } from "../numbers.ts";
import { flag, type Given, inOrder, type Part, readValue, type Speller, type Value, value } from "./parts.ts";

const TIME = /^([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d))?$/u;

const timeOfDay: Value = (text) => {
  const [, hours, minutes, seconds = "0"] = TIME.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  return [hours, minutes, seconds].map((part) => part.padStart(2, "0")).join(":");
};

/** Both, or none where they are the whole day. */
const daytime: Part = {
  options: ["timestart", "timestop"],
  print: ({ options, family }) => {
    const [start, stop] = [options.get("timestart"), options.get("timestop")];
    const first = start === undefined ? "00:00:00" : readValue(start, timeOfDay, family);
    const last = stop === undefined ? "23:59:59" : readValue(stop, timeOfDay, family);
    if (first === null || last === null) return null;
    const isWhole = first === "00:00:00" && last === "23:59:59";
    return isWhole ? "" : `--timestart ${first} --timestop ${last}`;
  },
};

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const MONTHDAYS = Array.from({ length: 31 }, (_, index) => String(index + 1));

function weekday(text: string): string | null {
  const number = parseUint(text, 7);
  if (number !== null) return WEEKDAYS[number - 1] ?? null;
  return WEEKDAYS.find((name) => text === name || text === name.slice(0, 2)) ?? null;
}

function monthday(text: string): string | null {
  return MONTHDAYS.find((day) => day === text) ?? null;
}

/** With `!` all other days; all days are not printed. */
function days(name: string, all: readonly string[], read: (text: string) => string | null): Part {
  return {
    options: [name],
    print: ({ options }: Given) => {
      const use = options.get(name);
      if (use === undefined) return "";
      const named = use.values[0]!.text.split(",").map(read);
      if (named.includes(null)) return null;
      const kept = all.filter((day) => named.includes(day) !== use.negated);
      if (kept.length === 0) return null;
      return kept.length === all.length ? "" : `--${name} ${kept.join(",")}`;
    },
  };
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?$/u;
const LAST_DATE = "2038-01-19T03:14:07";

/** Days of the months of a year that is no leap year. */
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day that there is, in years of which every fourth is a leap year. */
function isDay(year: string, month: string, day: string): boolean {
  const length = month === "02" && Number(year) % 4 === 0 ? 29 : (LENGTHS[Number(month) - 1] ?? 0);
  return Number(day) >= 1 && Number(day) <= length;
}

/** Up to the last second that 31 bits can say. */
const date: Value = (text) => {
  const [, year, month = "01", day = "01", hours = "00", minutes = "00", seconds = "00"] =
    DATE.exec(text) ?? [];
  if (year === undefined) return null;
  const full = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
  const isReal =
    Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60 && isDay(year, month, day);
  return isReal && full >= "1970-01-01T00:00:00" && full <= LAST_DATE ? full : null;
};

/** --localtz is the old name of --kerneltz. */
const zone: Part = {
  options: ["kerneltz", "localtz", "utc"],
  print: ({ options }) => {
    const isLocal = options.has("kerneltz") || options.has("localtz");
    if (isLocal && options.has("utc")) return null;
    return isLocal ? "--kerneltz" : "";
  },
};

/** `-m time`. */
export const spellTime: Speller = inOrder(
  daytime,
  days("monthdays", MONTHDAYS, monthday),
  days("weekdays", WEEKDAYS, weekday),
  value("datestart", date, { hidden: "1970-01-01T00:00:00" }),
  value("datestop", date, { shown: LAST_DATE }),
  zone,
  flag("contiguous"),
);

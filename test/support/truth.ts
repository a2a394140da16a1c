/** Reads the truth files beside generated rulesets: the ones of this project's generator, and those of the shared corpus. */
import { readFileSync } from "node:fs";

/** An address group that was planted, on one axis. */
export interface TruthGroup {
  readonly name: string;
  readonly axis: "source" | "destination";
  /** As iptables-save prints them. */
  readonly members: readonly string[];
  /** Ids of the policies that use it on this axis. */
  readonly usedBy: readonly string[];
}

/** What a truth file says, as far as the tests go. */
export interface Truth {
  readonly family: "v4" | "v6";
  /** Used at least once. */
  readonly addressGroups: readonly TruthGroup[];
}

const AXES: readonly TruthGroup["axis"][] = ["source", "destination"];

type Json = Readonly<Record<string, unknown>>;

/** Reads a truth file of either form; throws where it is neither. */
export function readTruth(path: string): Truth {
  const json: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isObject(json)) throw new Error(`${path} is no truth file`);
  return Array.isArray(json.groups) ? readOwn(json, json.groups) : readShared(json, path);
}

function readOwn(json: Json, groups: readonly unknown[]): Truth {
  const addressGroups = groups.filter(isObject).flatMap((group): readonly TruthGroup[] => {
    const axis = group.axis;
    if (axis !== "source" && axis !== "destination") return [];
    return [
      {
        name: String(group.name),
        axis,
        members: readTexts(group.members),
        usedBy: readTexts(group.usedBy),
      },
    ];
  });
  return { family: json.family === "v6" ? "v6" : "v4", addressGroups };
}

/**
 * The shared form has one entry a group whatever the axis (`used_by` names policies), and each policy names its source and destination group:
 * the axis of a use is found there.
 */
function readShared(json: Json, path: string): Truth {
  const groups = json.groups;
  const policies = json.policy;
  if (!isObject(groups) || !Array.isArray(policies)) throw new Error(`${path} has no groups and policies`);
  const addressGroups = Object.entries(groups).flatMap(([name, group]): readonly TruthGroup[] => {
    if (!isObject(group) || group.kind !== "address") return [];
    const members = readTexts(group.members);
    return AXES.map((axis) => ({
      name,
      axis,
      members,
      usedBy: findUses(policies, axis, name),
    }));
  });
  const isV6 = isObject(json.args) && json.args.v6 === true;
  return {
    family: isV6 ? "v6" : "v4",
    addressGroups: addressGroups.filter((group) => group.usedBy.length > 0),
  };
}

function findUses(
  policies: readonly unknown[],
  axis: "source" | "destination",
  name: string,
): readonly string[] {
  const key = axis === "source" ? "src" : "dst";
  return policies.filter(isObject).flatMap((policy) => (policy[key] === name ? [String(policy.id)] : []));
}

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

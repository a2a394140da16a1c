/**
 * A file of Firewall Builder (`.fwb`) to the sets that it names: groups of objects and services, hosts, networks, services.
 */
import { type Diagnostic, hasErrors, makeDiagnostic } from "../../text/diagnostic.ts";
import type { SourceFile } from "../../text/source.ts";
import { intervalKey, type NamedMember, type NamedSet } from "../named-set.ts";
import { ADDRESS_ELEMENTS, attribute, readMembers, SERVICE_ELEMENTS } from "./members.ts";
import { readXml, type XmlElement } from "./read-xml.ts";

/** Members of all groups together, nested groups counted each time: groups of groups of groups may stand for very many. */
const MOST_MEMBERS = 2_000_000;

/** Warnings of each kind; the last one says how many there are. */
const MOST_WARNINGS = 10;

const GROUP_ELEMENTS: readonly string[] = ["ObjectGroup", "ServiceGroup", "DynamicGroup"];

const OBJECT_ELEMENTS: ReadonlySet<string> = new Set([
  ...GROUP_ELEMENTS,
  ...ADDRESS_ELEMENTS,
  ...SERVICE_ELEMENTS,
]);

/** A group or an object as it stands in the file. */
interface Found {
  readonly element: XmlElement;
  readonly isStandard: boolean;
}

/** Objects and groups of a file, in its order. */
interface Index {
  readonly byId: ReadonlyMap<string, XmlElement>;
  /** What may name something. */
  readonly all: readonly Found[];
}

/** Reads the sets, in the order of the file. Null where the file can't be read. */
export function readFwbuilderNames(file: SourceFile): {
  readonly sets: readonly NamedSet[] | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { root, diagnostics } = readXml(file);
  if (root === null) return { sets: null, diagnostics };
  if (root.name !== "FWObjectDatabase") {
    const fault = makeDiagnostic("NAMES_NOT_FWBUILDER", spanOf(file, root), { found: root.name });
    return { sets: null, diagnostics: [fault] };
  }
  const reading = new Reading(file, indexObjects(root));
  const sets = reading.readAll();
  const found = reading.diagnostics();
  return hasErrors(found) ? { sets: null, diagnostics: found } : { sets, diagnostics: found };
}

function spanOf(file: SourceFile, { start, end }: XmlElement) {
  return { file, start, end };
}

/** Everything with an id. Folders of the tree are ObjectGroups, too; rule sets hold no objects. */
function indexObjects(root: XmlElement): Index {
  const byId = new Map<string, XmlElement>();
  const all: Found[] = [];
  const walk = (element: XmlElement, isStandard: boolean, isPart: boolean): void => {
    if (OBJECT_ELEMENTS.has(element.name)) {
      // `eth0` is no name for the address of an interface, nor is that address's own (`gw:eth0:ip`).
      if (!isPart && element.name !== "Interface") all.push({ element, isStandard });
      const id = attribute(element, "id");
      if (id !== "" && !byId.has(id)) byId.set(id, element);
    }
    const inside = isPart || element.name === "Interface";
    for (const child of element.children) walk(child, isStandard, inside);
  };
  // The library that comes with the program has this id in all versions.
  for (const library of root.children) walk(library, attribute(library, "id") === "syslib000", false);
  return { byId, all };
}

/** One pass over a file's objects; what was noticed on the way is kept until the end. */
class Reading {
  readonly #file: SourceFile;
  readonly #index: Index;
  readonly #read = new Map<XmlElement, readonly NamedMember[] | null>();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #omitted = new Map<string, number>();
  #members = 0;

  constructor(file: SourceFile, index: Index) {
    this.#file = file;
    this.#index = index;
  }

  readAll(): readonly NamedSet[] {
    const sets: NamedSet[] = [];
    for (const { element, isStandard } of this.#index.all) {
      const isGroup = GROUP_ELEMENTS.includes(element.name);
      const members = isGroup ? this.#resolve(element) : this.#readObject(element);
      this.#members += members?.length ?? 0;
      if (this.#members > MOST_MEMBERS) {
        const args = { what: "members of groups", most: MOST_MEMBERS };
        this.#diagnostics.push(makeDiagnostic("NAMES_TOO_LARGE", null, args));
        return [];
      }
      const name = attribute(element, "name").trim();
      if (members === null || members.length === 0 || name === "") continue;
      const isService = element.name === "ServiceGroup" || SERVICE_ELEMENTS.includes(element.name);
      sets.push({ name, kind: isService ? "service" : "address", isGroup, isStandard, members });
    }
    return sets;
  }

  diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics.map((diagnostic) => {
      const more = this.#omitted.get(diagnostic.code) ?? 0;
      this.#omitted.delete(diagnostic.code);
      return more === 0
        ? diagnostic
        : { ...diagnostic, notes: [{ message: `there are ${more} more warnings like this` }] };
    });
  }

  /** Members of a group and of the groups in it; null where one is not known, or where it is a folder. Loops, no recursion: rings end. */
  #resolve(group: XmlElement): readonly NamedMember[] | null {
    // A folder holds objects, a group refers to them.
    if (group.name === "DynamicGroup" || group.children.some(({ name }) => !REFERENCES.includes(name)))
      return null;
    const members = new Map<string, NamedMember>();
    const seen = new Set<XmlElement>([group]);
    const open = [group];
    let isKnown = true;
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      for (const reference of each.children) {
        const id = attribute(reference, "ref");
        const target = this.#index.byId.get(id);
        if (target === undefined) {
          if (each === group) this.#warn("NAMES_UNRESOLVED", reference, { group: nameOf(group), id });
          isKnown = false;
        } else if (target === group) this.#warn("NAMES_CYCLE", reference, { group: nameOf(group) });
        else if (target.name === "ObjectGroup" || target.name === "ServiceGroup") {
          if (!seen.has(target)) open.push(target);
          seen.add(target);
        } else {
          const own = this.#readObject(target);
          isKnown &&= own !== null;
          for (const member of own ?? []) members.set(intervalKey(member), member);
        }
        this.#members++;
        if (this.#members > MOST_MEMBERS) return null;
      }
    }
    return isKnown ? [...members.values()] : null;
  }

  /** Members of a single object; null where they are not known. */
  #readObject(element: XmlElement): readonly NamedMember[] | null {
    const before = this.#read.get(element);
    if (before !== undefined) return before;
    const read = readMembers(element);
    if (read.kind === "bad") {
      const { expected, value } = read;
      this.#warn("NAMES_BAD_VALUE", element, { what: element.name, name: nameOf(element), expected, value });
    }
    const members = read.kind === "known" ? read.members : null;
    this.#read.set(element, members);
    return members;
  }

  #warn(code: WarningCode, element: XmlElement, args: Readonly<Record<string, string>>): void {
    const count = this.#diagnostics.filter((diagnostic) => diagnostic.code === code).length;
    if (count >= MOST_WARNINGS) this.#omitted.set(code, (this.#omitted.get(code) ?? 0) + 1);
    else this.#diagnostics.push(makeDiagnostic(code, spanOf(this.#file, element), args));
  }
}

type WarningCode = "NAMES_UNRESOLVED" | "NAMES_CYCLE" | "NAMES_BAD_VALUE";

const REFERENCES: readonly string[] = ["ObjectRef", "ServiceRef"];

function nameOf(element: XmlElement): string {
  return attribute(element, "name");
}

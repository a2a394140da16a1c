/**
 * Reads the files that names are looked up in.
 */
import { readFwbuilderNames } from "../../import/fwbuilder/read-names.ts";
import { parseHosts } from "../../import/hosts-file.ts";
import { limitDiagnostics } from "../../import/limit.ts";
import { parseServices } from "../../import/services-file.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import type { SourceFile } from "../../text/source.ts";
import { KnownNames } from "../known-names.ts";
import { HostNames } from "./host-names.ts";
import { ServiceTable } from "./service-table.ts";
import type { NameBase } from "./sources.ts";

/** Files with names, those that there are. */
export interface NameSourceFiles {
  /** Of Firewall Builder. */
  readonly names?: SourceFile | undefined;
  /** Hosts files and reverse-DNS dumps. */
  readonly hosts: readonly SourceFile[];
  readonly services?: SourceFile | undefined;
}

/** What the files have; the diagnostics tell of those that can't be read. */
export function readNameBase({ names, hosts, services }: NameSourceFiles): {
  readonly base: NameBase;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const base: { -readonly [Key in keyof NameBase]: NameBase[Key] } = {};
  if (names !== undefined) {
    const { sets, diagnostics: found } = readFwbuilderNames(names);
    diagnostics.push(...found);
    // Notes name the file, wherever it is.
    if (sets !== null) base.known = new KnownNames(sets, names.path.replace(/^.*\//, ""));
  }
  if (hosts.length > 0) {
    const read = hosts.map(parseHosts);
    diagnostics.push(...read.flatMap((each) => each.diagnostics));
    base.hosts = new HostNames(read.flatMap(({ entries }) => entries ?? []));
  }
  if (services !== undefined) {
    const { entries, diagnostics: found } = parseServices(services);
    diagnostics.push(...found);
    base.services = new ServiceTable(entries ?? []);
  }
  return { base, diagnostics: limitDiagnostics(diagnostics) };
}

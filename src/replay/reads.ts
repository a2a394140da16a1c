/**
 * What rules ask of packets: fields that nothing asks for need not be told apart, and interfaces that all rules treat alike are one.
 */
import type { Table } from "../model/types.ts";
import { fieldsOf, type PacketField } from "../verify/explain/packet.ts";
import { interfaceFits, LOOPBACK } from "../verify/sample/interfaces.ts";
import type { TableWalk } from "./table-walk.ts";

/** Fields that some rule of the tables depends on. */
export function fieldsRead(tables: readonly Table[]): ReadonlySet<PacketField> {
  const read = new Set<PacketField>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const { matches } of rules)
        for (const match of matches) for (const field of fieldsOf(match)) read.add(field);
  return read;
}

/** Whether some rule depends on a field. */
export function readsField(tables: readonly Table[], field: PacketField): boolean {
  return fieldsRead(tables).has(field);
}

/** A name for each kind of interface that rules tell apart; at least one. The loopback device is none of them: what goes by it is known. */
export function interfaceClasses(tables: readonly Table[], walks: readonly TableWalk[]): readonly string[] {
  const patterns = new Set<string>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const { matches } of rules)
        for (const match of matches)
          if (match.kind === "in" || match.kind === "out") patterns.add(match.name);
  const classes = new Map<string, string>();
  for (const name of walks.flatMap(({ compiled }) => compiled.interfaces)) {
    const kind = [...patterns].map((pattern) => Number(interfaceFits(pattern, name))).join("");
    if (name !== "" && name !== LOOPBACK && !classes.has(kind)) classes.set(kind, name);
  }
  return classes.size === 0 ? ["any"] : [...classes.values()];
}

/** Every hardware address that rules name, one that none does, and none at all where that is another thing: to `! --mac-source`. */
export function hardwareNames(tables: readonly Table[], walks: readonly TableWalk[]): readonly string[] {
  const isNegated = tables.some(({ chains }) =>
    chains.some(({ rules }) =>
      rules.some(({ matches }) => matches.some((match) => match.kind === "mac" && match.negated)),
    ),
  );
  const none = isNegated ? [""] : [];
  return [...new Set(["other", ...walks.flatMap(({ compiled }) => compiled.macs), ...none])];
}

/**
 * Services that save what is live when the machine is shut down: new rules that nobody has confirmed would be there after a restart, which is what a person who is locked
 * out may try first.
 *
 * Source: iptables-services of Fedora and its kin (`iptables-config`), and the init scripts of OpenRC (Alpine, Gentoo), whose default it is.
 */
import { textOfBytes } from "./bytes.ts";
import type { System } from "./system.ts";

/** Where it is set, and how it reads then. A shell reads these files. */
const SETTINGS: readonly (readonly [path: string, setting: RegExp])[] = [
  ["/etc/sysconfig/iptables-config", /^\s*(IPTABLES_SAVE_ON_(?:STOP|RESTART)=)["']?yes/m],
  ["/etc/sysconfig/ip6tables-config", /^\s*(IP6TABLES_SAVE_ON_(?:STOP|RESTART)=)["']?yes/m],
  ["/etc/conf.d/iptables", /^\s*(SAVE_ON_STOP=)["']?yes/m],
  ["/etc/conf.d/ip6tables", /^\s*(SAVE_ON_STOP=)["']?yes/m],
];

/** A sentence for each; never rejects. */
export async function findSaveOnStop(system: System): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const [path, setting] of SETTINGS) {
    const bytes = await system.readPersistent(path).catch(() => null);
    const [, name] = setting.exec(bytes === null ? "" : textOfBytes(bytes)) ?? [];
    if (name !== undefined)
      notes.push(
        `${path} has ${name}yes: a shutdown or restart before the confirmation would save the new rules for the next start; a power cut would not`,
      );
  }
  return notes;
}

/** Scripts of the shared corpus that stand beside the dump of a kernel on which they have run. */
import { join } from "node:path";
import { SHARED_CORPUS } from "../support/corpus.ts";

/** The address that the recorded machines had on the interface of each template. */
const ADDRESSES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "host-fw-template-1": [["i_eth0", "192.0.2.10"]],
  "fw-template-1": [["i_eth0", "192.0.2.10"]],
  "OpenWRT-template": [["i_eth1", "10.10.10.1"]],
};

const NAMES = [
  "branch-office",
  "fw-template-1",
  "fw-template-3",
  "host-fw-template-1",
  "OpenWRT-template",
].flatMap((name) => [name, `${name}-restore`]);

/** Folder of the scripts. */
export const tools = join(SHARED_CORPUS ?? "", "tools");

/** Script, dump, and what the machine's interfaces were. */
export const PAIRS = [
  ...NAMES.map((name) => ({
    name,
    script: `fwbuilder/${name}/${name}.fw`,
    dump: `fwbuilder/${name}/iptables-save.legacy`,
    defines: ADDRESSES[name.replace(/-restore$/u, "")] ?? [],
  })),
  ...["groups-shell", "groups-restore"].map((name) => ({
    name,
    script: `fwbuilder/groups/${name}.fw`,
    dump: `fwbuilder/groups/${name}.v4`,
    defines: [],
  })),
  ...["workstation", "dmz_router", "webserver"].map((name) => ({
    name: `ferm ${name}`,
    script: `ferm/${name}/ferm-lines-slow.txt`,
    dump: `ferm/${name}/iptables-save.legacy`,
    defines: [],
  })),
];

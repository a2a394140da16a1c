/** Services that would save rules that nobody has confirmed. */
import { expect, test } from "vitest";
import { findSaveOnStop } from "../../src/apply/save-on-stop.ts";
import { makeFakeMachine } from "./fake-system.ts";

test.each<[string, string, string | null]>([
  ["/etc/sysconfig/iptables-config", 'IPTABLES_SAVE_ON_STOP="yes"\n', "IPTABLES_SAVE_ON_STOP=yes"],
  ["/etc/sysconfig/iptables-config", 'IPTABLES_SAVE_ON_STOP="no"\n', null],
  ["/etc/sysconfig/iptables-config", '# IPTABLES_SAVE_ON_STOP="yes"\n', null],
  [
    "/etc/sysconfig/ip6tables-config",
    "A=1\nIP6TABLES_SAVE_ON_RESTART=yes\n",
    "IP6TABLES_SAVE_ON_RESTART=yes",
  ],
  ["/etc/conf.d/iptables", '# Save state on stopping\nSAVE_ON_STOP="yes"\n', "SAVE_ON_STOP=yes"],
  ["/etc/conf.d/ip6tables", "SAVE_ON_STOP='yes'\n", "SAVE_ON_STOP=yes"],
  ["/etc/conf.d/ip6tables", "NO_SAVE_ON_STOP=yes\n", null],
])("%s: %j", async (path, text, setting) => {
  const machine = makeFakeMachine("legacy", {});
  machine.persistent.set(path, text);
  const expected = setting === null ? [] : [expect.stringContaining(`${path} has ${setting}:`)];
  expect(await findSaveOnStop(machine.system)).toEqual(expected);
});

test("a file that can't be read is no obstacle", async () => {
  const machine = makeFakeMachine("legacy", {});
  const readPersistent = async () => Promise.reject(new Error("EIO"));
  expect(await findSaveOnStop({ ...machine.system, readPersistent })).toEqual([]);
});

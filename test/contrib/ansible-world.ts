/**
 * A control machine and hosts for Ansible: each a network namespace and a mount namespace of its own, hosts with sshd behind an iptables ruleset, so that a host whose rules lock
 * people out can't be reached by Ansible either. No packet leaves the namespaces.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Backend } from "../kernel/harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CONTRIB = join(ROOT, "contrib/ansible");
const BUNDLER = join(dirname(createRequire(import.meta.url).resolve("rolldown/package.json")), "bin/cli.mjs");
/** Debian's; another one in PATH may have no Ansible modules' needs. */
const PYTHON = "/usr/bin/python3";
const SSHD = "/usr/sbin/sshd";

/** What is missing on this machine beside what kernel tests need. */
export function findMissingForAnsible(): readonly string[] {
  const programs = ["ansible-playbook", "ssh", "ssh-keygen", "git", "nsenter"];
  const missing = programs.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  return existsSync(SSHD) ? missing : [...missing, "openssh-server"];
}

/** A firewall. */
export interface Host {
  readonly name: string;
  readonly backend: Backend;
  /** Input of ip6tables-restore and iptables-restore; of ipset. */
  readonly v4: string;
  readonly v6?: string;
  readonly sets?: string;
  /** To confirm; long, since a busy machine takes its time, but where nobody will. */
  readonly seconds?: number;
  /** Path of a file of tasks that stand before the confirmation. */
  readonly checkTasks?: string;
}

/** What came of a command. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
}

/** All of it; a class because it guards processes. */
export class AnsibleWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "markify-ansible-"));
  readonly #build = mkdtempSync(join(ROOT, "node_modules/.markify-test-"));
  readonly #machines = new Map<string, ChildProcess>();
  readonly #hosts: readonly Host[];

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
    this.#pack();
    mkdirSync(join(this.folder, "plans"));
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, "key")]);
    this.#open("control");
    this.must(
      "control",
      "ip link add br0 type bridge && ip link set br0 up && ip addr add 10.99.0.1/24 dev br0",
    );
    for (const [at, host] of hosts.entries()) this.#openHost(host, at);
    writeFileSync(join(this.folder, "inventory.yml"), JSON.stringify(this.#inventory()));
    const play = { hosts: "all", gather_facts: false, roles: ["markify"] };
    writeFileSync(join(this.folder, "play.yml"), JSON.stringify([play]));
    this.commit("nothing yet", "git init -q .");
  }

  /** The command, and the archive that the role copies: what `npm pack` has of it. */
  #pack(): void {
    const target = join(this.#build, "package/dist/cli");
    execFileSync(process.execPath, [BUNDLER, "-c", "rolldown.config.mjs", "--dir", target], { cwd: ROOT });
    execFileSync("cp", ["-r", "src/verify/kernel/helper", "src/apply/scripts", target], { cwd: ROOT });
    execFileSync("cp", ["package.json", join(this.#build, "package")], { cwd: ROOT });
    execFileSync("tar", ["-czf", this.archive, "-C", this.#build, "package"]);
  }

  get archive(): string {
    return join(this.folder, "markify.tgz");
  }

  #open(name: string): number {
    const holder = spawn("unshare", ["-n", "-m", "--propagation", "private", "sleep", "100000"], {
      stdio: "ignore",
    });
    this.#machines.set(name, holder);
    const own = readLink("/proc/self/ns/net");
    while (!isHeld(holder.pid!, own)) spawnSync("sleep", ["0.01"]);
    this.must(name, "mount -t tmpfs none /run && mkdir -p /run/sshd && ip link set lo up");
    return holder.pid!;
  }

  #openHost({ name, backend, v4, v6, sets }: Host, at: number): void {
    const pid = this.#open(name);
    this.must(
      "control",
      `ip link add port${at} type veth peer name eth0 netns ${pid} && ip link set port${at} master br0 up`,
    );
    this.must(name, `ip addr add ${address(at)}/24 dev eth0 && ip link set eth0 up`);
    this.must(name, "mkdir -p /var/lib/markify && mount -t tmpfs -o mode=0755 none /var/lib/markify");
    if (sets !== undefined) this.must(name, "ipset restore", sets);
    this.must(name, `iptables-${backend}-restore`, v4);
    if (v6 !== undefined) this.must(name, `ip6tables-${backend}-restore`, v6);
    const config = `HostKey ${this.folder}/key\nAuthorizedKeysFile ${this.folder}/key.pub\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n`;
    writeFileSync(join(this.folder, "sshd_config"), config);
    const sshd = [SSHD, "-D", "-e", "-f", join(this.folder, "sshd_config")];
    this.#machines.set(
      `sshd of ${name}`,
      spawn("nsenter", ["-t", String(pid), "-n", "-m", ...sshd], { stdio: "ignore" }),
    );
  }

  #inventory() {
    const markify = [process.execPath, join(this.#build, "package/dist/cli/bin.js")];
    const ssh = `-i ${this.folder}/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ServerAliveInterval=2 -o ServerAliveCountMax=3`;
    const vars = {
      ansible_user: "root",
      ansible_python_interpreter: PYTHON,
      ansible_ssh_common_args: ssh,
      ansible_remote_tmp: "/run/ansible",
      ansible_async_dir: "/run/ansible-async",
      markify_control_command: markify,
      markify_become: false,
      markify_install: "copy",
      markify_install_dir: "/run/markify",
      markify_package: this.archive,
      markify_node: process.execPath,
      markify_connect_seconds: 12,
      markify_apply_options: ["--packets", "1000"],
    };
    const hosts = this.#hosts.map(({ name, backend, checkTasks = "", seconds = 300 }, at) => [
      name,
      {
        ansible_host: address(at),
        markify_backend: backend,
        markify_check_tasks: checkTasks,
        markify_seconds: seconds,
      },
    ]);
    return { all: { hosts: Object.fromEntries(hosts), vars } };
  }

  /** Runs a command line on a machine. */
  run(name: string, command: string, input = ""): Ran {
    const pid = String(this.#machines.get(name)!.pid);
    const run = spawnSync("nsenter", ["-t", pid, "-n", "-m", "sh", "-c", command], {
      input,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
    });
    return { status: run.status, out: `${run.stdout}${run.stderr}` };
  }

  /** The same for what can't fail. */
  must(name: string, command: string, input = ""): string {
    const { status, out } = this.run(name, command, input);
    if (status !== 0) throw new Error(`${name}: ${command}: exit ${status}: ${out}`);
    return out;
  }

  /** Whether Ansible can read a playbook of `contrib`. */
  readPlaybook(name: string): Ran {
    return this.run(
      "control",
      `cd ${CONTRIB} && HOME=${this.folder} ansible-playbook -i inventory.ini --syntax-check ${name}`,
    );
  }

  /** Runs the role on the control machine. */
  play(words: string): Ran & { readonly recap: ReadonlyMap<string, Recap> } {
    const settings = [
      `HOME=${this.folder}`,
      `ANSIBLE_ROLES_PATH=${CONTRIB}/roles`,
      "ANSIBLE_SSH_CONTROL_PATH_DIR=/run/cp",
      "ANSIBLE_PIPELINING=1",
      "ANSIBLE_TIMEOUT=5",
      "ANSIBLE_FORKS=4",
      "ANSIBLE_NOCOLOR=1",
      "ANSIBLE_LOCALHOST_WARNING=0",
      "ANSIBLE_RETRY_FILES_ENABLED=0",
    ].join(" ");
    const ran = this.run(
      "control",
      `cd ${this.folder} && ${settings} ansible-playbook -i inventory.yml play.yml ${words}`,
    );
    return { ...ran, recap: readRecap(ran.out) };
  }

  /** Commits all plans, as they are reviewed. */
  commit(message: string, first = ":"): void {
    const who = "git -c user.name=reviewer -c user.email=reviewer@example.net";
    this.must(
      "control",
      `cd ${this.folder}/plans && ${first} && git add -A . && ${who} commit -q --allow-empty -m '${message}'`,
    );
  }

  markify(folder: string, words: string): string {
    return this.must(
      "control",
      `cd ${folder} && ${process.execPath} ${this.#build}/package/dist/cli/bin.js ${words}`,
    );
  }

  /** What is live, without counters. */
  live({ name, backend }: Host): string {
    const text = this.must(name, `iptables-${backend}-save; ip6tables-${backend}-save; ipset save`);
    return text.replaceAll(/^#.*\n/gm, "").replaceAll(/\[\d+:\d+\]/g, "[0:0]");
  }

  /** States of the applies on a host, the oldest first. */
  states({ name }: Host): readonly string[] {
    const markify = `${process.execPath} /run/markify/package/dist/cli/bin.js`;
    const { applies } = JSON.parse(this.must(name, `${markify} history --json 2>/dev/null`)) as {
      readonly applies: readonly { readonly state: string }[];
    };
    return applies.map(({ state }) => state);
  }

  /** Applies the plan of a host by hand, and leaves it waiting. */
  applyByHand({ name, backend }: Host): void {
    const markify = `${process.execPath} /run/markify/package/dist/cli/bin.js`;
    const plan = `${this.folder}/plans/${name}/${name}.markify.yaml`;
    const apply = `${markify} apply ${plan} --live --yes --seconds 120 --packets 1000 --backend ${backend}`;
    const waits = `${markify} history 2>/dev/null | grep -q waiting`;
    this.must(
      name,
      `${apply} >/dev/null 2>&1 & for i in $(seq 60); do ${waits} && exit 0; sleep 1; done; exit 1`,
    );
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  close(): void {
    for (const machine of this.#machines.values()) machine.kill("SIGKILL");
    for (const path of [this.folder, this.#build]) rmSync(path, { recursive: true, force: true });
  }
}

/** Ansible's counts for one host. */
export type Recap = Readonly<Record<"ok" | "changed" | "unreachable" | "failed", number>>;

function readRecap(out: string): ReadonlyMap<string, Recap> {
  const lines = out.slice(out.indexOf("PLAY RECAP")).matchAll(/^(\S+)\s+: (ok=.*)$/gm);
  return new Map(
    [...lines].map(([, name, counts]) => [
      name!,
      Object.fromEntries(
        [...counts!.matchAll(/(\w+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)]),
      ) as Recap,
    ]),
  );
}

function address(at: number): string {
  return `10.99.0.${at + 11}`;
}

function readLink(path: string): string {
  return spawnSync("readlink", [path], { encoding: "utf8" }).stdout;
}

function isHeld(pid: number, own: string): boolean {
  const its = readLink(`/proc/${pid}/ns/net`);
  return (
    its !== "" &&
    its !== own &&
    spawnSync("cat", [`/proc/${pid}/comm`], { encoding: "utf8" }).stdout === "sleep\n"
  );
}

/** What others did to their chains while the new rules were live is left to them; what they did to chains that are as before again is shown. */
import { expect, test } from "vitest";
import { BACKENDS, describeKernel } from "../kernel/harness.ts";
import { SCENE, SMALL } from "./scenes.ts";
import { inWorld, type Scene, type World } from "./world.ts";

/** The lines of one chain, as they stand in the live table. */
function linesOf(world: World, chain: string): readonly string[] {
  return world
    .save("v4", "filter")
    .split("\n")
    .filter((line) => line.includes(`-A ${chain} `))
    .map((line) => line.replace(/^\[\d+:\d+\] /, ""));
}

function changed(scene: Scene, from: string, to: string): Scene {
  const replace = (text: string) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  };
  return {
    ...scene,
    old: { v4: { filter: replace(scene.old.v4!.filter!) } },
    load: { v4: { filter: replace(scene.load.v4!.filter!) } },
  };
}

describeKernel("what others changed meanwhile", () => {
  test.each(BACKENDS)("%s: Docker's and fail2ban's chains stay as they made them", (backend) =>
    inWorld(backend, (world) => {
      world.prepare(SCENE);
      const before = world.save("v4", "filter");
      world.apply(SCENE);
      for (const command of [
        "-A DOCKER -d 172.17.0.3/32 -j ACCEPT",
        "-I f2b-sshd 1 -s 203.0.113.9/32 -j REJECT --reject-with icmp-port-unreachable",
        "-N f2b-web",
        "-A f2b-web -s 203.0.113.10/32 -j DROP",
        "-A FORWARD -i br0 -j f2b-web",
        "-N DOCKER-USER",
        "-I INPUT 1 -p tcp -j f2b-web",
        "-A INPUT -s 192.0.2.99/32 -j DROP",
        "-D DOCKER -d 172.17.0.2/32 -j ACCEPT",
        "-P OUTPUT DROP",
      ])
        world.iptables("v4", command);
      const theirs = ["DOCKER", "f2b-sshd", "f2b-web", "FORWARD"].map((chain) => linesOf(world, chain));

      expect(world.restore().status).toBe(0);
      expect(["DOCKER", "f2b-sshd", "f2b-web", "FORWARD"].map((chain) => linesOf(world, chain))).toEqual(
        theirs,
      );
      const after = world.save("v4", "filter");
      expect(after).toContain(":DOCKER-USER - ");
      // Every other line is as it was, counters and policies included.
      const isTheirs = (line: string) => /DOCKER|f2b-|-A FORWARD/.test(line) && !line.includes("-A INPUT");
      const own = (text: string) => text.split("\n").filter((line) => !isTheirs(line));
      expect(own(after)).toEqual(own(before));

      expect(world.read("others").split("\n")).toEqual([
        "v4 filter: added meanwhile, not put back: -A INPUT -p tcp -j f2b-web",
        "v4 filter: added meanwhile, not put back: -A INPUT -s 192.0.2.99/32 -j DROP",
        "v4 filter: chain FORWARD was changed meanwhile, left as it is",
        "v4 filter: the policy of OUTPUT was set to DROP meanwhile, it is ACCEPT again",
        "v4 filter: chain DOCKER was changed meanwhile, left as it is",
        "v4 filter: chain DOCKER-USER was made meanwhile, left as it is",
        "v4 filter: chain f2b-sshd was changed meanwhile, left as it is",
        "v4 filter: chain f2b-web was made meanwhile, left as it is",
        `v4 filter: to add them again: ${world.program("v4", "restore")} --noflush < ${world.folder}/others.v4.filter`,
        "",
      ]);
      // The command does what it says.
      world.must(`${world.program("v4", "restore")} --noflush < ${world.folder}/others.v4.filter`);
      const input = linesOf(world, "INPUT");
      expect(input[0]).toBe("-A INPUT -p tcp -j f2b-web");
      expect(input.at(-1)).toBe("-A INPUT -s 192.0.2.99/32 -j DROP");
    }),
  );

  test.each(BACKENDS)(
    "%s: a second restore keeps them, and loses nothing of what the first one showed",
    (backend) =>
      inWorld(backend, (world) => {
        world.prepare(SMALL);
        world.apply(SMALL);
        world.iptables("v4", "-A theirs -s 203.0.113.9/32 -j DROP");
        world.iptables("v4", "-A INPUT -s 192.0.2.99/32 -j DROP");
        expect(world.restore().status).toBe(0);
        const [once, shown] = [world.save("v4", "filter"), world.read("others.v4.filter")];
        expect(shown).toBe("*filter\n-A INPUT -s 192.0.2.99/32 -j DROP\nCOMMIT\n");
        world.iptables("v4", "-I INPUT 1 -s 192.0.2.100/32 -j DROP");
        expect(world.restore().status).toBe(0);
        expect(world.save("v4", "filter")).toBe(once);
        expect(world.read("others.v4.filter")).toBe(
          `${shown}*filter\n-I INPUT 1 -s 192.0.2.100/32 -j DROP\nCOMMIT\n`,
        );
      }),
  );

  test.each(BACKENDS)("%s: what they removed is back, and named", (backend) =>
    inWorld(backend, (world) => {
      world.prepare(SMALL);
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      for (const command of ["-D INPUT -j theirs", "-F theirs", "-X theirs"]) world.iptables("v4", command);
      expect(world.restore().status).toBe(0);
      expect(world.save("v4", "filter")).toBe(before);
      expect(world.read("others")).toBe(
        "v4 filter: removed meanwhile, there again: -A INPUT -j theirs\nv4 filter: chain theirs was removed meanwhile, there again\n",
      );
    }),
  );

  test.each(BACKENDS)("%s: lines in a chain that is gone are kept as comments", (backend) =>
    inWorld(backend, (world) => {
      world.prepare(SMALL);
      const before = world.save("v4", "filter");
      world.apply(SMALL);
      world.iptables("v4", "-A new -s 192.0.2.99/32 -j DROP");
      expect(world.restore().status).toBe(0);
      expect(world.save("v4", "filter")).toBe(before);
      expect(world.read("others.v4.filter")).toBe(
        "*filter\n# the chain is gone: -A new -s 192.0.2.99/32 -j DROP\nCOMMIT\n",
      );
      world.must(`${world.program("v4", "restore")} --noflush < ${world.folder}/others.v4.filter`);
    }),
  );

  test.each(BACKENDS)(
    "%s: when their chains can't be loaded with the old ones, the old table comes back alone",
    (backend) =>
      inWorld(backend, (world) => {
        world.prepare(SMALL);
        const before = world.save("v4", "filter");
        world.apply(SMALL);
        // `new` is gone with the load: the old table with this line in it is refused.
        world.iptables("v4", "-A theirs -s 203.0.113.9/32 -j new");
        world.iptables("v4", "-N made");
        world.iptables("v4", "-A made -s 203.0.113.10/32 -j DROP");
        const { status, err } = world.restore();
        expect(status).toBe(0);
        expect(err).toContain(
          "v4 filter: the old table with the chains of others was refused: it comes back as it was",
        );
        expect(world.save("v4", "filter")).toBe(before);
        expect(world.read("others.v4.filter")).toBe(
          [
            "*filter",
            ":made - [0:0]",
            "-I made 1 -s 203.0.113.10/32 -j DROP",
            "-A theirs -s 203.0.113.9/32 -j new",
            "COMMIT",
            "",
          ].join("\n"),
        );
      }),
  );

  test("members of sets that the load filled: what others added is shown and kept, what they removed is there again", () =>
    inWorld("nft", (world) => {
      const scene: Scene = {
        ...SCENE,
        oldSets:
          "create bad hash:net family inet timeout 0 comment\nadd bad 192.0.2.0/24\nadd bad 198.51.100.7\nadd bad 198.51.100.8\nadd bad 198.51.100.9 timeout 3000\n",
        newSets: [
          ...["create new hash:net family inet", "add new 192.0.2.0/24"],
          ...["create bad~ hash:net family inet timeout 0 comment", "flush bad~", "add bad~ 198.51.100.7/32"],
          ...["add bad~ 198.51.100.8/32", "add bad~ 203.0.113.0/24", "swap bad~ bad", "destroy bad~"],
          ...["create good hash:ip family inet", "add good 192.0.2.1", ""],
        ].join("\n"),
        touchedSets: [...SCENE.touchedSets!, { name: "bad~", existed: false }],
      };
      world.prepare(scene);
      const lines = () =>
        world
          .must("ipset save bad")
          .replace(/ timeout \d+/g, "")
          .split("\n")
          .sort();
      const before = lines();
      world.apply(scene);
      for (const words of [
        "add bad 198.51.100.20 timeout 600 comment 'it is $(id)'",
        "add bad 203.0.113.128/25 nomatch",
        "del bad 198.51.100.8",
        "del bad 203.0.113.0/24",
        "add good 192.0.2.2",
      ])
        world.must(`ipset ${words}`);
      const { status, out } = world.restore();
      expect(status).toBe(0);
      expect(lines()).toEqual(before);
      const said = world.read("others").replace(/timeout (59\d|600)/g, "timeout N");
      const file = `${world.folder}/others.sets`;
      const again = `to add them again: ${world.must("command -v ipset").trim()} -exist restore < ${file}`;
      // The kernel lists members in any order.
      const sorted = said.split("\n").sort();
      expect(sorted).toEqual([
        "",
        'set bad: added meanwhile, not put back: 198.51.100.20 timeout N comment "it is $(id)"',
        "set bad: added meanwhile, not put back: 203.0.113.128/25 timeout 0 nomatch",
        "set bad: removed meanwhile, there again: 198.51.100.8",
        `set bad: ${again}`,
        "set good: added meanwhile, not put back: 192.0.2.2",
        `set good: ${again}`,
      ]);
      expect(out).toContain("set bad: added meanwhile, not put back: 198.51.100.20");
      // The command does what it says; what was in a set that is gone is only told.
      world.must(`ipset -exist restore < ${file}`);
      expect(lines().join()).toContain("198.51.100.20");
      expect(lines().join()).toContain("203.0.113.128/25 nomatch");
      expect(world.read("others.sets")).toContain("# the set is gone: add good 192.0.2.2\n");
      // Again: they are shown again, as long as they are no part of the old set.
      expect(world.restore().status).toBe(0);
      expect(lines()).toEqual(before);
      expect(world.read("others.sets").match(/^add bad 198.51.100.20 /gm)).toHaveLength(2);
    }));

  test.each(BACKENDS)("%s: a created table keeps what others put into it, and no more", (backend) =>
    inWorld(backend, (world) => {
      world.prepare(SCENE);
      world.apply(SCENE);
      world.iptables("v4", "-t nat -N DOCKER");
      world.iptables(
        "v4",
        "-t nat -A DOCKER -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80",
      );
      world.iptables("v4", "-t nat -A PREROUTING -j DOCKER");
      expect(world.restore().status).toBe(0);
      expect(world.save("v4", "nat").replaceAll(/^:(\w+) ACCEPT.*\n/gm, "")).toBe(
        "*nat\n:DOCKER - [0:0]\n[0:0] -A DOCKER -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n",
      );
      expect(world.read("others")).toContain(
        "v4 nat: added meanwhile, not put back: -A PREROUTING -j DOCKER",
      );
    }),
  );

  test.each(BACKENDS)(
    "%s: a table that the load never came to is what it was, and none is made by looking",
    (backend) =>
      inWorld(backend, (world) => {
        world.prepare(SCENE);
        const before = world.save("v4", "filter");
        world.must("ipset restore", SCENE.newSets!);
        world.load("v4", SCENE.load.v4!.filter!);
        world.write("load-ended", "");
        expect(world.restore().status).toBe(0);
        expect(world.save("v4", "filter")).toBe(before);
        const tables =
          backend === "nft" ? world.must("nft list tables") : world.must("cat /proc/net/ip_tables_names");
        expect(tables).toContain("filter");
        expect(tables).not.toContain("nat");
        expect(world.read("others")).toBe("");
      }),
  );

  /** Texts that shells, awk and printf would make something else of. */
  const ODD = String.raw`it's \"100%s\" \\n \\ $(touch /run/x) $HOME & | ; * ~ -A INPUT [1:2] -j`;

  test.each(BACKENDS)("%s: comments and names of any kind go through unchanged", (backend) =>
    inWorld(backend, (world) => {
      const comment = (rule: string) => `${rule} -m comment --comment "${ODD} \`id\`\t\xe4"`;
      const scene = changed(
        changed(
          changed(SMALL, "-s 198.51.100.1/32", comment("-s 198.51.100.1/32")),
          "-s 10.0.0.1/32",
          comment("-s 10.0.0.1/32"),
        ),
        "theirs",
        "$a`b'c%s&d*",
      );
      world.prepare(scene);
      const before = world.save("v4", "filter");
      expect(before).toContain("$(touch /run/x)");
      world.apply(scene);
      const name = "'$a`b'\\''c%s&d*'";
      world.iptables("v4", `-A ${name} -s 192.0.2.1/32 -m comment --comment '$(id) %d \\ "q" \`x\`' -j DROP`);
      world.iptables("v4", `-A INPUT -s 192.0.2.2/32 -m comment --comment '$(id) %d \\ "q" \`x\`' -j DROP`);
      const added = world
        .save("v4", "filter")
        .split("\n")
        .filter((line) => line.includes("%d"));
      expect(added.length).toBe(2);
      expect(world.restore().status).toBe(0);
      const after = world.save("v4", "filter").split("\n");
      const theirs = added.find((line) => !line.includes("INPUT"))!;
      expect(after).toContain(theirs);
      // Of the chain that is theirs, the counters are the live ones too.
      const rest = after.filter((line) => line !== theirs).join("\n");
      expect(rest).toBe(before.replace("[1:60]", "[0:0]"));
      expect(world.run("test -e /run/x").status).toBe(1);
      world.must(`${world.program("v4", "restore")} --noflush < ${world.folder}/others.v4.filter`);
      const sorted = (lines: readonly string[]) =>
        lines.map((line) => line.replace(/\[\d+:\d+\]/, "")).sort();
      expect(sorted(world.save("v4", "filter").split("\n"))).toEqual(sorted([...rest.split("\n"), ...added]));
    }),
  );
});

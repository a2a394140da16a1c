/**
 * How policy rules of runs end: chains that clear the own bits and give a verdict, chains that test what is left of a rule before, and those of services, which lead to one of both.
 *
 *     -A SRV-WEB -p tcp -m tcp --dport 80 -j V-ACCEPT-2
 *     -A V-ACCEPT-2 -m conntrack --ctstate NEW -j V-ACCEPT
 *     -A V-ACCEPT -j MARK --set-xmark 0x0/0x3
 *     -A V-ACCEPT -j ACCEPT
 */
import { printMark } from "../../plan/own-bits.ts";
import type { ChainNames } from "../chain-names.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { MergedRule } from "../product.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import type { RunNames } from "./run-names.ts";
import { line, serviceGuards, verdictWords } from "./words.ts";

/** One for each verdict, and for each use of a service group; a class because they are made as they are asked for. */
export class Endings {
  readonly #names: ChainNames;
  readonly #groups: RunNames;
  readonly #services: ReadonlyMap<string, GroupChain>;
  readonly #context: LayoutContext;
  readonly #verdicts = new Map<string, NewChain>();
  readonly #uses = new Map<string, NewChain>();

  /** `services`: service groups of the table's runs, by id. */
  constructor(
    names: ChainNames,
    groups: RunNames,
    services: ReadonlyMap<string, GroupChain>,
    context: LayoutContext,
  ) {
    this.#names = names;
    this.#groups = groups;
    this.#services = services;
    this.#context = context;
  }

  /** The chain of a policy rule: its services, or its verdict. */
  layOutRule(merged: MergedRule, comment: string): readonly RewrittenLine[] {
    const { policy, groups, template } = merged;
    const origins = merged.rules.map((rule) => rule.line);
    const { protocol, rest, target } = verdictWords(merged);
    const service = groups.find(({ axis }) => axis === "service");
    // Some targets demand a protocol in their own line.
    const demanded = template.rule.target.kind === "extension";
    const beside = service === undefined ? (/(?<!! )-p \S+/.exec(rest)?.[0] ?? "") : protocol;
    const decide = this.#decide(isDrop(merged), demanded ? beside : "", target);
    if (service === undefined) return [line(origins, "-A", policy.name, rest, comment, decide)];
    const tests = line([], protocol, rest).text;
    const end = rest === "" ? decide : `-j ${this.#condition(tests, decide, target)}`;
    const chain = this.#use(service.id, end, rest === "" ? target : `${rest} ${target}`);
    return serviceGuards(merged).map((before, at) =>
      line(origins, "-A", policy.name, before, at === 0 ? comment : "", "-g", chain),
    );
  }

  /** DROP alone may leave bits on packets, where there are some. */
  #decide(drops: boolean, protocol: string, target: string): string {
    return drops || this.#context.own === 0 ? target : `-j ${this.#verdict(protocol, target)}`;
  }

  /** The chain for a verdict; `protocol` stands beside targets that demand theirs. */
  #verdict(protocol: string, target: string): string {
    const own = printMark(this.#context.own);
    return this.#take(line([], protocol, target).text, target, (name) => ({
      name,
      title: `${name}: clears the mark bits of the groups -> ${target.slice(3)}`,
      lines: [
        line([], "-A", name, "-j", "MARK", "--set-xmark", `0x0/${own}`),
        line([], "-A", name, protocol, target),
      ],
    }));
  }

  /** The chain of a test behind the services. */
  #condition(tests: string, decide: string, target: string): string {
    return this.#take(`${tests} ${decide}`, target, (name) => ({
      name,
      title: `${name}: ${tests} -> ${decide.slice(3)}`,
      lines: [line([], "-A", name, tests, decide)],
    }));
  }

  #take(key: string, target: string, make: (name: string) => NewChain): string {
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known.name;
    const chain = make(this.#names.take(`V-${target.split(" ")[1]}`));
    this.#verdicts.set(key, chain);
    return chain.name;
  }

  /** The chain of a service group whose members go on to `end`. */
  #use(id: string, end: string, words: string): string {
    const key = `${id} ${end}`;
    const known = this.#uses.get(key);
    if (known !== undefined) return known.name;
    const { group, members } = this.#services.get(id)!;
    const name = this.#groups.take(group);
    const lines = [...members.values()].map(({ text, origins }) => line([...origins], "-A", name, text, end));
    this.#uses.set(key, { name, title: `${name}: service group -> ${words}`, lines });
    return name;
  }

  /** All of them. */
  get chains(): readonly NewChain[] {
    return [...this.#uses.values(), ...this.#verdicts.values()];
  }
}

function isDrop({ template }: MergedRule): boolean {
  const { target } = template.rule;
  return target.kind === "verdict" && target.verdict === "DROP";
}

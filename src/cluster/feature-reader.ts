/**
 * Takes many rules apart. Large rulesets repeat few forms: rules that share all matches but their addresses, and the target, are taken apart once.
 */
import { AXES, type Family, type Match, type Rule, type Target } from "../model/types.ts";
import { type Features, findFeatures, type Movable, signedByLine, type Token } from "./features.ts";

/** A step of a rule's form: a match or target (equal ones are one object in a ruleset), or that an address is tested. */
type Step = Match | Target | "source" | "destination";

interface FormNode {
  readonly next: Map<Step, FormNode>;
  /** A rule of this form, taken apart. */
  example: Features | null;
}

const SOURCE = AXES.indexOf("source");
const DESTINATION = AXES.indexOf("destination");

/** Takes the rules of one family apart; as `findFeatures` does, and remembers the forms. */
export class FeatureReader {
  readonly #family: Family;
  readonly #root: FormNode = { next: new Map(), example: null };
  readonly #tokens = new Map<Match, Token>();

  constructor(family: Family) {
    this.#family = family;
  }

  read(rule: Rule): Features {
    const node = this.#formOf(rule);
    const { example } = node;
    if (example === null) {
      const features = findFeatures(rule, this.#family);
      node.example = features;
      return features;
    }
    if (example.kind === "barrier") return { kind: "barrier", rule, reason: example.reason };
    return this.#another(example, rule);
  }

  #formOf({ matches, target }: Rule): FormNode {
    let node = follow(this.#root, target);
    for (const match of matches) {
      if (match.kind !== "comment") node = follow(node, isAddress(match) ? match.kind : match);
    }
    return node;
  }

  /** A rule that differs from the example in its addresses only. */
  #another(example: Movable, rule: Rule): Movable {
    const tokens = [...example.tokens];
    for (const match of rule.matches) {
      if (isAddress(match)) tokens[match.kind === "source" ? SOURCE : DESTINATION] = this.#tokenOf(match);
    }
    const { kin } = example;
    return { ...example, rule, tokens, ...(kin === undefined ? {} : signedByLine(kin, rule)) };
  }

  #tokenOf(match: Match): Token {
    let token = this.#tokens.get(match);
    if (token === undefined) {
      token = { key: match.text.slice(3), text: match.text };
      this.#tokens.set(match, token);
    }
    return token;
  }
}

function follow(node: FormNode, step: Step): FormNode {
  let next = node.next.get(step);
  if (next === undefined) {
    next = { next: new Map(), example: null };
    node.next.set(step, next);
  }
  return next;
}

/** Whether a match is a member of the source or destination axis, whatever else the rule says. */
function isAddress(match: Match): match is Match & { readonly kind: "source" | "destination" } {
  return (
    (match.kind === "source" || match.kind === "destination") && !match.negated && match.address !== null
  );
}

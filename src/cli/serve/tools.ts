/**
 * What editing in the browser needs from outside: a server on this machine alone, a proof that runs beside it, a secret, and the wish to end. The real ones are in
 * `node-tools.ts`.
 */
import type { Encoding } from "../../text/source.ts";
import type { PageParts } from "../../report/html.ts";
import type { VerifyView } from "../../report/verify-view.ts";

/** The first part of a request, by which alone it may be refused. */
export interface RequestHead {
  readonly method: string;
  /** As it stands in the request: path and all behind it. */
  readonly target: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How requests are answered. */
export interface Door {
  /** An answer for a request that is not let in; its body is not read. */
  readonly refuse: (head: RequestHead, port: number) => Answer | null;
  readonly answer: (head: RequestHead, body: string) => Promise<Answer>;
  /** Bodies of more bytes are refused. */
  readonly mostBytes: number;
  readonly tooLarge: Answer;
}

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

/** A plan to prove: the text that is in its file, or will be. */
export interface ProofOrder {
  readonly planPath: string;
  readonly text: string;
  readonly encoding: Encoding;
  readonly traffic: string | null;
}

/** What a proof came to. */
export type ProofOutcome =
  | { readonly kind: "done"; readonly check: VerifyView }
  | { readonly kind: "failed"; readonly why: string };

/** The tools. */
export interface ServeTools {
  /** What the served page has from the build. */
  readonly readPageParts: () => Promise<PageParts>;
  /** On 127.0.0.1, at a port that the system chooses. */
  readonly listen: (door: Door) => Promise<Listening>;
  /** Begins a proof, and tells its outcome once; the function that it gives ends it at once, and then nothing is told. */
  readonly startProof: (order: ProofOrder, tell: (outcome: ProofOutcome) => void) => () => void;
  /** A secret that nobody can guess: letters, digits, - and _. */
  readonly makeToken: () => string;
  /** Whether a text is the secret; takes the same time for all texts of one length. */
  readonly isSame: (text: string, secret: string) => boolean;
  /** Calls once when somebody asks the program to end; the function that it gives takes that back. */
  readonly onInterrupt: (end: () => void) => () => void;
}

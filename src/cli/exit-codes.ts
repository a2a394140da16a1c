/**
 * The exit codes: one table, fixed meaning, no option changes it.
 */

/** Every code that markify ends with. */
export const EXIT = Object.freeze({
  /** Done, nothing bad found; a plan with changes is success. */
  done: 0,
  /** Done, and the answer is negative: the input has errors, the rulesets differ, a packet fares otherwise, an assertion is broken, or lint found something. */
  negative: 1,
  /** Wrong usage, or a file that is missing or can't be read or written. */
  usage: 2,
  /** markify's own fault; the stack is in a file that stderr names. */
  ownFault: 3,
  /** Can't tell. */
  unknown: 4,
  /** Refused before anything was touched: the plan's input has changed, the file belongs to another input, the plan changes the policy. */
  refused: 5,
  /** Live: the load failed; the old rules are back, and were read back. */
  failedBack: 6,
  /** Live: it is not known which rules are live; the backup and the command that restores it were printed. */
  liveUnknown: 7,
  /** Live: not confirmed in time, or the check failed; the old rules are back. */
  notConfirmed: 8,
  /** Interrupted, as a shell reports it: the signal itself ends the process. Nothing is left half written. */
  interrupted: 130,
} as const);

/** One of the codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each answer of the checker ends with. */
export const ANSWER_EXIT = Object.freeze({
  equal: EXIT.done,
  different: EXIT.negative,
  unknown: EXIT.unknown,
} as const);

/** What `--help` says about them. */
export const EXIT_CODE_HELP = `Exit codes:
  0    done, nothing bad found
  1    the input has errors, the rulesets differ, a packet fares otherwise, an assertion is broken, or lint found something
  2    wrong usage, or a file that is missing or unreadable
  3    a fault of markify itself
  4    can't tell whether the rulesets are equal, an assertion holds, a rule does anything, or what becomes of the packet
  5    refused before anything was touched (a changed input, another plan's file, a change of the policy, a stale plan)
  6    apply --live failed; the old rules are live again, and were read back
  7    apply --live failed, and it is not known which rules are live; the backup and the command were printed
  8    not confirmed in time; the old rules are live again
  130  interrupted`;

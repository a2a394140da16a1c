/** The one error that markify throws for its own bugs; bad input gives diagnostics instead. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/** Ends a `switch` over a union: a new member that is not handled fails to compile, and stops here at run time. */
export function assertNever(value: never): never {
  throw new InternalError(`unexpected case: ${JSON.stringify(value)}`);
}

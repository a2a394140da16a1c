/**
 * Combinations of a policy rule's members that no flat rule says, as text.
 */

/** A combination: its members in AXES order, such as `10.1.4.7/32 | 10.2.0.1/32 | tcp dport 5432`. */
export function missingText(members: readonly string[]): string {
  return members.join(" | ");
}

/** The members of a combination. */
export function missingMembers(text: string): readonly string[] {
  return text.split(" | ");
}

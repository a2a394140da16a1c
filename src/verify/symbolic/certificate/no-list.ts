/** Thrown where the certificate can't be made: nothing is known then. */
export class NoList extends Error {
  override readonly name = "NoList";
}

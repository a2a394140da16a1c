/**
 * A picture with its words.
 */
import type { ComponentChildren } from "preact";

/** A picture, and beside it what is pointed at or chosen in it, in words; on paper the picture alone. */
export function Beside({
  words,
  children,
}: {
  readonly words: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  if (words === null) return <>{children}</>;
  return (
    <div class="beside">
      <div class="field">{children}</div>
      <div class="about cell" role="status">
        {words}
      </div>
    </div>
  );
}

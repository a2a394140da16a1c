/**
 * The completion script for a shell, from the program's own definitions.
 */
import type { Command } from "commander";
import { renderBash } from "./bash.ts";
import { describeCommand } from "./describe.ts";
import { renderFish } from "./fish.ts";
import { renderZsh } from "./zsh.ts";

const RENDERERS = { bash: renderBash, fish: renderFish, zsh: renderZsh } as const;

/** The script; ends with a line end. */
export function renderCompletion(program: Command, shell: keyof typeof RENDERERS): string {
  return RENDERERS[shell](describeCommand(program));
}

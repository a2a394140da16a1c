/** The part of the bundler's configuration that tests use. */
import type { InputOptions, OutputOptions } from "rolldown";

export const page: InputOptions & { readonly output: OutputOptions };

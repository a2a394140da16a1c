/** The parts of the bundler's configuration that tests use. */
import type { InputOptions, OutputOptions } from "rolldown";

type PageBuild = InputOptions & { readonly output: OutputOptions };

export const pages: { readonly page: PageBuild; readonly served: PageBuild };

/** For each code of hosts and services files, the least that yields it. */
import { parseHosts } from "../../src/import/hosts-file.ts";
import { parseServices } from "../../src/import/services-file.ts";
import type { HOST_CODES } from "../../src/text/codes-hosts.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile } from "../../src/text/source.ts";

type Example = () => readonly Diagnostic[];

const hosts = (text: string): Example => {
  return () => parseHosts(makeSourceFile("hosts", text)).diagnostics;
};

/** The record's type demands one for every code. */
export const HOST_CODE_EXAMPLES: Readonly<Record<keyof typeof HOST_CODES, Example>> = {
  HOSTS_LINE: hosts("127.0.0.1 localhost\n10.0.0.1\n"),
  HOSTS_ADDRESS: hosts("web1 10.0.0.1\n"),
  SERVICES_LINE: () => parseServices(makeSourceFile("services", "ssh 22/tcp\nweb 80\n")).diagnostics,
};

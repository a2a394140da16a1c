/** Small rulesets for tests of the command line. */

/** A filter table of these rules. */
function filterTable(rules: readonly string[]): string {
  const chains = ["INPUT", "FORWARD", "OUTPUT"].map((chain) => `:${chain} ACCEPT [0:0]`);
  return `${["*filter", ...chains, ...rules, "COMMIT"].join("\n")}\n`;
}

const SOURCES = ["10.0.1.1/32", "10.0.1.2/32", "10.0.1.3/32", "10.0.1.4/32"];
const TARGETS = ["10.9.0.1/32", "10.9.0.2/32", "10.9.0.3/32", "10.9.0.4/32"];
const PORTS = [80, 443];

const PRODUCT = SOURCES.flatMap((source) =>
  TARGETS.flatMap((target) =>
    PORTS.map((port) => `-A FORWARD -s ${source} -d ${target} -p tcp -m tcp --dport ${port} -j ACCEPT`),
  ),
);

/** 32 rules that are one policy rule, and one that stays flat. */
export const FLAT = filterTable([...PRODUCT, "-A INPUT -i lo -j ACCEPT"]);

/** The same for IPv6. */
export const FLAT_V6 = FLAT.replaceAll("10.0.1.", "2001:db8:1::")
  .replaceAll("10.9.0.", "2001:db8:9::")
  .replaceAll("/32", "/128");

/** One rule of FLAT is a DROP. */
export const OTHER = FLAT.replace(
  "-d 10.9.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT",
  "-d 10.9.0.2/32 -p tcp -m tcp --dport 80 -j DROP",
);

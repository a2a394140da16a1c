/** Commands that a live apply tells a person to run. */
import { expect, test } from "vitest";
import { nameCommand } from "../../src/cli/live/words.ts";

test.each([
  ["/var/lib/markify/20260102-030405-0a1b", "markify confirm 20260102-030405-0a1b"],
  ["/srv/fw/20260102-030405-0a1b", "markify confirm 20260102-030405-0a1b --state-dir /srv/fw"],
  ["/srv/my fw/20260102-030405-0a1b", "markify confirm 20260102-030405-0a1b --state-dir '/srv/my fw'"],
])("%s", (folder, command) => {
  expect(nameCommand("confirm", folder)).toBe(command);
});

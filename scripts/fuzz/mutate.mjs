/**
 * Changes in a text of bytes, one character a byte: of single bytes, of words as iptables knows them, of lines, and of two texts put together.
 */

/** Words that mean something to the reader, and values at its limits. */
const WORDS = [
  ..."! - -- -A -s -d -i -o -p -j -g -m -f -c -t -4 -6 -N -P -I --append --dport --sport --dports --ports --ctstate --state --mark".split(
    " ",
  ),
  ..."--set-xmark --comment --icmp-type --icmpv6-type --tcp-flags --syn --mac-source --src-range --dst-range --match-set".split(
    " ",
  ),
  ..."--to-destination --to-source --to-ports --reject-with --log-prefix --log-level --limit --x --re --so=1 --dport=22".split(
    " ",
  ),
  ..."tcp udp icmp ipv6-icmp icmp6 multiport conntrack state mark connmark comment mac iprange set recent limit rt ttl u32".split(
    " ",
  ),
  ..."ACCEPT DROP RETURN QUEUE REJECT LOG MARK CONNMARK DNAT SNAT MASQUERADE INPUT FORWARD OUTPUT PREROUTING sub".split(
    " ",
  ),
  ..."0 1 15 16 255 256 65535 65536 4294967295 4294967296 18446744073709551616 -1 08 0x 0xffffffff 0x100000000/0 1e9 NaN".split(
    " ",
  ),
  ..."0.0.0.0/0 10.0.0.0/33 255.255.255.255/0.255.0.255 1.2.3 ::/0 ::1/129 1::2::3 ::ffff:1.2.3.4 fe80::/::1 a-b 10.0.0.9-10.0.0.1".split(
    " ",
  ),
  ...'1: :1 1:2 2:1 : 1,2 , 1,,2 NEW,NEW NEW, syn/ack SYN,ACK ALL NONE any 8/0 8/256 eth+ + " "" "a\\"b" "a"b \\ \''.split(
    " ",
  ),
  ..."*filter *nat *x * :INPUT :sub :sub COMMIT [0:0] [1:2 [x:y] # \0 \r \t \x0b \xff \xc3\xa4 \xef\xbb\xbf \xe2\x80\xae".split(
    " ",
  ),
  "constructor",
  "__proto__",
  "--constructor",
  "x".repeat(300),
];

/** Every kind of change as often as any other. */
const CHANGES = [
  (text, random) => {
    const at = random.below(text.length);
    const byte = text.charCodeAt(at) ^ (1 << random.below(8));
    return splice(text, at, 1, String.fromCharCode(byte));
  },
  (text, random) => splice(text, random.below(text.length + 1), 0, String.fromCharCode(random.below(256))),
  (text, random) => splice(text, random.below(text.length), 1 + random.below(8), ""),
  (text, random) => text.slice(0, random.below(text.length)),
  (text, random) => text.slice(random.below(text.length)),
  (text, random) => changeWord(text, random, () => random.pick(WORDS)),
  (text, random) => changeWord(text, random, (word) => `${word} ${random.pick(WORDS)}`),
  (text, random) => changeWord(text, random, (word) => `! ${word}`),
  (text, random) => changeWord(text, random, (word) => `"${word}"`),
  (text, random) => changeWord(text, random, (word) => word + random.pick(WORDS)),
  (text, random) => changeWord(text, random, (word) => word.slice(0, random.below(word.length))),
  (text, random) => changeWord(text, random, () => ""),
  (text, random) => changeWord(text, random, (word) => `${word} `.repeat(1 + random.below(300))),
  (text, random) => changeLines(text, random, (lines, at, other) => lines.splice(at, 0, lines[other])),
  (text, random) => changeLines(text, random, (lines, at) => lines.splice(at, 1)),
  (text, random) =>
    changeLines(text, random, (lines, at, other) => {
      [lines[at], lines[other]] = [lines[other], lines[at]];
    }),
  (text, random) =>
    changeLines(text, random, (lines, at, other) => lines.splice(at, 1, lines[at] + lines[other])),
  (text, random, other) => text.slice(0, random.below(text.length)) + other.slice(random.below(other.length)),
];

function splice(text, at, count, put) {
  return text.slice(0, at) + put + text.slice(at + count);
}

function changeWord(text, random, change) {
  const start = random.below(text.length);
  const word = /[^ \n]+/g;
  word.lastIndex = start;
  const found = word.exec(text);
  return found === null ? text : splice(text, found.index, found[0].length, change(found[0]));
}

function changeLines(text, random, change) {
  const lines = text.split("\n");
  change(lines, random.below(lines.length), random.below(lines.length));
  return lines.join("\n");
}

/** A text with some changes, mostly few. */
export function mutate(text, other, random) {
  let changed = text;
  for (let left = 1 << random.below(5); left > 0; left -= 1) {
    if (changed.length > 0) changed = random.pick(CHANGES)(changed, random, other);
  }
  return changed;
}

/** Lines of nothing but words of above, most of them rules. */
export function randomTokens(random) {
  const line = () => {
    const words = Array.from({ length: random.below(14) }, () => random.pick(WORDS)).join(" ");
    return random.below(5) === 0 ? words : `-A INPUT ${words}`;
  };
  const lines = Array.from({ length: 1 + random.below(30) }, line);
  return `*filter\n:INPUT ACCEPT [0:0]\n:sub - [0:0]\n${lines.join("\n")}\nCOMMIT\n`;
}

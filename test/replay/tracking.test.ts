/** Connection states of the packets of a capture. */
import { describe, expect, test } from "vitest";
import { makeFrame } from "../../src/replay/frame/frame.ts";
import { readFrame } from "../../src/replay/frame/link.ts";
import { Tracking } from "../../src/replay/tracking.ts";
import { stateText } from "../../src/verify/explain/packet.ts";
import { FLAG, icmp, ipv4, ipv6, tcp, udp } from "./packet-bytes.ts";

const { SYN, ACK, FIN, RST, PSH, URG } = FLAG;
const [A, B, C] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"] as const;

/** Seconds, and a packet. */
type Timed = readonly [time: number, bytes: readonly number[]];

function statesOf(packets: readonly Timed[]): readonly string[] {
  const tracking = new Tracking();
  const frame = makeFrame();
  return packets.map(([time, list]) => {
    const bytes = Uint8Array.from(list);
    const record = { bytes, start: 0, captured: bytes.length, length: bytes.length };
    const left = readFrame({ ...record, time, link: 101, device: null, direction: null }, frame, false);
    return left === null ? stateText(tracking.statesOf(frame)) : left.why;
  });
}

const there = (flags: number, port = 1000) => ipv4(A, B, 6, tcp(port, 22, flags));
const back = (flags: number, port = 1000) => ipv4(B, A, 6, tcp(22, port, flags));

describe("tcp", () => {
  test("a handshake, data, the end, and the same ports again", () => {
    const packets: Timed[] = [
      [0, there(SYN)],
      [1, there(SYN)],
      [1.1, back(SYN | ACK)],
      [1.2, there(ACK)],
      [2, there(ACK | PSH)],
      [3, there(SYN)],
      [4, there(FIN | ACK)],
      [4.1, there(SYN)],
      [4.2, back(FIN | ACK)],
      [4.3, there(ACK)],
      [5, there(SYN)],
      [5.1, back(RST | ACK)],
      [6, there(SYN)],
    ];
    expect(statesOf(packets)).toEqual([
      ...["NEW", "NEW", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED"],
      ...["ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "NEW", "ESTABLISHED", "NEW"],
    ]);
  });

  test("without its beginning nobody knows, either way and for good", () => {
    const unknown = "INVALID,ESTABLISHED,NEW";
    const found = statesOf([
      [0, there(ACK)],
      [0.1, back(ACK)],
      [0.2, there(SYN)],
      [0.3, back(SYN | ACK, 1001)],
      [0.4, there(RST, 1002)],
    ]);
    expect(found.map((states) => states.split(",").sort().join())).toEqual(
      new Array(5).fill(unknown.split(",").sort().join()),
    );
  });

  test("flags that no packet has", () => {
    for (const flags of [0, FIN, SYN | FIN, SYN | RST, FIN | PSH | URG, 63])
      expect(statesOf([[0, there(flags)]]), `${flags}`).toEqual(["INVALID"]);
  });

  test("an opening that nobody answers is forgotten after two minutes", () => {
    expect(
      statesOf([
        [0, there(SYN)],
        [121, back(SYN | ACK)],
      ])[1],
    ).not.toBe("ESTABLISHED");
    expect(
      statesOf([
        [0, there(SYN)],
        [119, back(SYN | ACK)],
      ])[1],
    ).toBe("ESTABLISHED");
  });

  test("headers that are cut", () => {
    expect(statesOf([[0, ipv4(A, B, 6, tcp(1, 2, SYN).slice(0, 12))]])).toEqual(["INVALID"]);
  });
});

test("udp: NEW until the first answer, and again when it was quiet", () => {
  const ask = ipv4(A, B, 17, udp(5000, 53));
  const answer = ipv4(B, A, 17, udp(53, 5000));
  expect(
    statesOf([
      [0, ask],
      [1, ask],
      [2, answer],
      [3, ask],
      [100, answer],
      [221, ask],
    ]),
  ).toEqual([...["NEW", "NEW", "ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "NEW"]]);
});

test("protocols without ports are one connection between two hosts", () => {
  expect(
    statesOf([
      [0, ipv4(A, B, 50, [1])],
      [1, ipv4(B, A, 50, [1])],
      [2, ipv4(C, A, 50, [1])],
    ]),
  ).toEqual([...["NEW", "ESTABLISHED", "NEW"]]);
});

describe("icmp", () => {
  test("echo by its identifier", () => {
    const found = statesOf([
      [0, ipv4(A, B, 1, icmp(8, 0, 7))],
      [1, ipv4(B, A, 1, icmp(0, 0, 7))],
      [2, ipv4(A, B, 1, icmp(8, 0, 7))],
      [3, ipv4(A, B, 1, icmp(8, 0, 8))],
      [4, ipv4(B, A, 1, icmp(0, 0, 9))],
    ]);
    expect(found.slice(0, 4)).toEqual(["NEW", "ESTABLISHED", "ESTABLISHED", "NEW"]);
    // An answer to what was asked before the capture, or to nothing.
    expect(found[4]!.split(",").sort()).toEqual(["ESTABLISHED", "INVALID"]);
  });

  test("echo of a host to itself, and of two that ask each other", () => {
    const found = statesOf([
      [0, ipv4(A, A, 1, icmp(8, 0, 7))],
      [1, ipv4(A, A, 1, icmp(0, 0, 7))],
      [2, ipv4(A, B, 1, icmp(8, 0, 7))],
      [3, ipv4(B, A, 1, icmp(8, 0, 7))],
      [4, ipv4(A, B, 1, icmp(0, 0, 7))],
    ]);
    expect(found).toEqual(["NEW", "ESTABLISHED", "NEW", "NEW", "ESTABLISHED"]);
  });

  test("errors about echo", () => {
    const error = (inner: readonly number[]) => ipv4(C, A, 1, icmp(11, 0, 0, inner));
    const asked = ipv4(A, B, 1, icmp(8, 0, 7));
    expect(
      statesOf([
        [0, asked],
        [1, error(asked)],
      ])[1],
    ).toBe("RELATED");
    expect(
      statesOf([
        [0, asked],
        [1, error(ipv4(A, B, 1, icmp(8, 0, 9)))],
      ])[1],
    ).not.toBe("RELATED");
  });

  test("errors belong to the connection that they are about", () => {
    const inner = ipv4(A, B, 17, udp(5000, 53)).slice(0, 28);
    const error = ipv4(C, A, 1, icmp(3, 1, 0, inner));
    expect(
      statesOf([
        [0, ipv4(A, B, 17, udp(5000, 53))],
        [1, error],
      ])[1],
    ).toBe("RELATED");
    expect(
      statesOf([[1, error]])[0]!
        .split(",")
        .sort(),
    ).toEqual(["INVALID", "RELATED"]);
    expect(statesOf([[0, ipv4(A, B, 1, icmp(9, 0, 0))]])).toEqual(["INVALID"]);
  });

  test("icmpv6: neighbours are not tracked, echo is", () => {
    const [one, other] = ["2001:db8::1", "2001:db8::2"];
    expect(
      statesOf([
        [0, ipv6(one, other, 58, icmp(135, 0, 0))],
        [1, ipv6(one, other, 58, icmp(128, 0, 3))],
        [2, ipv6(other, one, 58, icmp(129, 0, 3))],
        [3, ipv6(other, one, 58, icmp(200, 0, 3))],
      ]),
    ).toEqual(["UNTRACKED", "NEW", "ESTABLISHED", "INVALID"]);
  });
});

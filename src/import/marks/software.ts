/**
 * Software that is known to use mark bits (the public fwmark registry; KERNEL.md, section 4): recognised by its chains in a ruleset, or named by a person.
 */
import { findNearest } from "../../model/nearest.ts";
import type { MarkUse } from "./mark-reader.ts";

/** One program with the bits that it uses. */
export interface MarkSoftware {
  /** What a person writes. */
  readonly key: string;
  readonly name: string;
  readonly mask: number;
  /** Its chains in a ruleset; null where it has none of its own. */
  readonly chain: RegExp | null;
}

/** By key. Programs that use the mark as a whole are there with the bits of their value. */
export const MARK_SOFTWARE: readonly MarkSoftware[] = [
  { key: "app-mesh", name: "AWS App Mesh", mask: 0x1e7700ce, chain: null },
  { key: "aws-cni", name: "AWS CNI", mask: 0x00000080, chain: /^AWS-/ },
  { key: "calico", name: "Calico", mask: 0xffff0000, chain: /^cali-/ },
  { key: "cilium", name: "Cilium", mask: 0xffff1fff, chain: /^CILIUM_/ },
  { key: "cni-portmap", name: "CNI portmap", mask: 0x00002000, chain: /^CNI-/ },
  { key: "istio", name: "Istio", mask: 0x00001337, chain: /^ISTIO_/ },
  { key: "kubernetes", name: "Kubernetes", mask: 0x0000c000, chain: /^KUBE-/ },
  { key: "mullvad", name: "Mullvad", mask: 0x6d6f6c65, chain: null },
  // As it comes; its option mmx_mask may say otherwise.
  { key: "mwan3", name: "mwan3", mask: 0x00003f00, chain: null },
  { key: "tailscale", name: "Tailscale", mask: 0x00ff0000, chain: /^ts-/ },
  { key: "weave", name: "Weave Net", mask: 0x00060000, chain: /^WEAVE/ },
  { key: "wg-quick", name: "wg-quick", mask: 0x0000ca6c, chain: null },
];

/** The software of a name; else the nearest name, or null where none is near. */
export function findSoftware(name: string): MarkSoftware | { readonly nearest: string | null } {
  const wanted = name.trim().toLowerCase();
  const known = MARK_SOFTWARE.find(({ key }) => key === wanted);
  return (
    known ?? {
      nearest: findNearest(
        wanted,
        MARK_SOFTWARE.map(({ key }) => key),
      ),
    }
  );
}

/** What it uses. */
export function softwareUse({ name, mask }: MarkSoftware): MarkUse {
  return { bits: mask >>> 0, what: name, from: "--avoid" };
}

/**
 * What each tab is called, and what shows it.
 */
import type { Tab } from "./address.ts";
import { DiffTab } from "./diff-tab.tsx";
import { FindingsTab } from "./findings-tab.tsx";
import { FlatTab } from "./flat-tab.tsx";
import { GroupsTab } from "./groups-tab.tsx";
import { PacketTab } from "./packet/packet-tab.tsx";
import { PicturesTab } from "./pictures/pictures-tab.tsx";
import { PolicyTab } from "./policy-tab.tsx";
import { ProofTab } from "./proof-tab.tsx";
import { RulesTab } from "./rules-tab.tsx";
import type { TabProps } from "./tab-props.ts";

/** In the words of the links to them. */
export const TITLES: Readonly<Record<Tab, string>> = {
  groups: "Groups",
  policy: "Policy rules",
  pictures: "Pictures",
  rules: "Old and new",
  diff: "Diff",
  flat: "Stays flat",
  findings: "Findings",
  proof: "Proof and cost",
  packet: "Try a packet",
};

/** Shows one. */
export function showTab(tab: Tab, props: TabProps) {
  switch (tab) {
    case "groups":
      return <GroupsTab {...props} />;
    case "policy":
      return <PolicyTab {...props} />;
    case "pictures":
      return <PicturesTab {...props} />;
    case "rules":
      return <RulesTab {...props} />;
    case "diff":
      return <DiffTab {...props} />;
    case "flat":
      return <FlatTab {...props} />;
    case "findings":
      return <FindingsTab {...props} />;
    case "proof":
      return <ProofTab {...props} />;
    case "packet":
      return <PacketTab {...props} />;
  }
}

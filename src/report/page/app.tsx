/**
 * The whole page: the verdict on top, then one tab; all of them, one after the other, on paper.
 */
import type { ComponentChildren } from "preact";
import { printAddress, TABS, type Tab } from "./address.ts";
import { DiffTab } from "./diff-tab.tsx";
import { FindingsTab } from "./findings-tab.tsx";
import { FlatTab } from "./flat-tab.tsx";
import { GroupsTab } from "./groups-tab.tsx";
import { PicturesTab } from "./pictures/pictures-tab.tsx";
import { PolicyTab } from "./policy-tab.tsx";
import { ProofTab } from "./proof-tab.tsx";
import { RulesTab } from "./rules-tab.tsx";
import { countOf, type TabProps } from "./tab-props.ts";
import { Verdict } from "./verdict.tsx";

const TITLES: Readonly<Record<Tab, string>> = {
  groups: "Groups",
  policy: "Policy rules",
  pictures: "Pictures",
  rules: "Old and new",
  diff: "Diff",
  flat: "Stays flat",
  findings: "Findings",
  proof: "Proof and cost",
};

/** Tabs that would take hundreds of sheets are not printed: the files themselves say it better. */
const ON_SCREEN_ONLY: readonly Tab[] = ["rules", "diff"];

/** Shows it. */
export function App(props: TabProps) {
  const { data, address, isPrinted } = props;
  return (
    <>
      <Verdict data={data} />
      <nav aria-label="Parts of the report">
        {TABS.map((tab) => (
          <a key={tab} href={printAddress({ tab })} aria-current={tab === address.tab ? "page" : undefined}>
            {TITLES[tab]} <Count number={countOf(data, tab)} />
          </a>
        ))}
      </nav>
      <main>
        {isPrinted ? (
          TABS.filter((tab) => !ON_SCREEN_ONLY.includes(tab)).map((tab) => (
            <Section key={tab} tab={tab}>
              {tabOf(tab, { ...props, address: { tab, item: "", query: "", only: "", sort: "" } })}
            </Section>
          ))
        ) : (
          <Section key={address.tab} tab={address.tab}>
            {tabOf(address.tab, props)}
          </Section>
        )}
      </main>
      <footer>
        markify {data.tool}. This page asks for nothing over the network; all it shows is in it.
      </footer>
    </>
  );
}

function Section({ tab, children }: { readonly tab: Tab; readonly children: ComponentChildren }) {
  return (
    <section aria-labelledby={`title-${tab}`}>
      <h2 id={`title-${tab}`}>{TITLES[tab]}</h2>
      {children}
    </section>
  );
}

function Count({ number }: { readonly number: number | null }) {
  return number === null ? null : <span class="count">{number.toLocaleString("en")}</span>;
}

function tabOf(tab: Tab, props: TabProps) {
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
  }
}

/**
 * The whole page: the verdict on top, then one tab; all of them, one after the other, on paper.
 */
import type { ComponentChildren } from "preact";
import { printAddress, TABS, type Tab } from "./address.ts";
import { showTab, TITLES } from "./tab-content.tsx";
import { countOf, type TabProps } from "./tab-props.ts";
import { Verdict } from "./verdict.tsx";

/** Tabs that would take hundreds of sheets are not printed (the files themselves say it better), nor one that is there to be asked. */
const ON_SCREEN_ONLY: readonly Tab[] = ["rules", "diff", "packet"];

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
              {showTab(tab, { ...props, address: { tab, item: "", query: "", only: "", sort: "" } })}
            </Section>
          ))
        ) : (
          <Section key={address.tab} tab={address.tab}>
            {showTab(address.tab, props)}
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

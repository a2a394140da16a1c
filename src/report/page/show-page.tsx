/**
 * Shows the page: what is shown depends on the data, the address, whether it is being printed and, where it is served for editing, on where that stands; on nothing else.
 */
import { render } from "preact";
import type { PageData } from "../page-data.ts";
import { parseAddress } from "./address.ts";
import { App } from "./app.tsx";
import { Editing, type Editor } from "./edit/editing.ts";

/** Shows data, in place of what was shown before; from then on it follows the address and the printer. */
export type ShowPage = (data: PageData, editor: Editor | null) => void;

/** Makes it. */
export function makeShowPage(root: HTMLElement): ShowPage {
  const print = matchMedia("print");
  let show = (_isPrinted: boolean): void => {};
  addEventListener("hashchange", () => show(false));
  addEventListener("beforeprint", () => show(true));
  addEventListener("afterprint", () => show(false));
  print.addEventListener("change", ({ matches }) => show(matches));
  return (data, editor) => {
    show = (isPrinted) =>
      render(
        <Editing.Provider value={editor}>
          <App data={data} address={parseAddress(location.hash)} isPrinted={isPrinted} />
        </Editing.Provider>,
        root,
      );
    show(print.matches);
  };
}

/**
 * The report's page: reads its data and shows it. What is shown depends on the data, the address, whether it is being printed and, where it is served for editing, on where
 * that stands; on nothing else.
 */
import { render } from "preact";
import { parseAddress } from "./address.ts";
import { App } from "./app.tsx";
import { Editing, type Editor } from "./edit/editing.ts";
import { startEditing } from "./edit/start.ts";
import { readData } from "./read-data.ts";
import type { PageData } from "../page-data.ts";

async function start(): Promise<void> {
  const root = document.getElementById("page")!;
  const print = matchMedia("print");
  let show = (_isPrinted: boolean): void => {};
  const update = (data: PageData, editor: Editor | null): void => {
    show = (isPrinted) =>
      render(
        <Editing.Provider value={editor}>
          <App data={data} address={parseAddress(location.hash)} isPrinted={isPrinted} />
        </Editing.Provider>,
        root,
      );
    show(print.matches);
  };
  addEventListener("hashchange", () => show(false));
  addEventListener("beforeprint", () => show(true));
  addEventListener("afterprint", () => show(false));
  print.addEventListener("change", ({ matches }) => show(matches));
  const data = await readData();
  if (data !== null) update(data, null);
  else await startEditing(update, (text) => render(<p role="alert">{text}</p>, root));
}

void start();

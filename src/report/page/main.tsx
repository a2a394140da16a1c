/**
 * The report's page: reads its data and shows it. What is shown depends on the data, the address and whether it is being printed, on nothing else.
 */
import { render } from "preact";
import { parseAddress } from "./address.ts";
import { App } from "./app.tsx";
import { readData } from "./read-data.ts";

async function start(): Promise<void> {
  const root = document.getElementById("page")!;
  const data = await readData();
  const print = matchMedia("print");
  const show = (isPrinted: boolean): void =>
    render(<App data={data} address={parseAddress(location.hash)} isPrinted={isPrinted} />, root);
  addEventListener("hashchange", () => show(false));
  addEventListener("beforeprint", () => show(true));
  addEventListener("afterprint", () => show(false));
  print.addEventListener("change", ({ matches }) => show(matches));
  show(print.matches);
}

void start();

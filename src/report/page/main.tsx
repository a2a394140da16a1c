/**
 * The report's page as a file: reads the data that is in it, and shows it.
 */
import { readData } from "./read-data.ts";
import { makeShowPage } from "./show-page.tsx";

const showPage = makeShowPage(document.getElementById("page")!);
void readData().then((data) => showPage(data, null));

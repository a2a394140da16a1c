/**
 * The report's page as `review --serve` has it: asks its server for the data, and lets a person edit.
 */
import { render } from "preact";
import { makeShowPage } from "../show-page.tsx";
import { startEditing } from "./start.ts";

const root = document.getElementById("page")!;
void startEditing(makeShowPage(root), (text) => render(<p role="alert">{text}</p>, root));

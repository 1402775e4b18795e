import { render } from "preact";
import { App } from "./app.js";
import { Live } from "./live.js";

const live = new Live();
live.connect();
const page = document.getElementById("page");
if (page !== null) render(<App live={live} />, page);

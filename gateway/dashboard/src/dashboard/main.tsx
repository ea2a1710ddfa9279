import "@fontsource-variable/inter";
import "./style.css";

import { render } from "preact";

import { App } from "./App.tsx";

const root = document.getElementById("app");
if (root) render(<App />, root);

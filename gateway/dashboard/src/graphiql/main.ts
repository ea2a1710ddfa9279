import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";

import { GraphiQL } from "graphiql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

import { cleanToken, storedToken, storeToken } from "../token.ts";
import { FIRST_QUERY } from "./firstQuery.ts";

/** GraphiQL knows no headers: the token goes from the tab's storage straight into each request. */
async function fetcher(params: object): Promise<never> {
  const token = storedToken();
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json",
      "Content-Type": "application/json",
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(params),
    credentials: "omit",
  });
  return (await response.json()) as never;
}

const field = document.querySelector<HTMLInputElement>("#token")!;
const state = document.querySelector<HTMLElement>("#token-state")!;
const root = createRoot(document.querySelector("#graphiql")!);
let generation = 0;

/** A new key makes GraphiQL fetch the schema again, as the new token sees it. */
function show(): void {
  const token = storedToken();
  state.textContent = token ? "A token is in use, in this tab only." : "No token: paste one to ask anything.";
  field.value = "";
  generation += 1;
  root.render(
    createElement(GraphiQL, {
      key: generation,
      fetcher,
      defaultQuery: FIRST_QUERY,
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    }),
  );
}

document.querySelector("#token-box")!.addEventListener("submit", (event) => {
  event.preventDefault();
  const token = cleanToken(field.value);
  if (!token) return;
  storeToken(token);
  show();
});
document.querySelector("#forget")!.addEventListener("click", () => {
  storeToken("");
  show();
});
show();

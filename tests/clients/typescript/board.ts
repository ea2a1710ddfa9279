// A dashboard's question with the types that are generated from the schema.
import { readFileSync } from "node:fs";
import type { BoardQuery, BoardQueryVariables } from "./generated/queries.ts";
import type { Figure } from "./generated/schema.ts";

const [, , url, token] = process.argv;
if (url === undefined || token === undefined) throw new Error("board.ts URL TOKEN");
const query = readFileSync("board.graphql", "utf8");

async function ask(variables: BoardQueryVariables): Promise<BoardQuery> {
  const answer = await fetch(url!, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await answer.json()) as { data: BoardQuery };
  return data;
}

const { campaign } = await ask({ campaign: "bp", level: "DISTRICT" });
if (!campaign) throw new Error("no campaign");
const rows = campaign.units.edges.map(({ node }) => {
  const figure = node.figures.find((one) => one.indicator.code === "cccd");
  const achieved: Figure["achieved"] = figure?.achieved;
  return [node.unit.code, achieved ?? null, figure?.rate?.printed ?? null] as const;
});
console.log(JSON.stringify(rows));

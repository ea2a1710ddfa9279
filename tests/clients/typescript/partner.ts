// A partner's morning with the types that are generated from the OpenAPI file.
import createClient from "openapi-fetch";
import type { paths } from "./generated/progress.d.ts";

const [, , baseUrl, token] = process.argv;
if (baseUrl === undefined || token === undefined) throw new Error("partner.ts BASE_URL TOKEN");
const progress = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
const campaign = { code: "drive" };

const sent = await progress.POST("/v1/campaigns/{code}/reports", {
  params: { path: campaign, header: { "Idempotency-Key": "typescript-1" } },
  body: { source: "registry", rows: [{ unit: "C11", indicator: "sims", day: "2024-05-03", value: 5 }] },
});
if (sent.data?.batch == null) throw new Error(JSON.stringify(sent.error));
const refused = await progress.POST("/v1/campaigns/{code}/reports", {
  params: { path: campaign },
  body: { source: "registry", rows: [{ unit: "nowhere", indicator: "sims", day: "2024-05-03", value: 5 }] },
});
if (refused.error === undefined || !("errors" in refused.error)) throw new Error("a bad row was taken");
const ledger = await progress.GET("/v1/campaigns/{code}/ledger", { params: { path: campaign, query: { unit: "C11" } } });
const voided = await progress.POST("/v1/batches/{batch_id}/void", {
  params: { path: { batch_id: sent.data.batch } },
  body: { reason: "tried" },
});
console.log(
  JSON.stringify({
    status: sent.data.status,
    refused: refused.error.errors?.map((one) => one.code),
    ledger: ledger.data?.items.map((one) => one.value),
    withdrawn: voided.data?.rows.withdrawn,
  }),
);

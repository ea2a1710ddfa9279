// PostGraphile 5 straight on reporting's tables: BENCH_DATABASE_URL, BENCH_PORT. Foreign keys, which the tables do
// not have, are told by smart tags, so that a unit has its quotas and totals.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgSmartTagsPlugin } from "postgraphile/utils";

const ofUnit = "(tenant, campaign_id, unit_id) references reporting.campaign_unit (tenant, campaign_id, unit_id)";
const tags = makePgSmartTagsPlugin(
  ["quota_step", "rollup_total"].map((table) => ({
    kind: "class",
    match: (entity) => entity.relname === table && entity.getNamespace().nspname === "reporting",
    tags: { foreignKey: ofUnit },
  })),
);
const served = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [tags],
  pgServices: [makePgService({ connectionString: process.env.BENCH_DATABASE_URL, schemas: ["reporting"] })],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
});
const server = createServer();
server.on("error", () => {});
await served.createServ(grafserv).addTo(server);
server.listen(Number(process.env.BENCH_PORT), "127.0.0.1");

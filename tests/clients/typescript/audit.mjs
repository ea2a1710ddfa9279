// `node audit.mjs URL TOKEN`: what the audits of graphql-http think of the endpoint, one line of JSON an audit.
import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

for (const { id, name, fn } of serverAudits({ url, fetchFn })) {
  const { status, reason = "" } = await fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}

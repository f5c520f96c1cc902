// A product in TypeScript, as strict as it gets: compiled, and then run against the stand-in (tests/sdk/test_typescript.py).
import { createSublet, Refused, type Schemas } from "./index.js";

const [baseUrl = "", apiKey = ""] = process.argv.slice(2);
const sublet = createSublet({ baseUrl, apiKey });

const { data: found } = await sublet.GET("/api/v1/entitlements/{account}", { params: { path: { account: "acc_bella" } } });
const feature: Schemas["EntitledFeature"] | undefined = found?.features["calendar_feed"];
// What has a default may be left out, as in every other language: here the quantity, 1.
const { data: answer } = await sublet.POST("/api/v1/consume", {
  body: { account: "acc_bella", meter: "appointments", id: "booking-1", source: "shop" },
});
let refused = "";
try {
  await sublet.GET("/api/v1/entitlements/{account}", { params: { path: { account: "acc_nobody" } } });
} catch (fault) {
  if (!(fault instanceof Refused)) throw fault;
  refused = `${fault.status} ${fault.problem.code}`;
}
console.log(JSON.stringify({ feature: feature?.value, left: answer?.standing.remaining, allowed: answer?.allowed, refused }));

// Each line has one thing wrong, and the compiler has to say so.
import { createSublet } from "./index.js";

const sublet = createSublet({ baseUrl: "", apiKey: "" });
await sublet.GET("/api/v1/no-such-thing");
await sublet.GET("/api/v1/entitlements/{account}", {});
await sublet.POST("/api/v1/consume", { body: { account: "acc_x", meter: 3, id: "1", source: "shop" } });
const { data } = await sublet.GET("/api/v1/account");
console.log(data?.no_such_field);

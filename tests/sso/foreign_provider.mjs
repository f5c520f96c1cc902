// A company's identity provider made with npm's oidc-provider, moved by the test: a command a line in, an answer a line out.
// Whoever comes to its log-in page is logged in as `person`, without being asked.
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "./provider/oidc-provider.mjs";

console.info = console.warn = () => {}; // advice for a provider in production, where answers are read
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: "only", alg: "RS256", use: "sig" };
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

let person = {};
let changed = {}; // claims of the next ID tokens that are not as the provider made them, signed by it all the same

function resigned(token) {
  const [head, body] = token.split(".");
  const claims = { ...JSON.parse(Buffer.from(body, "base64url")), ...changed };
  const text = `${head}.${encoded(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), createPrivateKey({ key, format: "jwk" })).toString("base64url")}`;
}

async function begin({ client, secret, redirect_uri }) {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [redirect_uri] }],
    cookies: { keys: ["of a test"] },
    jwks: { keys: [key] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/here/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...person, sub: id }) }),
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({ clientId: client, accountId: context.oidc.session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  provider.use(async (context, next) => {
    await next();
    if (context.body?.id_token) context.body.id_token = resigned(context.body.id_token);
  });
  provider.on("grant.error", (_c, e) => process.stderr.write(String(e.error_detail || e.stack) + "\n"));
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/here/")) return answer(request, response);
    await provider.interactionDetails(request, response);
    return provider.interactionFinished(request, response, { login: { accountId: person.sub, amr: person.amr } });
  });
  return { issuer };
}

const commands = {
  begin,
  be: (who) => ((person = who), {}),
  change: (claims) => ((changed = claims), {}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  process.stdout.write(JSON.stringify(await commands[command](given)) + "\n");
}
process.exit(0);

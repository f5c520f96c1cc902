// A relying party made with npm's openid-client, moved by the test: a command a line in, an answer a line out.
import dns from "node:dns";
import { createInterface } from "node:readline";
import * as library from "openid-client";

// A name below localhost is this machine, as browsers have it; not every resolver knows.
const resolve = dns.lookup;
dns.lookup = (name, options, then) => resolve(name.endsWith(".localhost") ? "127.0.0.1" : name, options, then);

let provider;
const plainHttp = { execute: [library.allowInsecureRequests] };

const commands = {
  async discover({ issuer, client, secret, inBody }) {
    const shows = inBody ? library.ClientSecretPost(secret) : library.ClientSecretBasic(secret);
    provider = await library.discovery(new URL(issuer), client, undefined, shows, plainHttp);
    return provider.serverMetadata();
  },
  async begin(asked) {
    const verifier = library.randomPKCECodeVerifier();
    const state = library.randomState();
    const nonce = library.randomNonce();
    const challenge = { code_challenge: await library.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
    const url = library.buildAuthorizationUrl(provider, { state, nonce, ...challenge, ...asked });
    return { url: url.href, verifier, state, nonce };
  },
  async redeem({ back, verifier, state, nonce }) {
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    const tokens = await library.authorizationCodeGrant(provider, new URL(back), checks);
    return { ...tokens, claims: tokens.claims() };
  },
  userinfo: ({ token, sub }) => library.fetchUserInfo(provider, token, sub),
  refresh: ({ token }) => library.refreshTokenGrant(provider, token),
  introspect: ({ token }) => library.tokenIntrospection(provider, token),
  async revoke({ token }) {
    await library.tokenRevocation(provider, token);
    return {};
  },
  end: async (asked) => ({ url: library.buildEndSessionUrl(provider, asked).href }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = await commands[command](given);
  } catch (fault) {
    answer = { fault: fault.error ?? fault.code ?? String(fault), status: fault.status ?? 0 };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}

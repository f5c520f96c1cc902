// What a product in TypeScript needs of Sublet: every operation of the API, typed from its description.
//
//   const sublet = createSublet({ baseUrl: "https://sublet.example.com", apiKey: KEY });
//   const answer = await sublet.POST("/api/v1/consume", { body: { account, meter: "appointments", quantity: 1, id, source: "shop" } });
//
// `src/api.ts` is generated from docs/reference/openapi.json (`npm run generate`) and not kept: it is never out of date.

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";

export type { components, operations, paths } from "./api.js";
/** What the API tells and takes, by name. */
export type Schemas = components["schemas"];
/** A "no" of the server (RFC 9457). */
export type Problem = Schemas["Problem"];

export interface Options {
  /** A host of the account of the key. */
  baseUrl: string;
  /** `sk_…` */
  apiKey: string;
  /** Seconds to wait for an answer; 5 unless said. */
  timeout?: number;
  /** Another `fetch`, for tests. */
  fetch?: typeof globalThis.fetch;
}

/** A "no", raised: `status`, and the server's `code`, `detail` and faults of fields in `problem`. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
    this.name = "Refused";
  }
}

/** The typed client. Every "no" is raised as `Refused`, so `data` is there whenever an answer is. */
export function createSublet({ baseUrl, apiKey, timeout = 5, fetch = globalThis.fetch }: Options): Client<paths> {
  const client = createClient<paths>({
    baseUrl: baseUrl.replace(/\/+$/, ""),
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(timeout * 1000) }),
  });
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${apiKey}`);
      if (request.method !== "GET" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", crypto.randomUUID());
      }
      return request;
    },
    async onResponse({ response }) {
      if (!response.ok) throw new Refused(response.status, await problemOf(response));
      return response;
    },
  });
  return client;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const told = (await response.clone().json()) as Problem;
    if (typeof told.code === "string") return told;
  } catch {
    // something in between has answered
  }
  const title = response.statusText || "No answer of Sublet";
  return { type: "about:blank", title, status: response.status, detail: title, code: `http-${response.status}` } as Problem;
}

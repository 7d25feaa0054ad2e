/** Requests of an application's own: what they may be made of. */

import { type Attempt, connect, type EventSourceError, type EventSourceUrl } from "typed-eventsource";
import { expectType, type Same } from "./expect.js";

// Headers have the forms that fetch takes, and so has what a function gives.
const token = async () => "token";
connect("/", { headers: { authorization: "Bearer token" } });
connect("/", { headers: [["x-region", "eu"]] });
connect("/", { headers: new Headers() });
connect("/", { headers: () => ({ "x-region": "eu" }) });
connect("/", { headers: () => [["x-region", "eu"]] });
connect("/", { headers: async () => new Headers() });
connect("/", { headers: async () => ({ authorization: `Bearer ${await token()}` }) });
connect("/", {
  headers: (attempt) => {
    expectType<Same<typeof attempt, Attempt>>();
    expectType<Same<typeof attempt.attempt, number>>();
    expectType<Same<typeof attempt.lastEventId, string>>();
    expectType<Same<typeof attempt.cause, EventSourceError | undefined>>();
    // @ts-expect-error an attempt is not written to
    attempt.attempt = 1;
    return attempt.cause?.status === 401 ? { "x-again": `${attempt.attempt}` } : {};
  },
});
// @ts-expect-error a value is a text
connect("/", { headers: { "x-region": 1 } });
// @ts-expect-error what a function gives, too
connect("/", { headers: () => ({ "x-region": 1 }) });
// @ts-expect-error a text is no headers
connect("/", { headers: "x-region: eu" });
// @ts-expect-error nor is nothing
connect("/", { headers: async () => {} });

// A body is what fetch can send again.
for (const body of [
  "text",
  new Blob(),
  new FormData(),
  new URLSearchParams(),
  new Uint8Array(),
  new ArrayBuffer(),
])
  connect("/", { method: "POST", body });
// @ts-expect-error a stream can be sent but once
connect("/", { method: "POST", body: new ReadableStream() });
// @ts-expect-error not even one that comes from a response
connect("/", { method: "POST", body: new Response("text").body });
// @ts-expect-error an object is no body: JSON.stringify() makes one
connect("/", { method: "POST", body: { ask: 1 } });

// A function is asked for it before each attempt, and so for the URL.
connect("/", {
  method: "POST",
  body: ({ attempt, lastEventId, cause }) => `${attempt} ${lastEventId} ${cause?.code}`,
});
connect("/", { method: "POST", body: async () => new FormData() });
connect("/", { method: "POST", body: () => undefined });
connect(async (attempt) => {
  expectType<Same<typeof attempt, Attempt>>();
  return new URL(`/?token=${await token()}`, "https://example.org");
});
const anyUrl: EventSourceUrl = () => "/";
connect<{ heartRate: number }>(anyUrl, { decode: { heartRate: Number } });
// @ts-expect-error a stream can be sent but once
connect("/", { method: "POST", body: () => new ReadableStream() });
// @ts-expect-error an object is no body
connect("/", { method: "POST", body: async () => ({ ask: 1 }) });
// @ts-expect-error a number is no URL
connect(() => 17);

connect("/", { idempotent: true, mode: "cors", redirect: "follow" });
connect("/", { idempotent: false, mode: "same-origin", redirect: "error" });
connect("/", { method: "POST", resume: "get" });
// @ts-expect-error there is no other way
connect("/", { method: "POST", resume: "post" });
// @ts-expect-error a response that cannot be read is no event stream
connect("/", { mode: "no-cors" });
// @ts-expect-error whoever gets a redirect would have to follow it
connect("/", { redirect: "manual" });
// @ts-expect-error a method is a text
connect("/", { method: 1 });

// Whatever a refresh gives: that it succeeds is what counts.
connect("/", { refresh: async () => {} });
connect("/", { refresh: token });
// @ts-expect-error it takes its time
connect("/", { refresh: () => {} });
// @ts-expect-error nobody knows what to give it
connect("/", { refresh: async (user: string) => user });

connect("/", { fetch });
connect("/", { fetch: async (url, init) => fetch(`${url}?own=1`, { ...init, keepalive: true }) });
connect("/", {
  fetch: (url, init) => {
    expectType<Same<typeof url, string>>();
    expectType<Same<typeof init, RequestInit>>();
    return Promise.resolve(new Response());
  },
});
// @ts-expect-error it gives a response
connect("/", { fetch: async () => "text" });

// What is undefined is absent.
connect("/", { headers: undefined, method: undefined, body: undefined, idempotent: undefined });
connect("/", {
  resume: undefined,
  mode: undefined,
  redirect: undefined,
  refresh: undefined,
  fetch: undefined,
});
// With decoders, too.
const source = connect("/", { method: "POST", body: "ask", headers: {}, decode: { count: Number } });
source.on("count", (event) => expectType<Same<typeof event.data, number>>());

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSource } from "../../npm/modules/source/source.js";
import { open, opened, recorded, url } from "./support/fake-engine.mjs";

const never = () => new Promise(() => {});

/** The request that nothing was said of. */
const plainRequest = {
  headers: undefined,
  method: "GET",
  body: undefined,
  idempotent: false,
  resume: undefined,
  mode: undefined,
  redirect: undefined,
  refresh: undefined,
  fetch: undefined,
  ownRequest: false,
  request: "get",
};

test("the engine gets the defaults", async () => {
  const { engine } = await opened();
  const { decoderOf, ...settings } = engine.settings;
  assert.equal(engine.url, url);
  assert.deepEqual(settings, {
    transport: "auto",
    withCredentials: false,
    wildcard: false,
    ...plainRequest,
    signal: undefined,
    eventTypes: [],
    decode: {},
    defaultDecode: "json",
    undecodable: "report",
    retry: {
      initialMs: 1000,
      maxMs: 30_000,
      factor: 2,
      maxAttempts: Number.POSITIVE_INFINITY,
      stableMs: 5000,
      shouldRetry: undefined,
    },
    connectTimeoutMs: 30_000,
    idleMs: Number.POSITIVE_INFINITY,
    heartbeatEvent: "",
    until: undefined,
    hasUntil: false,
    lastEventId: "",
    lastEventIdParam: "lastEventId",
    eventLimit: 16_777_216,
    delivery: "auto",
    hidden: "keep",
    offline: "wait",
    dropReplays: undefined,
    gapEvent: "",
    gapHeader: ["Mercure-Last-Event-ID", "Last-Event-ID"],
    persist: undefined,
    buffer: { limitBytes: 4_194_304, overflow: "auto", key: undefined, holdMs: 30_000 },
    worker: false,
    url: undefined,
    ownRetry: false,
    exact: false,
    onlyFetch: false,
  });
});

test("the engine gets every option", async () => {
  const options = {
    transport: "fetch",
    withCredentials: true,
    wildcard: true,
    headers: () => [],
    method: "PUT",
    body: "text",
    idempotent: true,
    resume: "get",
    mode: "same-origin",
    redirect: "error",
    refresh: async () => {},
    fetch: async () => new Response(),
    signal: new AbortController().signal,
    eventTypes: ["a"],
    decode: { a: "text" },
    defaultDecode: Number,
    undecodable: "throw",
    retry: { initialMs: 1, maxMs: 2, factor: 3, maxAttempts: 4, stableMs: 5, shouldRetry: () => true },
    connectTimeoutMs: 6,
    idleMs: 9,
    heartbeatEvent: "beat",
    until: () => false,
    lastEventId: "é",
    lastEventIdParam: false,
    eventLimit: 7,
    delivery: { everyMs: 60_000 },
    hidden: "pause",
    offline: "ignore",
    dropReplays: true,
    gapEvent: "gap",
    gapHeader: ["X-From", "X-Other"],
    persist: { storage: new Map(), key: "k" },
    buffer: { limitBytes: 8, overflow: "latest-by-key", key: () => "", holdMs: 10 },
    // A fetch of its own is the page's.
    worker: false,
  };
  const { engine } = await opened(options);
  const { decoderOf, ownRetry, onlyFetch, exact, ownRequest, request, url, hasUntil, ...settings } =
    engine.settings;
  assert.deepEqual(settings, options);
  assert.equal(url, undefined);
  assert.deepEqual(
    [ownRetry, onlyFetch, ownRequest, hasUntil, request],
    [true, true, true, true, "idempotent"],
  );
  assert.equal(exact, options.buffer.overflow === "backpressure");
});

test("an option that is undefined is absent", async () => {
  const { engine } = await opened({
    transport: undefined,
    retry: { maxMs: undefined },
    decode: { a: undefined },
    buffer: undefined,
  });
  assert.equal(engine.settings.transport, "auto");
  assert.equal(engine.settings.retry.maxMs, 30_000);
  assert.equal(engine.settings.buffer.limitBytes, 4_194_304);
});

test("numbers may be infinite where that has a meaning", async () => {
  const endless = Number.POSITIVE_INFINITY;
  const retry = { maxMs: endless, maxAttempts: endless };
  const { engine } = await opened({ retry, connectTimeoutMs: endless, eventLimit: endless });
  assert.equal(engine.settings.retry.maxMs, endless);
  assert.equal(engine.settings.connectTimeoutMs, endless);
  assert.equal(engine.settings.eventLimit, endless);
});

const wrong = [
  [{ transports: "auto" }, /unknown option "transports": allowed are transport,withCredentials,/],
  [{ retry: { max: 1 } }, /unknown option "retry\.max": allowed are initialMs,maxMs,/],
  [{ constructor: 1 }, /unknown option "constructor"/],
  [{ transport: "websocket" }, /"transport" must be "auto" or "eventsource" or "fetch"/],
  [{ withCredentials: 1 }, /"withCredentials" must be true or false/],
  [{ wildcard: "yes" }, /"wildcard" must be true or false/],
  [{ method: 1 }, /"method" must be a method/],
  [{ idempotent: "yes" }, /"idempotent" must be true or false/],
  [{ resume: "post" }, /"resume" must be "get"/],
  [{ resume: true }, /"resume" must be "get"/],
  [{ mode: "no-cors" }, /"mode" must be "cors" or "same-origin"/],
  [{ undecodable: "skip" }, /"undecodable" must be "report" or "throw"/],
  [{ mode: "navigate" }, /"mode"/],
  [{ redirect: "manual" }, /"redirect" must be "follow" or "error"/],
  [{ refresh: "again" }, /"refresh" must be a function/],
  [{ refresh: Promise.resolve() }, /"refresh"/],
  [{ fetch: {} }, /"fetch" must be a function/],
  [{ signal: {} }, /"signal" must be an AbortSignal/],
  [{ signal: { aborted: false } }, /"signal" must be an AbortSignal/],
  [{ eventTypes: "a" }, /"eventTypes" must be an array of event types/],
  [{ eventTypes: ["a", ""] }, /"eventTypes"/],
  [{ decode: null }, /"decode" must be an object/],
  [{ decode: { a: "xml" } }, /"decode\.a" must be "json", "text", "base64", a function/],
  [{ decode: { a: null } }, /"decode\.a"/],
  [{ defaultDecode: 1 }, /"defaultDecode" must be "json"/],
  [{ retry: 3 }, /"retry" must be an object/],
  [{ retry: { initialMs: -1 } }, /"retry\.initialMs" must be a number >= 0/],
  [{ retry: { maxMs: Number.NaN } }, /"retry\.maxMs"/],
  [{ retry: { factor: 0.5 } }, /"retry\.factor" must be a number >= 1/],
  [{ retry: { maxAttempts: 1.5 } }, /"retry\.maxAttempts" must be an integer/],
  [{ retry: { stableMs: "5" } }, /"retry\.stableMs"/],
  [{ retry: { shouldRetry: true } }, /"retry\.shouldRetry" must be a function/],
  [{ connectTimeoutMs: 0 }, /"connectTimeoutMs" must be a number >= 1 or Infinity/],
  [{ idleMs: 0 }, /"idleMs" must be a number >= 1 or Infinity/],
  [{ heartbeatEvent: "" }, /"heartbeatEvent" must be an event type/],
  [{ hidden: "close" }, /"hidden" must be "keep" or "pause"/],
  [{ offline: "pause" }, /"offline" must be "wait" or "ignore"/],
  [{ offline: false }, /"offline"/],
  [{ until: "[DONE]" }, /"until" must be a function/],
  [{ lastEventId: "a\nb" }, /"lastEventId" must be a string without NUL, CR/],
  [{ lastEventId: 5 }, /"lastEventId"/],
  [{ lastEventIdParam: true }, /"lastEventIdParam" must be a name or false/],
  [{ lastEventIdParam: "" }, /"lastEventIdParam"/],
  [{ method: "POST", body: new ReadableStream() }, /"body" must be no stream/],
  [{ eventLimit: 0 }, /"eventLimit" must be an integer >= 1 or Infinity/],
  [{ delivery: "fast" }, /"delivery" must be "auto", "frame", "immediate" or { everyMs }, 1 to 60000$/],
  [{ delivery: { everyMs: 0 } }, /"delivery"/],
  [{ delivery: { everyMs: 60_001 } }, /"delivery"/],
  [{ delivery: { everyMs: "16" } }, /"delivery"/],
  [{ delivery: null }, /"delivery"/],
  [{ buffer: { limitBytes: Number.POSITIVE_INFINITY } }, /"buffer\.limitBytes" must be an integer >= 1$/],
  [{ buffer: { limitBytes: 0 } }, /"buffer\.limitBytes"/],
  [
    { buffer: { overflow: "drop" } },
    /"buffer\.overflow" must be "auto" or "drop-oldest" or "drop-newest" or/,
  ],
  [{ buffer: { key: "type" } }, /"buffer\.key" must be a function/],
  [{ buffer: { holdMs: Number.POSITIVE_INFINITY } }, /"buffer\.holdMs" must be an integer >= 1$/],
  [{ hidden: "close" }, /"hidden" must be "keep" or "pause"/],
  [{ dropReplays: "yes" }, /"dropReplays" must be true or false/],
  [{ gapEvent: "" }, /"gapEvent" must be an event type/],
  [{ gapHeader: "two words" }, /"gapHeader" must be a header's name/],
  [{ gapHeader: ["X-From", 1] }, /"gapHeader" must be a header's name/],
  [{ persist: { key: "k" } }, /"persist" must be a storage and a key/],
  [{ persist: { storage: new Map(), key: "" } }, /"persist"/],
  [{ persist: { storage: {}, key: "k" } }, /"persist"/],
  [{ persist: null }, /"persist"/],
  [{ worker: "yes" }, /"worker" must be true, false or { url }/],
  [{ worker: {} }, /"worker"/],
  [{ worker: null }, /"worker"/],
  [{ worker: true, fetch: async () => new Response() }, /"worker" must be left out: a fetch of your own/],
  [null, /"options" must be an object/],
];
for (const [options, message] of wrong)
  test(`a wrong option is refused at once: ${JSON.stringify(options)}`, () => {
    assert.throws(() => createSource(never, url, options), { name: "TypeError", message });
  });

test("combinations that cannot work are refused at once", (t) => {
  const native = { transport: "eventsource" };
  assert.throws(() => createSource(never, url, native), {
    name: "TypeError",
    message: /"transport" must be auto or fetch: no EventSource here/,
  });
  globalThis.EventSource = class {};
  t.after(() => delete globalThis.EventSource);
  assert.throws(() => createSource(never, url, { ...native, wildcard: true }), {
    name: "TypeError",
    message: /wildcard needs fetch/,
  });
  assert.throws(() => createSource(never, url, { ...native, buffer: { overflow: "backpressure" } }), {
    name: "TypeError",
    message: /buffer\.overflow backpressure needs fetch/,
  });
  assert.throws(() => createSource(never, url, { ...native, idleMs: 1000 }), {
    name: "TypeError",
    message: /idleMs without heartbeatEvent needs fetch/,
  });
  assert.throws(() => createSource(never, url, { ...native, resume: "get" }), {
    name: "TypeError",
    message: /"transport" must be auto or fetch: resume needs fetch/,
  });
  createSource(never, url, { ...native, idleMs: 1000, heartbeatEvent: "beat" });
  const source = createSource(never, url, native);
  for (const call of [() => source.onAny(() => {}), () => source.events()])
    assert.throws(call, { name: "TypeError", message: /eventTypes/ });
  createSource(never, url, { ...native, eventTypes: ["a"] }).onAny(() => {});
});

test("a wrong URL is refused at once, and named", () => {
  for (const bad of ["/relative", "http://[", ""])
    assert.throws(
      () => createSource(never, bad, {}),
      (error) => error instanceof TypeError && error.message.includes(`"${bad}"`),
    );
});

test("a URL with a password is refused at once, and not repeated", () => {
  for (const bad of ["http://user:secret@127.0.0.1/", "https://user@127.0.0.1/"])
    assert.throws(
      () => createSource(never, bad, {}),
      ({ name, message }) =>
        name === "TypeError" && message.includes("without password") && !/user|secret/.test(message),
    );
});

test("a relative URL is resolved against the document, in workers against the location", async (t) => {
  globalThis.location = { href: "http://127.0.0.1/worker/a.js" };
  t.after(() => delete globalThis.location);
  const inWorker = await opened({}, "b");
  assert.equal(inWorker.engine.url, "http://127.0.0.1/worker/b");
  globalThis.document = { baseURI: "http://127.0.0.1/base/" };
  t.after(() => delete globalThis.document);
  const inWindow = await opened({}, new URL("b?c", document.baseURI));
  assert.equal(inWindow.engine.url, "http://127.0.0.1/base/b?c");
  assert.throws(() => open({}, "http://["), { message: /relative to http:\/\/127\.0\.0\.1\/base\// });
});

test("a handler that is no function is refused at once", () => {
  const source = createSource(never, url, {});
  for (const name of ["onAny", "onState", "onError"])
    assert.throws(() => source[name](), { name: "TypeError", message: /"handler" must be a function/ });
  assert.throws(() => source.on("a"), { name: "TypeError" });
});

test("what is subscribed in the same task misses nothing", async () => {
  const { source, ready, server } = open();
  assert.deepEqual(source.state, { status: "connecting", attempt: 1 });
  const events = recorded((note) => source.on("a", note));
  await ready;
  server.message("a", "1");
  assert.equal(events.length, 1);
});

test("a URL that is none of HTTP is refused at once", () => {
  for (const wrong of ["ftp://127.0.0.1/stream", "stream", "file:///stream", "mailto:someone"])
    assert.throws(() => createSource(async () => {}, wrong, {}), {
      name: "TypeError",
      message: new RegExp(`"url" must be an HTTP URL .*"${wrong}"`),
    });
});

test("who wants all event types at once, and names none, gets them", async (t) => {
  const seen = [];
  const create = (_host, _url, { onlyFetch }) => {
    seen.push(onlyFetch);
    return { start() {}, listen() {}, reconnect() {}, close() {} };
  };
  const connected = async (options, act = () => {}) => {
    const source = createSource(async () => create, url, options);
    t.after(source.close);
    act(source);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const all = (source) => source.onAny(() => {});
  await connected({}, all);
  await connected({}, (source) => source.events());
  await connected({}, (source) => source.on("a", () => {}));
  await connected({ eventTypes: ["a"] }, all);
  await connected({ eventTypes: ["a"], wildcard: true }, all);
  assert.deepEqual(seen, [true, true, false, false, true]);
});

test("a start that fails closes the source with its reason", async () => {
  const source = createSource(() => Promise.reject(new Error("no wasm here")), url, {});
  const closed = await new Promise((resolve) => source.onState(resolve));
  assert.equal(closed.status, "closed");
  assert.equal(closed.reason, "start-failed");
  assert.equal(closed.cause.code, "start-failed");
  assert.match(closed.cause.message, /^cannot start the engine: no wasm here$/);
  assert.equal(closed.cause.cause.message, "no wasm here");
});

test("an engine that throws when it is made closes the source", async () => {
  const create = () => {
    throw new Error("trapped");
  };
  const source = createSource(async () => create, url, {});
  const closed = await new Promise((resolve) => source.onState(resolve));
  assert.equal(closed.reason, "start-failed");
});

test("an engine that fails while it starts is released", async () => {
  const calls = [];
  const create = (host) => ({
    listen: () => calls.push("listen"),
    start: () => host.changed({ status: "closed", reason: "fatal" }),
    close: () => calls.push("close"),
  });
  const source = createSource(async () => create, url, {});
  source.on("a", () => {});
  const closed = await new Promise((resolve) => source.onState(resolve));
  assert.equal(closed.reason, "fatal");
  assert.deepEqual(calls, ["listen", "close"]);
});

test("nothing is started for a signal that is aborted already", async () => {
  let starts = 0;
  const start = () => {
    starts++;
    return never();
  };
  const source = createSource(start, url, { signal: AbortSignal.abort() });
  const states = recorded((note) => source.onState(note));
  await Promise.resolve();
  assert.deepEqual(states, [{ status: "closed", reason: "aborted" }]);
  assert.equal(starts, 0);
});

test("no engine is made for a source that was closed meanwhile", async () => {
  const { source, ready, made, states } = open();
  source.close();
  await ready;
  assert.equal(made.length, 0);
  assert.deepEqual(states, [{ status: "closed", reason: "closed" }]);
});

/** The table of what becomes of requests, which the Rust client is tested against too: `tests/behaviour`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Answers } from "../behaviour/answers.js";
import { network, settle } from "./support/network.mjs";

const cases = JSON.parse(readFileSync(new URL("../behaviour/requests.json", import.meta.url), "utf8"));

const headers = { "x-asks": "me" };
const posted = {
  headers: { ...headers, "content-type": "text/plain", "Content-Language": "en" },
  body: "ask",
};

/** Why it is closed; `undefined` if it is not. */
const endOf = ({ reason, by }) => (by ? `${reason} by ${by}` : reason);

for (const { name, options, answers, expect } of cases)
  test(name, async (t) => {
    const { connect, clock } = network(t);
    const script = new Answers(JSON.stringify(answers));
    let begin;
    const isRead = new Promise((resolve) => {
      begin = resolve;
    });
    const { until, resume, shouldRetry, maxAttempts, ...same } = options;
    const { source } = await connect({
      transport: "fetch",
      defaultDecode: "text",
      fetch: (...request) => isRead.then(() => script.fetch(...request)),
      headers,
      ...(options.method && posted),
      ...same,
      ...(until && { until: ({ data }) => data === until }),
      ...(resume && { resume: "get" }),
      retry: {
        initialMs: 1,
        maxMs: 0,
        maxAttempts,
        shouldRetry: shouldRetry === undefined ? undefined : () => shouldRetry,
      },
    });
    const got = [];
    let thrown;
    const read = async () => {
      try {
        for await (const { data } of source.events()) got.push(data);
      } catch (error) {
        thrown = error.code;
      }
    };
    const reading = read();
    begin();
    for (let n = 0; n < 50 && source.state.status !== "closed"; n++) {
      await clock.advance(2000);
      await settle();
    }
    assert.equal(endOf(source.state), expect.end);
    await reading;
    assert.deepEqual(JSON.parse(script.seen()), expect.requests);
    assert.deepEqual([got, thrown], [expect.got ?? [], expect.thrown]);
    assert.equal(source.state.cause?.code, expect.thrown);
  });

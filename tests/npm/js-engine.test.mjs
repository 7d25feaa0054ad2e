/** The engine as JavaScript: made anew it is the same script, and whatever it is told, it says what the wasm says. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { engine } from "../../dist/wasm/engine.js";
import { writeJsEngine } from "../../scripts/lib/js-engine.mjs";
import { seeded } from "./support/random.mjs";

const folder = new URL("../../dist/wasm/", import.meta.url);
const file = new URL("engine.wasm", folder);
const wasm = new WebAssembly.Module(readFileSync(file));
const vectors = JSON.parse(await readFile(new URL("../vectors-standard.json", import.meta.url), "utf8"));

/** As for the properties in Rust. */
const numRuns = Number(process.env.PROPTEST_CASES || 200);

const OPENED = 3;
const COUNT_OF_REPORTS = 14;

/** An instance of each, which are told the same. What they say is compared at once. */
function both() {
  const instances = [new WebAssembly.Instance(wasm).exports, engine()];

  const agreed = (what, [ofWasm, ofScript]) => {
    assert.deepEqual(ofScript, ofWasm, what);
    return ofWasm;
  };

  /** What stands in the output. */
  const output = (exports) => {
    const place = exports.output();
    const { buffer } = exports.memory;
    const [names, namesLength, data, dataLength, numbers, count, ...others] = new Uint32Array(
      buffer,
      place,
      12,
    );
    const bytes = (place, length) => Buffer.from(buffer.slice(place, place + length)).toString("latin1");
    return [
      bytes(names, namesLength),
      bytes(data, dataLength),
      bytes(numbers, 4 * count),
      bytes(others[0], others[1]),
      bytes(others[2], others[3]),
      bytes(others[4], 4 * others[5]),
      exports.wait(),
    ];
  };

  const write = (input) => {
    const bytes = Buffer.from(input);
    for (const exports of instances) {
      const place = exports.room(bytes.length);
      new Uint8Array(exports.memory.buffer, place).set(bytes);
    }
  };

  return {
    instances,
    /** How many numbers there are in the output. */
    get numbers() {
      const [{ memory, output }] = instances;
      return new Uint32Array(memory.buffer, output(), 6)[5];
    },
    create(input, ...settings) {
      write(input);
      const sources = instances.map((exports) => exports.create(...settings));
      return {
        /** The answer, after the input if the call has one. */
        call(name, args, input) {
          if (input !== undefined) write(input);
          const answers = instances.map((exports, index) => exports[name](sources[index], ...args));
          const answer = agreed(name, answers);
          agreed(`the output of ${name}`, instances.map(output));
          return answer;
        },
      };
    },
  };
}

/** Tells a source to connect, and that it is connected. */
function opened(source) {
  const commands = [];
  const carryOut = () => {
    for (let command = source.call("poll", []); command; command = source.call("poll", []))
      commands.push(command);
  };
  source.call("tell", [0, 1]);
  carryOut();
  source.call("tell", [OPENED, 2]);
  carryOut();
  assert.ok(commands.length > 1);
  return source;
}

const overFetch = [2, 1000, 30_000, 2, Infinity, 5000, 30_000, Infinity, 2 ** 24, 0.5];

test("the same wasm gives the same script", async (t) => {
  const made = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  t.after(() => rm(made, { recursive: true }));
  await writeJsEngine(fileURLToPath(file), made);
  for (const name of ["engine.js", "engine.d.ts"])
    assert.ok((await readFile(join(made, name))).equals(await readFile(new URL(name, folder))), name);
});

test("it has the wasm's exports, and each call makes an instance of its own", () => {
  const [exports, script] = both().instances;
  assert.deepEqual(Object.keys(script).sort(), Object.keys(exports).sort());
  assert.notEqual(engine().memory.buffer, engine().memory.buffer);
});

describe("it parses as the wasm does", () => {
  const textOf = (chunk) =>
    typeof chunk === "string"
      ? chunk
      : (chunk.join?.map(textOf).join("") ?? chunk.repeat.repeat(chunk.times));
  const bytesOf = (chunk) =>
    chunk.base64 ? Buffer.from(chunk.base64, "base64") : Buffer.from(textOf(chunk));
  const cuts = {
    "as it comes": (chunks) => chunks,
    "byte by byte": (chunks) => {
      const whole = Buffer.concat(chunks);
      // Those that are about their length would take minutes.
      return whole.length < 2 ** 12 ? [...whole].map((byte) => Uint8Array.of(byte)) : chunks;
    },
  };
  for (const [how, cut] of Object.entries(cuts))
    test(`the vectors, ${how}`, () => {
      let numbers = 0;
      for (const { chunks } of vectors) {
        const all = both();
        const source = opened(all.create("\r", ...overFetch));
        source.call("listen", [1], "");
        for (const chunk of cut(chunks.map(bytesOf))) {
          source.call("feed", [3], chunk);
          numbers += all.numbers;
        }
      }
      // Four for each event.
      assert.ok(numbers > 4 * vectors.length);
    });

  test("an event for which the memory grows", () => {
    const all = both();
    const source = opened(all.create("\r", ...overFetch));
    source.call("listen", [1], "");
    const before = all.instances.map(({ memory }) => memory.buffer);
    const piece = Buffer.alloc(2 ** 16, "é");
    source.call("feed", [3], "id: 1\ndata: ");
    for (let n = 0; n < 100; n++) source.call("feed", [4], piece);
    source.call("feed", [5], "\n\n");
    const [ofWasm, ofScript] = all.instances.map(({ memory }) => memory.buffer);
    assert.ok(ofScript.byteLength > 100 * piece.length);
    assert.equal(ofScript.byteLength, ofWasm.byteLength);
    assert.ok(!before.includes(ofWasm) && !before.includes(ofScript));
  });

  test("memory that is used up says so", () => {
    const { memory } = engine();
    const before = memory.buffer;
    assert.equal(memory.grow(65_536), -1);
    assert.equal(memory.buffer, before);
  });
});

test("it decides as the wasm does, whatever it is told", () => {
  const fields = ["data", "id", "event", "retry", "", "date", "\ufeffdata"];
  const values = ["", "a", "1", "7", "é", "💥", "999999999999999", "x".repeat(300), "{}", "a\0"];
  const ends = ["\n", "\r", "\r\n", "\n\n", ""];
  let numbers = 0;
  let commands = 0;
  for (let seed = 0; seed < numRuns; seed++) {
    const { int, chance, one } = seeded(seed);
    const millis = () => one([0, 1, 2.5, 100, 1000, 30_000, 2 ** 31, 2 ** 53, Infinity]);
    const all = both();
    const sources = [1, 2].map(() => {
      const times = [millis(), millis(), one([1, 1.5, 2, 10]), millis(), millis(), millis(), millis()];
      return all.create(
        `${one(["", "7", "é"])}\r${one(["", "gap"])}`,
        int(512),
        ...times,
        one([0, 10, 1000, 2 ** 24]),
        int(2 ** 20) / 2 ** 20,
      );
    });
    let now = int(1000) + 0.25;
    const carryOut = (source) => {
      while (source.call("poll", [])) commands++;
    };
    const acts = [
      (source) => {
        const blocks = Array.from(
          { length: int(8) },
          () => `${one(fields)}${one([":", ": ", ""])}${one(values)}${one(ends)}`,
        );
        const bytes = Buffer.from(blocks.join("") + one(["", "\n\n"]));
        const end = chance(0.5) ? bytes.length : int(bytes.length + 1);
        const chunk = chance(0.1)
          ? Buffer.from(Array.from({ length: 9 }, () => int(256)))
          : bytes.subarray(0, end);
        source.call("feed", [now], chunk);
        numbers += all.numbers;
      },
      (source) => source.call("tell", [int(COUNT_OF_REPORTS), now], one(values)),
      (source) => {
        const details = [
          one([0, 204, 401, 404, 429, 503]),
          int(12),
          one([Number.NaN, 0, 1.5, 1e12, Infinity]),
          int(3),
        ];
        source.call("tell", [6, now, ...details]);
      },
      (source) => source.call("tell", [0, now]),
      (source) => source.call("tell", [OPENED, now]),
      (source) => source.call("listen", [int(2)], one(["", "a", "é", "gap"])),
      (source) => source.call("replayed", [int(2)], `${one(values)}\ra\r${one(values)}`),
      (source) => source.call("attempt", [int(12), one([0, 404, 503])]),
      (source) => source.call("overdue", [now]),
    ];
    for (let step = 0; step < 60; step++) {
      const source = one(sources);
      one(acts)(source);
      if (chance(0.8)) carryOut(source);
      const due = source.call("due", []);
      now += chance(0.2) && due < 1e9 ? Math.max(0, due - now) : one([0, 1, 250, 5000]);
    }
    for (const source of sources) source.call("destroy", []);
  }
  // Nothing of it was for nothing.
  assert.ok(numbers > numRuns && commands > numRuns);
});

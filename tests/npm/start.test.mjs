import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const dist = new URL("../../dist/", import.meta.url);
const modules = new URL("../../npm/modules/", import.meta.url);

/**
 * Runs a module in a process of its own; gives its output and the package's files that it loaded. If it `isGone`, the
 * engine as JavaScript cannot be loaded.
 */
function run(script, isGone = false) {
  const hooks = `
    import { writeSync } from "node:fs";
    export async function load(url, context, next) {
      writeSync(2, url + "\\n");
      if (${isGone} && url.endsWith("/wasm/engine.js")) throw new Error("the chunk is gone");
      return next(url, context);
    }`;
  const register = `import { register } from "node:module"; register(${asUrl(hooks)}, "data:");`;
  const source = script.replaceAll("dist/", dist.href).replaceAll("modules/", modules.href);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--import", JSON.parse(asUrl(register)), "--input-type=module", "--eval", source],
    { encoding: "utf8", timeout: 600_000 },
  );
  assert.equal(status, 0, stderr);
  const loaded = stderr
    .split("\n")
    .filter((url) => url.startsWith(dist.href))
    .map((url) => url.slice(dist.href.length));
  return { stdout, loaded };
}

/** The engine as JavaScript. */
const script = "wasm/engine.js";

const asUrl = (script) => JSON.stringify(`data:text/javascript,${encodeURIComponent(script)}`);

/** Counts how often the package's wasm is compiled. */
const counting = `
  import { readFileSync } from "node:fs";
  const raw = readFileSync(new URL("dist/wasm/engine.wasm"));
  let times = 0;
  // Node itself compiles wasm too.
  const count = (module) => {
    if (ArrayBuffer.isView(module) && raw.equals(module)) times++;
  };
  const { Module, instantiate, compile } = WebAssembly;
  WebAssembly.Module = function (module) {
    count(module);
    return new Module(module);
  };
  WebAssembly.Module.prototype = Module.prototype;
  WebAssembly.instantiate = (module, ...rest) => {
    count(module);
    return instantiate(module, ...rest);
  };
  WebAssembly.compile = (module) => {
    count(module);
    return compile(module);
  };`;

test("importing has no side effects, and compiles no wasm", () => {
  const { stdout, loaded } = run(`${counting}
    const before = Reflect.ownKeys(globalThis).length;
    const names = Object.keys(await import("dist/index.js"));
    console.log(Reflect.ownKeys(globalThis).length - before, names.sort().join(), times);
  `);
  assert.equal(stdout, "0 EventSourceError,connect,init 0\n");
  assert.deepEqual(loaded, ["index.js", "shared.js"]);
});

/** The language's own; all else is the platform's. `EventTarget` is what the drop-in class extends. */
const language = `Object Function Array Number String Boolean Symbol BigInt Math JSON Reflect Proxy Promise RegExp Date Map Set
  WeakMap WeakSet WeakRef Error TypeError RangeError SyntaxError Uint8Array Uint32Array ArrayBuffer DataView
  globalThis undefined NaN Infinity parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent`;

for (const [name, more, names] of [
  ["index.js", "", "EventSourceError connect init"],
  ["single.js", "", "EventSourceError connect init"],
  ["cjs/index.js", "", "EventSourceError connect init"],
  ["eventsource.js", "EventTarget", "EventSource"],
  ["cjs/eventsource.js", "EventTarget", "EventSource"],
])
  test(`importing ${name} needs nothing of the platform, which a test's environment may lack`, () => {
    const { stdout } = run(`
      import { createRequire } from "node:module";
      const require = createRequire("dist/");
      const { log } = console;
      const kept = ${JSON.stringify(`${language} ${more}`)}.split(/\\s+/);
      for (const key of Reflect.ownKeys(globalThis)) if (!kept.includes(key)) delete globalThis[key];
      const all = ${name.startsWith("cjs/") ? `require("./${name}")` : `await import("dist/${name}")`};
      log(Object.keys(all).sort().join(" "), typeof TextEncoder, typeof fetch, typeof WebAssembly);
    `);
    assert.equal(stdout, `${names} undefined undefined undefined\n`);
  });

test("a wrong call to connect() throws before any wasm is compiled", () => {
  const { stdout } = run(`${counting}
    const { connect } = await import("dist/index.js");
    try { connect("/relative"); } catch (error) { console.log(error.name); }
    try { connect("http://127.0.0.1/", { retries: 1 }); } catch (error) { console.log(error.name); }
    // What begins at once would have begun by now.
    await Promise.resolve();
    console.log(times);
  `);
  assert.equal(stdout, "TypeError\nTypeError\n0\n");
});

test("the inlined wasm is the raw one, and is started once whoever asks", () => {
  const { stdout } = run(`${counting}
    import { init } from "modules/index.js";
    import { start } from "modules/engine/start.js";
    const [one, two] = await Promise.all([start(), start(), init()]);
    await init({ module: new Uint8Array() });
    console.log(times, one === two);
  `);
  assert.equal(stdout, "1 true\n");
});

test("a page that must not compile at once does so in its own time", () => {
  const { stdout } = run(`${counting}
    import { init } from "dist/index.js";
    WebAssembly.Module = function () {
      throw new RangeError("disallowed on the main thread");
    };
    await init();
    console.log(times);
  `);
  assert.equal(stdout, "1\n");
});

test("init({ module }) takes the place of the inlined wasm, which is then never compiled", () => {
  const { stdout } = run(`${counting}
    import { init } from "dist/index.js";
    const module = await WebAssembly.compile(raw);
    await init({ module });
    console.log("started", times);
  `);
  assert.equal(stdout, "started 1\n");
});

test("a failed start is told, and the next one takes the inlined wasm", () => {
  const { stdout, loaded } = run(`
    import { connect, init } from "dist/index.js";
    const broken = init({ module: Uint8Array.of(1, 2, 3) });
    const early = connect("http://127.0.0.1:9/");
    early.onState(({ status, reason, cause }) => console.log(status, reason, cause.code));
    await broken.catch((error) => console.log(error.name, error.code, error.cause.name));
    await init();
    console.log("started");
  `);
  // Both wait for the same start; nothing says which of them hears first.
  const [one, two, ...rest] = stdout.split("\n");
  assert.deepEqual([one, two].sort(), [
    "EventSourceError start-failed CompileError",
    "closed start-failed start-failed",
  ]);
  assert.deepEqual(rest, ["started", ""]);
  assert.ok(!loaded.includes(script));
});

/** Ways not to have WebAssembly. */
const without = {
  missing: "delete globalThis.WebAssembly;",
  refused: `
    WebAssembly.Module = function () {
      throw new Error("refused by a policy");
    };
    WebAssembly.instantiate = async () => {
      throw new Error("refused by a policy");
    };`,
};

/** Has a server, reads its event, and says by what. */
const reading = `
  import { createServer } from "node:http";
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end("data: 1\\n\\n");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const url = "http://127.0.0.1:" + server.address().port;
  // Node's own fetch needs WebAssembly to begin with.
  await (await fetch(url)).text();
  const read = async () => {
    const source = connect(url);
    try {
      const { value } = await source.events("message").next();
      return [value.data, source.stats.engine].join(" ");
    } finally {
      source.close();
    }
  };`;

for (const [how, hide] of Object.entries(without)) {
  test(`where WebAssembly is ${how}, the same engine as JavaScript takes its place`, () => {
    const { stdout, loaded } = run(`${reading}${hide}
      const { connect, init } = await import("dist/index.js");
      console.log(await read());
      await init();
      console.log(await read());
    `);
    assert.equal(stdout, "1 page-js\n1 page-js\n");
    assert.equal(loaded.filter((name) => name === script).length, 1);
  });

  test(`where WebAssembly is ${how}, a wasm of the application's does not matter`, () => {
    const { stdout } = run(`${reading}${hide}
      const { connect, init } = await import("dist/index.js");
      await init({ module: Uint8Array.of(1, 2, 3) });
      console.log(await read());
    `);
    assert.equal(stdout, "1 page-js\n");
  });

  // Node keeps a failed import for good; that browsers try again is tested there.
  test(`where WebAssembly is ${how} and its JavaScript does not load, both are told, and init() can be given it`, () => {
    const { stdout } = run(
      `${reading}${hide}
      const { connect, init } = await import("dist/index.js");
      for (const start of [init, read])
        await start().catch(({ code, message }) => console.log(code, message));
      const { engine } = await import("dist/wasm/engine.js?given");
      await init({ module: engine });
      console.log(await read());`,
      true,
    );
    const why = how === "missing" ? "WebAssembly is not defined" : "refused by a policy";
    const [first, second, ...rest] = stdout.split("\n");
    for (const line of [first, second]) {
      assert.match(line, /^start-failed cannot start the engine: /);
      assert.ok(line.includes(why) && line.includes("the chunk is gone"), line);
      assert.match(line, /next connect\(\) tries again.*typed-eventsource\/engine\.js/);
    }
    assert.deepEqual(rest, ["1 page-js", ""]);
  });
}

test("init({ module }) takes the engine as JavaScript, and compiles nothing", () => {
  const { stdout } = run(`${counting}${reading}
    import { connect, init } from "dist/index.js";
    import { engine } from "dist/wasm/engine.js";
    await init({ module: engine });
    console.log(await read(), times);
  `);
  assert.equal(stdout, "1 page-js 0\n");
});

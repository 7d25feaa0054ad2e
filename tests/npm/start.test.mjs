import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const dist = new URL("../../dist/", import.meta.url);

/** Runs a module in a process of its own; gives its output and the package's files that it loaded. */
function run(script) {
  const hooks = `
    import { writeSync } from "node:fs";
    export async function load(url, context, next) {
      writeSync(2, url + "\\n");
      return next(url, context);
    }`;
  const register = `import { register } from "node:module"; register(${asUrl(hooks)}, "data:");`;
  const source = script.replaceAll("dist/", dist.href);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--import", JSON.parse(asUrl(register)), "--input-type=module", "--eval", source],
    { encoding: "utf8", timeout: 30_000 },
  );
  assert.equal(status, 0, stderr);
  const loaded = stderr
    .split("\n")
    .filter((url) => url.startsWith(dist.href))
    .map((url) => url.slice(dist.href.length));
  return { stdout, loaded };
}

const asUrl = (script) => JSON.stringify(`data:text/javascript,${encodeURIComponent(script)}`);

test("importing has no side effects, and loads no wasm", () => {
  const { stdout, loaded } = run(`
    const before = Reflect.ownKeys(globalThis).length;
    const names = Object.keys(await import("dist/index.js"));
    console.log(Reflect.ownKeys(globalThis).length - before, names.sort().join());
  `);
  assert.equal(stdout, "0 EventSourceError,connect,init\n");
  assert.ok(loaded.includes("index.js"));
  assert.deepEqual(
    loaded.filter((name) => name.startsWith("wasm/")),
    [],
  );
});

test("a wrong call to connect() throws before any wasm is loaded", () => {
  const { stdout, loaded } = run(`
    const { connect } = await import("dist/index.js");
    try { connect("/relative"); } catch (error) { console.log(error.name); }
    try { connect("http://127.0.0.1/", { retries: 1 }); } catch (error) { console.log(error.name); }
  `);
  assert.equal(stdout, "TypeError\nTypeError\n");
  assert.equal(loaded.includes("wasm/inline.js"), false);
});

test("the inlined wasm is the raw one, and is started once whoever asks", () => {
  const { stdout, loaded } = run(`
    import { readFileSync } from "node:fs";
    import { init } from "dist/index.js";
    import { start } from "dist/start.js";
    const raw = readFileSync(new URL("dist/wasm/engine.wasm"));
    const { instantiate } = WebAssembly;
    let times = 0;
    // Node itself instantiates wasm too.
    WebAssembly.instantiate = (module, ...rest) => {
      if (ArrayBuffer.isView(module) && raw.equals(module)) times++;
      return instantiate(module, ...rest);
    };
    const [one, two] = await Promise.all([start(), start(), init()]);
    await init({ module: new Uint8Array() });
    console.log(times, one === two);
  `);
  assert.equal(stdout, "1 true\n");
  assert.ok(loaded.includes("wasm/inline.js"));
});

test("init({ module }) takes the place of the inlined wasm, which is then never loaded", () => {
  const { stdout, loaded } = run(`
    import { readFileSync } from "node:fs";
    import { init } from "dist/index.js";
    await init({ module: await WebAssembly.compile(readFileSync(new URL("dist/wasm/engine.wasm"))) });
    console.log("started");
  `);
  assert.equal(stdout, "started\n");
  assert.equal(loaded.includes("wasm/inline.js"), false);
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
  assert.equal(
    stdout,
    "closed start-failed start-failed\nEventSourceError start-failed CompileError\nstarted\n",
  );
  assert.ok(loaded.includes("wasm/inline.js"));
});

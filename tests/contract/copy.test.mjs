/** What is changed in the demo's Rust enum fails everything that follows from it: done in a copy. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { at } from "../../scripts/lib/paths.mjs";
import { command } from "./support/command.mjs";

const run = promisify(execFile);
const target = process.env.CARGO_TARGET_DIR || at("target");
const server = join(target, "debug/orders-server");
const client = join(target, "debug/orders-client");
const update = { orderId: 1, status: "Placed", at: "2026-01-01T00:00:00Z" };
const { at: _, ...withoutAt } = update;

/** What is changed, and an event of the changed server. */
const changes = {
  "a variant renamed": {
    from: "OrderUpdate(OrderUpdate)",
    to: "OrderChange(OrderUpdate)",
    sent: { orderChange: update },
  },
  "a field's type changed": {
    from: "pub status: Status",
    to: "pub status: u8",
    sent: { orderUpdate: { ...update, status: 1 } },
  },
  "a field removed": {
    from: "    /// When it came there: RFC 3339, in UTC.\n    pub at: String,\n",
    to: "",
    sent: { orderUpdate: withoutAt },
  },
};

let copy;
let source;

before(async () => {
  copy = await mkdtemp(join(tmpdir(), "typed-eventsource-"));
  source = await readFile(at("server/src/orders/event.rs"), "utf8");
  await mkdir(join(copy, "src/bin"), { recursive: true });
  await symlink(at("node_modules"), join(copy, "node_modules"), "junction");
  await mkdir(join(copy, "www/node_modules"), { recursive: true });
  await symlink(at(), join(copy, "www/node_modules/typed-eventsource"), "junction");
  await cp(at("www/src"), join(copy, "www/src"), { recursive: true });
  await cp(at("www/tsconfig.json"), join(copy, "www/tsconfig.json"));
  await cp(at("Cargo.lock"), join(copy, "Cargo.lock"));
  for (const name of ["client", "server"])
    await cp(at("tests/contract/copy", `${name}.rs`), join(copy, `src/bin/orders-${name}.rs`));
  await writeFile(
    join(copy, "Cargo.toml"),
    `[package]
name = "orders"
edition = "2024"

[workspace]

[dependencies]
schemars = "1.2"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
typed-eventsource = { path = ${JSON.stringify(at())}, default-features = false }
typed-eventsource-contract = { path = ${JSON.stringify(at("contract"))} }
`,
  );
});

after(() => rm(copy, { recursive: true }));

/** Builds what there is with another enum; gives the names of the programs that do not compile. */
async function compile(text) {
  await writeFile(join(copy, "src/lib.rs"), text);
  const args = ["build", "--offline", "--bins", "--keep-going", "--message-format=json"];
  let messages = "";
  try {
    const options = { cwd: copy, env: { ...process.env, CARGO_TARGET_DIR: target }, maxBuffer: 1e8 };
    ({ stdout: messages } = await run("cargo", args, options));
  } catch (error) {
    // Without messages the compiler has not even begun.
    if (!error.stdout) throw error;
    messages = error.stdout;
  }
  const all = messages.split("\n").filter((line) => line.startsWith('{"reason":"compiler-message"'));
  const errors = all.map((line) => JSON.parse(line)).filter(({ message }) => message.level === "error");
  return [...new Set(errors.map(({ target }) => target.name))];
}

/** The event type and the data of an event as it is sent. */
async function send(event) {
  const { stdout } = await run(server, ["send", JSON.stringify(event)]);
  const [, type, data] = /^event: (.*)\ndata: (.*)\n\n$/.exec(stdout);
  return { type, data };
}

/** What TypeScript says of the demo page. */
async function typescript() {
  const own = await readFile(join(copy, "own.ts"), "utf8");
  const whole = await readFile(at("www/src/events.ts"), "utf8");
  await writeFile(join(copy, "www/src/others.ts"), whole);
  const names = (text) => [...text.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  const others = names(whole).filter((name) => !["Orders", "OrderUpdate", "Status"].includes(name));
  const text = `${own}\nexport type { ${others.join(", ")} } from "./others.js";\n`;
  await writeFile(join(copy, "www/src/events.ts"), text);
  const tsc = [at("node_modules/typescript/bin/tsc"), "--project", join(copy, "www/tsconfig.json")];
  return run(process.execPath, tsc).then(
    () => "",
    ({ stdout }) => stdout,
  );
}

/** Whether the files of the unchanged enum are up to date with the changed one. */
const isFresh = (kind, file) =>
  run(server, ["--check", kind, join(copy, file)]).then(
    () => true,
    () => false,
  );

const passes = (schema, data) =>
  schema !== undefined && !schema["~standard"].validate(JSON.parse(data)).issues;

test("unchanged, everything agrees", { timeout: 600_000 }, async () => {
  assert.deepEqual(await compile(source), []);
  await run(server, ["typescript", join(copy, "own.ts"), "openapi", join(copy, "openapi.json")]);
  assert.equal(await typescript(), "");
  assert.ok(await isFresh("openapi", "openapi.json"));
  const { code, output } = await command(copy, "contract", "openapi.json", "validators", "validators.mjs");
  assert.equal(code, 0, output);
  const { Orders } = await import(pathToFileURL(join(copy, "validators.mjs")));
  const { type, data } = await send({ orderUpdate: update });
  assert.ok(passes(Orders[type], data));
  const { stdout } = await run(client, [data]);
  assert.equal(stdout, "1 is on its way since 2026-01-01T00:00:00Z\n");
});

for (const [name, { from, to, sent }] of Object.entries(changes))
  test(`${name}: nothing that followed from the enum agrees`, { timeout: 600_000 }, async () => {
    const { Orders } = await import(pathToFileURL(join(copy, "validators.mjs")));
    assert.equal(source.split(from).length, 2, `the enum has it once: ${from}`);
    assert.deepEqual(await compile(source.replace(from, to)), ["orders-client"], "the Rust client");
    assert.ok(!(await isFresh("openapi", "openapi.json")), "the OpenAPI document");
    const { type, data } = await send(sent);
    assert.ok(!passes(Orders[type], data), "the validators");
    await run(server, ["typescript", join(copy, "own.ts")]);
    assert.match(await typescript(), /error TS/, "TypeScript");
  });

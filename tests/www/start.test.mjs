/** What `npm start` refuses before it builds anything. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));

function start(args, env = {}) {
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    // Only what hangs takes so long.
    timeout: 600_000,
  });
  return { status, stderr };
}

test("npm start: an argument that it does not know", () => {
  const { status, stderr } = start(["--tsl"]);
  assert.equal(status, 1);
  assert.match(stderr, /error: --tsl is nothing that npm start knows: it takes --tls/);
});

for (const port of ["http", "0", "65536", "80.5"])
  test(`npm start: PORT=${port}`, () => {
    const { status, stderr } = start([], { PORT: port });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`PORT=${port} is not a port`));
  });

test("npm start: a port that is taken", async (t) => {
  const other = createServer();
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const { port } = other.address();
  const { status, stderr } = start([], { PORT: String(port) });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`port ${port} is already in use: .*PORT=${port + 1}`));
});

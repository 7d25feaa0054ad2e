/** npm start: builds what changed and serves the demo page. */

import { build } from "./build.mjs";
import { buildPage } from "./lib/page.mjs";
import { at } from "./lib/paths.mjs";
import { Failure, main, say } from "./lib/run.mjs";
import { buildServer, isFree, startServer } from "./lib/server.mjs";
import { setUp } from "./lib/setup.mjs";

await main(async () => {
  const port = wantedPort();
  // Before the build, so that nobody waits minutes for this.
  if (!(await isFree(port))) {
    throw new Failure(
      `port ${port} is already in use: stop the other program or choose another one with PORT=${port + 1} npm start`,
    );
  }
  await setUp();
  await build();
  await buildPage();
  say("building the server");
  const program = await buildServer();
  const server = await startServer(program, { port, mounts: { "/": at("www/dist") } });
  console.log(`\nthe demo page is at ${server.origin}/ (Ctrl-C ends it)`);
  const code = await server.ended;
  if (code) throw new Failure(`the server ended with exit code ${code}`);
});

function wantedPort() {
  const text = process.env.PORT || "8087";
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Failure(`PORT=${text} is not a port: give a number from 1 to 65535`);
  }
  return port;
}

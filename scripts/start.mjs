/** npm start: builds what changed and serves the demo page; npm start -- --tls serves it over HTTPS and HTTP/2. */

import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { buildPage } from "./lib/page.mjs";
import { at } from "./lib/paths.mjs";
import { Failure, main, say } from "./lib/run.mjs";
import { buildServer, freePort, isFree, startServer } from "./lib/server.mjs";
import { setUp } from "./lib/setup.mjs";

const usage = `npm start               builds what changed and serves the demo page
npm start -- --tls      the same over HTTPS and HTTP/2, where more than one tab can have its six streams
npm start -- --log redis://127.0.0.1:6379
                        keeps notifications and jobs in Redis, where they outlive the server; an order needs no log
PORT=8090 npm start     at another port`;

await main(async () => {
  if (process.argv.includes("--help")) return console.log(usage);
  const { tls, log } = wanted();
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
  // Over HTTP/1.1 the streams of the page can take every connection to its origin; its controls then need another one.
  // Always the same one where possible: a page that is open finds it again after a restart.
  const how = tls ? { tls } : { controlPort: await freePort(port < 65_535 ? port + 1 : 0) };
  const server = await startServer(program, { port, log, ...how, mounts: { "/": at("www/dist") } });
  console.log(`\nthe demo page is at ${server.origin}/ (Ctrl-C ends it)`);
  if (tls) console.log("its certificate is self-signed: the browser warns, and lets you go on");
  const end = await server.ended;
  if (end !== 0) throw new Failure(`the server was ended: ${end}`);
});

function wanted() {
  try {
    return parseArgs({ options: { tls: { type: "boolean" }, log: { type: "string" } } }).values;
  } catch {
    throw new Failure(
      `${process.argv.slice(2).join(" ")} is nothing that npm start knows: it takes --tls and --log URL (npm start -- --tls), and PORT from the environment`,
    );
  }
}

function wantedPort() {
  const text = process.env.PORT || "8087";
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Failure(`PORT=${text} is not a port: give a number from 1 to 65535`);
  }
  return port;
}

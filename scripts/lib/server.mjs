/** The native server: built, started on a port, stopped. */
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { cargoArtifact } from "./cargo.mjs";
import { Failure, start, stop } from "./run.mjs";

const host = "127.0.0.1";

/** How long it may take to listen, in milliseconds; only a server that hangs takes so long. */
const patience = 120_000;

/** Builds the server and returns the path of its program. */
export async function buildServer() {
  // The unoptimised build is ready in half the time, and fast enough for a page and for the tests.
  return (await cargoArtifact(["build", "--package", "typed-eventsource-server"])).executable;
}

/**
 * Starts the server and returns once it listens. `mounts` maps paths to folders; with `controlPort` (0: any free one)
 * it listens on a second port too, whose origin is `controls`; with `tls` it speaks HTTPS and HTTP/2; `log` is the URL of a
 * Redis.
 */
export async function startServer(program, { port, controlPort, tls = false, log, mounts = {} }) {
  const args = ["--port", String(port)];
  if (controlPort !== undefined) args.push("--control-port", String(controlPort));
  if (tls) args.push("--tls");
  if (log) args.push("--log", log);
  for (const [path, folder] of Object.entries(mounts)) args.push("--mount", `${path}=${folder}`);
  const child = start(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  // 0, another exit code or the name of a signal.
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
  let controls;
  const origin = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop(child);
      reject(new Failure(`the server said nothing for ${patience / 1000} s`));
    }, patience);
    createInterface(child.stdout).on("line", (line) => {
      const [, what, where] = line.match(/^(controls|listening) on (\S+)/) ?? [];
      if (!what) return console.log(line);
      if (what === "controls") {
        controls = where;
        return;
      }
      clearTimeout(timer);
      resolve(where);
    });
    child.once("error", reject);
    ended.then((end) => {
      clearTimeout(timer);
      // What went wrong it said itself.
      reject(new Failure(`the server did not start (${end})`));
    });
  });
  return { origin, controls, ended, stop: () => stop(child) };
}

/** Gives `body` a server that runs meanwhile, started as `options` say. */
export async function withServer(options, body) {
  const program = await buildServer();
  // Always the same port where possible: another one means compiling the browser tests again.
  const server = await startServer(program, { port: await freePort(8087), ...options });
  try {
    return await body({ origin: server.origin, program });
  } finally {
    await server.stop();
  }
}

/** Whether a port can be listened on. */
export const isFree = async (port) => (await listenOn(port)) !== undefined;

/** `preferred` if it is free, else any other. */
export const freePort = async (preferred) => (await listenOn(preferred)) ?? (await listenOn(0));

function listenOn(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen({ port, host, exclusive: true }, () => {
      const taken = server.address().port;
      server.close(() => resolve(taken));
    });
  });
}

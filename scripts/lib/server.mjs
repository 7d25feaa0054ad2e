/** The native server: built, started on a port, stopped. */
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { cargoArtifact } from "./cargo.mjs";
import { Failure, start, stop } from "./run.mjs";

const host = "127.0.0.1";

/** Builds the server and returns the path of its program. */
export async function buildServer() {
  // The unoptimised build is ready in half the time, and fast enough for a page and for the tests.
  return (await cargoArtifact(["build", "--package", "typed-eventsource-server"])).executable;
}

/** Starts the server and returns once it listens. `mounts` maps paths to folders. */
export async function startServer(program, { port, mounts = {} }) {
  const folders = Object.entries(mounts).flatMap(([path, folder]) => ["--mount", `${path}=${folder}`]);
  const child = start(program, ["--port", String(port), ...folders], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", (code) => resolve(code)));
  const origin = await new Promise((resolve, reject) => {
    const patience = setTimeout(() => {
      stop(child);
      reject(new Failure("the server said nothing for 15 s"));
    }, 15_000);
    createInterface(child.stdout).on("line", (line) => {
      const ready = line.match(/^listening on (\S+)/);
      if (!ready) return console.log(line);
      clearTimeout(patience);
      resolve(ready[1]);
    });
    child.once("error", reject);
    ended.then((code) => {
      clearTimeout(patience);
      // What went wrong it said itself.
      reject(new Failure(`the server did not start (exit code ${code})`));
    });
  });
  return { origin, ended, stop: () => stop(child) };
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

/** A program that is started, killed and started again. */
import { connect } from "node:net";
import { Failure, start as spawn, stop } from "../../../scripts/lib/run.mjs";

/** How long it may take to listen, or to end; only one that hangs takes so long. */
const patience = 120_000;

/** Runs `command` until it listens on `port`. */
export async function keep(command, args, port) {
  let child;
  const program = {
    port,
    get pid() {
      return child.pid;
    },
    async start() {
      child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
      const ended = new Promise((_, reject) => {
        child.once("error", reject);
        child.once("exit", () => reject(new Failure(`${command} did not start`)));
      });
      // Whether it ends later is for those to say who end it.
      ended.catch(() => {});
      await Promise.race([listening(port), ended]);
    },
    /** At once, as if the machine had failed. */
    kill: () => end(child, "SIGKILL"),
    /** As it is asked to. */
    end: () => end(child, "SIGTERM"),
    stop: () => stop(child),
  };
  await program.start();
  return program;
}

function end(child, signal) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  return ended;
}

async function listening(port) {
  const start = performance.now();
  while (!(await answers(port))) {
    if (performance.now() - start > patience) throw new Failure(`nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

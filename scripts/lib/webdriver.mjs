/** A browser's driver: started, waited for, stopped. */
import { connect } from "node:net";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Failure, start, stop } from "./run.mjs";

/** How long it may take to listen, in milliseconds; only a driver that hangs takes so long. */
const patience = 120_000;

/** Gives `body` the origin of a driver that listens on `port`. */
export async function withDriver(program, args, port, env, body) {
  const child = start(program, args, { env, stdio: ["ignore", "ignore", "ignore"] });
  try {
    const deadline = Date.now() + patience;
    while (!(await answers(port))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Failure(`${basename(program)} did not start`);
      await wait(50);
    }
    return await body(`http://127.0.0.1:${port}`);
  } finally {
    await stop(child);
  }
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true) || socket.destroy());
    socket.once("error", () => resolve(false));
  });

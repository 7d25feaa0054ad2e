/** Starting other programs; none outlives this one. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { root } from "./paths.mjs";

const running = new Set();
const windows = process.platform === "win32";

/** A sentence for the person at the terminal; its stack would tell them nothing. */
export class Failure extends Error {}

/**
 * Runs a program to its end and returns what it printed if `capture` is set; `onLine` gets each line instead.
 * Rejects with a `Failure`, which calls it `name`, when it cannot start or ends with another code than 0: `ended` is
 * that code, or the name of a signal.
 */
export async function run(command, args, options = {}) {
  const { env = {}, cwd = root, capture = false, onLine, name = command } = options;
  const child = start(command, args, {
    env,
    cwd,
    stdio: ["ignore", capture || onLine ? "pipe" : "inherit", "inherit"],
  });
  let output = "";
  if (onLine) createInterface(child.stdout).on("line", onLine);
  else
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  const ended = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  }).catch((error) => {
    throw new Failure(`${name} could not be started: ${error.message}`);
  });
  if (ended !== 0) {
    const how = typeof ended === "string" ? `was ended by ${ended}` : `ended with exit code ${ended}`;
    throw Object.assign(new Failure(`${name} ${how}`), { ended });
  }
  return output;
}

/** Starts a program in a process group of its own, so that stopping it stops what it started too. */
export function start(command, args, { env = {}, cwd = root, stdio }) {
  const child = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env }, detached: !windows });
  running.add(child);
  child.once("error", () => running.delete(child));
  child.once("exit", () => running.delete(child));
  return child;
}

/** Asks a program to end, and after `patienceMs` makes it end. Resolves once it has. */
export async function stop(child, patienceMs = 5_000) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  signal(child, "SIGTERM");
  const timer = setTimeout(() => signal(child, "SIGKILL"), patienceMs);
  await ended;
  clearTimeout(timer);
  // Whatever it started and left behind.
  signal(child, "SIGKILL");
}

/** Stops every program that still runs. */
export const stopAll = () => Promise.all([...running].map((child) => stop(child)));

function signal(child, name) {
  try {
    if (windows) child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // It ended in the meantime.
  }
}

/** Ends this program as the signal `name` would, after everything that it started. */
async function end(name) {
  await stopAll();
  process.kill(process.pid, name);
}

// The children are in groups of their own, so Ctrl-C reaches only this process.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => end(name));

// An npm that is ended by a signal ends the shell between it and this process, which passes nothing on.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => process.ppid === parent || end("SIGTERM"), 500).unref();
}

/** Runs a script's main function: a `Failure` becomes one sentence and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Failure ? `\nerror: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** Says what is being done, so that nobody looks at a silent terminal. */
export const say = (text) => console.log(`\n── ${text}`);

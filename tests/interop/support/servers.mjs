/** Servers that others have written, each started by the test: they send the same events, each by its own means. */
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createSession } from "better-sse";
import { cargoArtifact } from "../../../scripts/lib/cargo.mjs";
import { python } from "../../../scripts/lib/python.mjs";
import { start, stop } from "../../../scripts/lib/run.mjs";
import { which } from "../../../scripts/lib/which.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Runs a program until `stop()`, once it has said where it listens. */
async function program(command, args) {
  const child = start(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const origin = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code} before it listened`)));
    createInterface(child.stdout).on("line", (line) => {
      const [, where] = /^listening on (\S+)/.exec(line) ?? [];
      if (where) resolve(where);
    });
  });
  return { origin, stop: () => stop(child) };
}

async function betterSse() {
  const server = createServer(async (request, response) => {
    const wanted = new URL(request.url, "http://127.0.0.1").searchParams;
    const number = (name, other) => Number(wanted.get(name) ?? other);
    const session = await createSession(request, response, { keepAlive: 500, retry: 50 });
    const last = Number(session.lastId || 0);
    const upto = number("upto");
    await sleep(number("quiet", 0));
    for (let n = last + 1; n <= Math.min(upto, last + number("end", upto)); n++) {
      session.push({ n, text: "two\nlines, ü, 💡" }, "tick", String(n));
      if (n === upto) session.push(null, "done", String(n));
    }
    // What is pushed is written in the next turn.
    setTimeout(() => response.end(), 20);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}

async function pythonServers() {
  const { program: interpreter, missing } = await python(path("requirements.txt"));
  return interpreter ? program(interpreter, [path("python_servers.py")]) : { missing };
}

async function axum() {
  if (!which("cargo")) return { missing: "cargo was not found: install Rust with rustup" };
  const args = ["build", "--package", "typed-eventsource-server", "--example", "axum_sse"];
  return program((await cargoArtifact(args)).executable, []);
}

/** What each server is, where it has its events, and how it is started: `missing` says why it cannot be. */
export const servers = [
  { names: { "better-sse": "/events" }, start: betterSse },
  { names: { "sse-starlette": "/starlette", FastAPI: "/fastapi" }, start: pythonServers },
  { names: { "axum's own Sse": "/events" }, start: axum },
];

/** WebKitGTK: a driver that brings its browser, which needs a display. */
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Failure, start, stop } from "./run.mjs";
import { freePort } from "./server.mjs";
import { systemPrograms } from "./system-programs.mjs";
import { which } from "./which.mjs";

export const webkit = {
  name: "WebKitGTK",
  prepare: () =>
    systemPrograms(
      () => ({ webkitdriver: process.env.WEBKITDRIVER || which("WebKitWebDriver"), xvfb: which("Xvfb") }),
      {
        need: "the tests in WebKit need WebKitGTK and a display, on Linux",
        packages: ["webkit2gtk-driver", "xvfb"],
        names: { webkitdriver: "WebKitWebDriver (or WEBKITDRIVER=path)", xvfb: "Xvfb" },
      },
    ),
  async drive({ webkitdriver, xvfb }, test) {
    const [display, number] = await startDisplay(xvfb);
    try {
      const [driver, origin] = await startDriver(webkitdriver, number);
      try {
        const version = await versionOf(origin);
        // To the runner it is Safari's, in another place: it begins the session without any capabilities.
        const options = ["--safari", "--safaridriver", webkitdriver];
        return await test({ version, options, env: { SAFARIDRIVER_REMOTE: origin } });
      } finally {
        await stop(driver);
      }
    } finally {
      await stop(display);
    }
  },
};

/** A display of its own, with a number that is free. */
async function startDisplay(xvfb) {
  // The fourth stream is where it writes the number.
  const args = ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "1280x800x24"];
  const child = start(xvfb, args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Failure("Xvfb ended before it had a display")));
    child.stdio[3].once("data", (text) => resolve(String(text).trim()));
  });
  return [child, number];
}

async function startDriver(program, display) {
  const port = await freePort(0);
  const env = { DISPLAY: `:${display}`, WAYLAND_DISPLAY: undefined, GDK_BACKEND: "x11" };
  // Its sandbox refuses to run as root.
  if (process.getuid?.() === 0) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = "1";
  const child = start(program, [`--port=${port}`], { env, stdio: ["ignore", "ignore", "ignore"] });
  const deadline = Date.now() + 15_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop(child);
      throw new Failure("WebKitWebDriver did not start");
    }
    await wait(50);
  }
  return [child, `http://127.0.0.1:${port}`];
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true) || socket.destroy());
    socket.once("error", () => resolve(false));
  });

/** Only a session tells it. */
async function versionOf(origin) {
  const body = JSON.stringify({ capabilities: {} });
  const answer = await fetch(`${origin}/session`, { method: "POST", body });
  const { value } = await answer.json();
  if (!value?.sessionId) throw new Failure(`WebKitWebDriver has no browser: ${value?.message}`);
  await fetch(`${origin}/session/${value.sessionId}`, { method: "DELETE" });
  return value.capabilities.browserVersion;
}

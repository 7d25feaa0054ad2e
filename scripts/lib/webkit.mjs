/** WebKitGTK: a driver that brings its browser, which needs a display. */
import { Failure, start, stop } from "./run.mjs";
import { freePort } from "./server.mjs";
import { systemPrograms } from "./system-programs.mjs";
import { withDriver } from "./webdriver.mjs";
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
  async drive(programs, test) {
    return this.driven(programs, async ({ origin }) => {
      const version = await versionOf(origin);
      // To the runner it is Safari's, in another place: it begins the session without any capabilities.
      const options = ["--safari", "--safaridriver", programs.webkitdriver];
      return test({ version, options, env: { SAFARIDRIVER_REMOTE: origin } });
    });
  },
  async driven({ webkitdriver, xvfb }, test) {
    const [display, number] = await startDisplay(xvfb);
    try {
      const port = await freePort(0);
      const env = { DISPLAY: `:${number}`, WAYLAND_DISPLAY: undefined, GDK_BACKEND: "x11" };
      // Its sandbox refuses to run as root.
      if (process.getuid?.() === 0) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = "1";
      return await withDriver(webkitdriver, [`--port=${port}`], port, env, (origin) =>
        // Without a limit: that would be a timer of the page.
        test({ origin, capabilities: {}, scriptMs: null }),
      );
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

/** Only a session tells it. */
async function versionOf(origin) {
  const body = JSON.stringify({ capabilities: {} });
  const answer = await fetch(`${origin}/session`, { method: "POST", body });
  const { value } = await answer.json();
  if (!value?.sessionId) throw new Failure(`WebKitWebDriver has no browser: ${value?.message}`);
  await fetch(`${origin}/session/${value.sessionId}`, { method: "DELETE" });
  return value.capabilities.browserVersion;
}

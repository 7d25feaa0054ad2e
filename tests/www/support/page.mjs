/** The demo page, opened; and what its tests look at. */
import { server } from "../../npm/support/browser.mjs";

export const panels = ["heart-rate", "orders", "notifications", "job", "logs", "answer"];

/** Slow enough for no stream to end while a test breaks it, on a busy machine too. */
export const lasting = "/?ordersEveryMs=60000&tokensEveryMs=2000&jobSeconds=240";

/** What a browser itself says of a broken connection or a refused request. */
const ofTheNetwork = /^Failed to load resource/;

/** Opens the page and waits until all six streams are open. `complaints` is what its console and nobody caught. */
export async function openPage(test, open, { path = "/", prepare } = {}) {
  const complaints = [];
  const { page, uncaught } = await open(test, {
    path,
    prepare: async (page) => {
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      await page.addInitScript(recordStates);
      await prepare?.(page);
    },
  });
  // Not all at the same moment: with a quick pace one may have ended before another has opened.
  await page.waitForFunction((ids) => ids.every((id) => globalThis.states?.[id]?.includes("open")), panels);
  return {
    page,
    /** What was complained about; `ours` leaves out what a browser says of the network. */
    complaints: () => [...uncaught, ...complaints],
    ours: () => [...uncaught, ...complaints.filter((text) => !ofTheNetwork.test(text))],
    panel: (id) => panelOf(page, id),
    /** Waits until something like this was said to those who do not see the page: the next word replaces it. */
    announced: (pattern) =>
      page.waitForFunction(
        ([source, flags]) => globalThis.announced.some((text) => new RegExp(source, flags).test(text)),
        [pattern.source, pattern.flags],
      ),
  };
}

/** Notes every state of every panel, and all that is announced, in the page. */
function recordStates() {
  globalThis.states = {};
  globalThis.announced = [];
  addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector("#announcements");
    const note = () => globalThis.announced.push(place.textContent);
    new MutationObserver(note).observe(place, { childList: true, characterData: true, subtree: true });
    for (const panel of document.querySelectorAll(".panel")) {
      const states = [];
      globalThis.states[panel.id] = states;
      const note = () => states.push([panel.dataset.status, panel.dataset.cause].filter(Boolean).join(" "));
      new MutationObserver(note).observe(panel, { attributeFilter: ["data-status", "data-cause"] });
    }
  });
}

function panelOf(page, id) {
  const place = page.locator(`#${id}`);
  const counter = (name) => place.locator(`.${name}`);
  const count = async (name) => Number(await counter(name).getAttribute("data-count"));
  return {
    place,
    button: (name) => place.getByRole("button", { name, exact: true }),
    received: () => count("received"),
    counts: async () => ({ lost: await count("lost"), doubled: await count("doubled") }),
    /** Every state since the page was loaded, its cause after a space. */
    states: () => page.evaluate((id) => globalThis.states[id], id),
    /** Waits until a counter is at least this high. */
    reaches: (name, least) =>
      page.waitForFunction(
        ([id, name, least]) => Number(document.querySelector(`#${id} .${name}`).dataset.count) >= least,
        [id, name, least],
      ),
    /** Waits until the panel was in this state after the first `since` states, and is open again. */
    recovered: (state, since) =>
      page.waitForFunction(
        ([id, state, since]) => {
          const states = globalThis.states[id].slice(since);
          return states.includes(state) && states.at(-1) === "open";
        },
        [id, state, since],
      ),
    /** Waits until the panel was open after the first `since` states, and is closed. */
    ended: (since) =>
      page.waitForFunction(
        ([id, since]) => {
          const states = globalThis.states[id].slice(since);
          return states.includes("open") && states.at(-1).startsWith("closed");
        },
        [id, since],
      ),
    /** Waits until the panel was without its stream after the first `since` states. */
    lost: (since) =>
      page.waitForFunction(
        ([id, since]) => globalThis.states[id].slice(since).some((state) => state.startsWith("reconnecting")),
        [id, since],
      ),
    /** Waits until the panel was in this state. */
    reached: (state) =>
      page.waitForFunction(([id, state]) => globalThis.states[id].includes(state), [id, state]),
    status: (status) => page.locator(`#${id}[data-status="${status}"]`).waitFor(),
    /** Does something to the panel's line, as its buttons do. */
    line: async (deed) => control(`/lines/${await place.getAttribute("data-line")}/${deed}`),
  };
}

let controls;

/** Posts to the control port. */
export async function control(path, content) {
  controls ??= (async () => {
    const { controlPort } = await (await fetch(`${server}/demo.json`)).json();
    const url = new URL(server);
    if (controlPort !== null) url.port = controlPort;
    return url.origin;
  })();
  const response = await fetch((await controls) + path, {
    method: "POST",
    ...(content && { headers: { "content-type": "application/json" }, body: JSON.stringify(content) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

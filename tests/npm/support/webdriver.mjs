/** As much of Playwright's page as tests need, by the WebDriver protocol, in browsers that Playwright does not drive. */

/** Begins a session with the driver at `origin`. */
export async function startSession({ origin, capabilities, scriptMs }) {
  const call = async (method, path, body) => {
    const headers = { "content-type": "application/json" };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const { value } = await (await fetch(`${origin}/session${path}`, request)).json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const { sessionId } = await call("POST", "", { capabilities: { alwaysMatch: capabilities } });
  const session = (method, path, body) => call(method, `/${sessionId}${path}`, body);
  await session("POST", "/timeouts", { script: scriptMs });
  return {
    /** A page in the session's only window; `uncaught` gets what nobody caught there. */
    newPage: (uncaught) => pageOf(session, uncaught),
    close: () => session("DELETE", ""),
  };
}

function pageOf(session, uncaught) {
  const before = [];
  let number = 0;
  /** In the page's own realm, where a script can import: some drivers' is another. */
  const evaluate = async (body, argument) => {
    const call = typeof body === "function" ? `(${body})(whole(${inScript(argument)}))` : body;
    const answered = `evaluated-${number++}`;
    const script = `(async () => {
      const plain = ${plain};
      const whole = ${whole};
      const answer = (name, value) => {
        const detail = JSON.stringify({ [name]: value, uncaught: globalThis.uncaught?.splice(0) });
        document.dispatchEvent(new CustomEvent("${answered}", { detail }));
      };
      try {
        answer("value", plain(await (${call})));
      } catch (error) {
        answer("error", \`\${error}\\n\${error?.stack}\`);
      }
    })()`;
    const text = await session("POST", "/execute/async", {
      script: `const done = arguments[1];
        document.addEventListener("${answered}", ({ detail }) => done(detail), { once: true });
        const script = document.createElement("script");
        script.text = arguments[0];
        document.documentElement.append(script);
        script.remove();`,
      args: [script],
    });
    const { value, error, uncaught: more } = JSON.parse(text);
    uncaught.push(...(more ?? []));
    if (error !== undefined) throw new Error(error);
    return whole(value);
  };
  return {
    evaluate,
    /** Runs it in each page that is gone to, before the test's own. */
    addInitScript: async (body, argument) => before.push([body, argument]),
    async goto(url) {
      await session("POST", "/url", { url });
      for (const [body, argument] of [[watchUncaught], ...before]) await evaluate(body, argument);
    },
    /** Lets go of all that the page has open. */
    close: () => session("POST", "/url", { url: "about:blank" }),
  };
}

/** In the page: collects what nobody caught. */
const watchUncaught = () => {
  globalThis.uncaught = [];
  const note = (error) => globalThis.uncaught.push(error?.message ?? `${error}`);
  addEventListener("error", ({ error }) => note(error));
  addEventListener("unhandledrejection", ({ reason }) => note(reason));
};

/** As an expression. */
const inScript = (argument) => JSON.stringify(plain(argument)).replaceAll("</", "<\\/");

/** What JSON has no word for becomes an object with a name of its own. */
const plain = (value) => {
  const isWord = typeof value !== "object" || value === null;
  if (value === undefined || (typeof value === "number" && !Number.isFinite(value)))
    return { "not JSON": `${value}` };
  if (Array.isArray(value)) return value.map(plain);
  return isWord
    ? value
    : Object.fromEntries(Object.entries(value).map(([key, value]) => [key, plain(value)]));
};

/** And is so again. */
const whole = (value) => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(whole);
  if ("not JSON" in value) return value["not JSON"] === "undefined" ? undefined : Number(value["not JSON"]);
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [key, whole(value)]));
};

/** From `import()` until events could come, in a frame that knows nothing of it yet. */

/**
 * Imports `module`, which is bundled for itself, and says how many milliseconds its `ready` took to be there, and what
 * they went for.
 */
export async function ready(module) {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  const script = frame.contentDocument.createElement("script");
  script.type = "module";
  // The frame's own `import()`, or the page's modules would serve it.
  script.textContent = `
    const phases = {};
    const within = (name, body) => {
      const begin = performance.now();
      const value = body();
      phases[name] = (phases[name] ?? 0) + performance.now() - begin;
      return value;
    };
    const { Module, Instance } = WebAssembly;
    const made = (name, made) => new Proxy(made, { construct: (...all) => within(name, () => Reflect.construct(...all)) });
    Object.assign(WebAssembly, { Module: made("compiling", Module), Instance: made("instantiating", Instance) });
    const begin = performance.now();
    const { ready } = await import(${JSON.stringify(`/ready/${module}.js`)});
    const imported = performance.now();
    await ready();
    const ms = performance.now() - begin;
    const loads = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/ready/"));
    const loaded = Math.max(...loads.map(({ responseEnd }) => responseEnd));
    const { compiling = 0, instantiating = 0 } = phases;
    parent.postMessage({ ms, phases: {
      loading: Math.min(loaded, imported) - begin,
      evaluating: imported - Math.min(loaded, imported),
      compiling,
      instantiating,
      rest: ms - (imported - begin) - compiling - instantiating,
    } });
  `;
  const told = new Promise((resolve) => {
    addEventListener("message", ({ data }) => resolve(data), { once: true });
  });
  frame.contentDocument.body.append(script);
  const found = await told;
  frame.remove();
  return found;
}

/** From `import()` until events could come, in a frame that knows nothing of it yet. */

/** Imports `module`, which is bundled for itself, and says how many milliseconds its `ready` took to be there. */
export async function ready(module) {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  const script = frame.contentDocument.createElement("script");
  script.type = "module";
  // The frame's own `import()`, or the page's modules would serve it.
  script.textContent = `
    const begin = performance.now();
    const { ready } = await import(${JSON.stringify(`/ready/${module}.js`)});
    await ready();
    parent.postMessage(performance.now() - begin);
  `;
  const told = new Promise((resolve) => {
    addEventListener("message", ({ data }) => resolve(data), { once: true });
  });
  frame.contentDocument.body.append(script);
  const ms = await told;
  frame.remove();
  return ms;
}

/** What the kit itself needs of where it runs. It is looked at once, before a test fakes anything. */

interface Host {
  readonly MessageChannel?: typeof MessageChannel;
  readonly setImmediate?: (go: () => void) => unknown;
  readonly setTimeout?: typeof setTimeout;
  readonly TextEncoder?: typeof TextEncoder;
  readonly TextDecoder?: typeof TextDecoder;
  readonly Request?: typeof Request;
}

interface NodeProcess {
  getBuiltinModule?(name: "node:vm"): { runInThisContext(code: string): unknown };
}

/** The globals of Node itself: Jest's jsdom has only a part of them. */
const outer = (): Host => {
  try {
    const { process } = globalThis as { process?: NodeProcess };
    return (process?.getBuiltinModule?.("node:vm").runInThisContext("globalThis") ?? {}) as Host;
  } catch {
    return {};
  }
};

const here: Host = globalThis;
const there = outer();

/** What is here or, where that is missing, Node's own. */
export const host: Host = {};
for (const name of ["MessageChannel", "setTimeout", "TextEncoder", "TextDecoder", "Request"] as const) {
  const value = here[name] ?? there[name];
  if (value) Object.assign(host, { [name]: value });
}
/** Whether that is a test's own: fake timers let it run when the test says so. */
const isFaked = (timer: object) => "clock" in timer;
const immediate = [there.setImmediate, here.setImmediate].find((timer) => timer && !isFaked(timer));

/** Lets all promises go on that can: more steps than any way through the package takes. */
export const settled = async (): Promise<void> => {
  for (let step = 0; step < 100; step++) await undefined;
};

/** Lets a task of others run, and then all promises. */
export const turn = async (): Promise<void> => {
  await settled();
  await new Promise<void>((resolve) => {
    if (immediate) immediate(resolve);
    else if (host.MessageChannel) {
      const { port1, port2 } = new host.MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else host.setTimeout?.(resolve);
  });
  await settled();
};

const timeout = [here.setTimeout, there.setTimeout].find((timer) => timer && !isFaked(timer));

/** Lets the machine do other things for a few milliseconds, however a test fakes time. */
export const rest = async (): Promise<void> => {
  if (timeout) await new Promise<void>((resolve) => timeout(resolve, 5));
  await turn();
};

/** To UTF-8. */
export const encode = (text: string): Uint8Array =>
  new (host.TextEncoder as typeof TextEncoder)().encode(text);

/** From UTF-8. */
export const decoder = (): TextDecoder =>
  // [spec] Streams must be decoded using the UTF-8 decode algorithm, which strips one byte order mark.
  new (host.TextDecoder as typeof TextDecoder)("utf-8");

/** Makes `using` dispose of a value, also where the symbol is missing. */
export const disposable = <T extends object>(value: T, dispose: () => void): T & Disposable =>
  Object.defineProperty(value, Symbol.dispose ?? Symbol.for("Symbol.dispose"), {
    value: dispose,
  }) as T & Disposable;

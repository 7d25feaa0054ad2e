/** Knows what a page keeps open. Loaded before the package, as a script of the old kind, so that nothing escapes it. */
(() => {
  const timers = new Set();
  const listeners = new Set();
  const readers = new Set();
  const sources = new Set();
  const memories = new Set();
  let workers = 0;
  let isOver = false;
  let late = 0;
  let longest = 0;

  const later = setTimeout.bind(globalThis);
  const timing =
    (start, isRepeated) =>
    (handler, ms, ...values) => {
      longest = Math.max(longest, ms ?? 0);
      const timer = start(() => {
        if (!isRepeated) timers.delete(timer);
        if (isOver) late++;
        handler(...values);
      }, ms);
      timers.add(timer);
      return timer;
    };
  const clearing = (clear) => (timer) => {
    timers.delete(timer);
    clear(timer);
  };
  globalThis.setTimeout = timing(later, false);
  globalThis.setInterval = timing(setInterval.bind(globalThis), true);
  globalThis.clearTimeout = clearing(clearTimeout.bind(globalThis));
  globalThis.clearInterval = clearing(clearInterval.bind(globalThis));

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const captures = (options) => !!(options?.capture ?? options === true);
  const forget = (target, type, listener, capture) => {
    for (const one of listeners)
      if (one.target === target && one.type === type && one.listener === listener && one.capture === capture)
        listeners.delete(one);
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    addEventListener.call(this, type, listener, options);
    if (options?.signal?.aborted) return;
    const target = this ?? globalThis;
    const capture = captures(options);
    const gone = () => forget(target, type, listener, capture);
    // A second time the same is still one.
    gone();
    listeners.add({ target, type, listener, capture });
    if (options?.signal) addEventListener.call(options.signal, "abort", gone);
    if (options?.once) addEventListener.call(target, type, gone, { once: true, capture });
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    removeEventListener.call(this, type, listener, options);
    forget(this ?? globalThis, type, listener, captures(options));
  };

  const { getReader } = ReadableStream.prototype;
  ReadableStream.prototype.getReader = function (...options) {
    const reader = getReader.apply(this, options);
    readers.add(reader);
    const done = () => readers.delete(reader);
    reader.closed.then(done, done);
    return reader;
  };

  globalThis.EventSource = class extends EventSource {
    constructor(...values) {
      super(...values);
      sources.add(this);
    }
    close() {
      super.close();
      sources.delete(this);
    }
  };

  globalThis.Worker = class extends Worker {
    constructor(...values) {
      super(...values);
      workers++;
    }
    terminate() {
      super.terminate();
      workers--;
    }
  };

  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...values) => {
    const made = await instantiate(...values);
    memories.add((made.instance ?? made).exports.memory);
    return made;
  };

  globalThis.watch = {
    /** From now on nothing may happen any more. */
    over() {
      isOver = true;
    },
    /** How much there is of what may be left behind, `late` of it timers that went off after it was over. */
    left: () => ({
      timers: timers.size,
      late,
      listeners: listeners.size,
      readers: readers.size,
      eventSources: [...sources].filter(({ readyState }) => readyState !== EventSource.CLOSED).length,
      workers,
    }),
    /** The longest wait that a timer was given, in milliseconds. */
    longest: () => longest,
    /** How many bytes of memory WebAssembly has. */
    wasmBytes: () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
    /** A wait that is not watched. */
    moment: (ms) => new Promise((resolve) => later(resolve, ms)),
  };
})();

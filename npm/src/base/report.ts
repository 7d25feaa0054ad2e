/**
 * Reports what a handler threw as an uncaught error, so that it harms neither the stream nor other handlers
 * and still reaches `window.onerror` and the console.
 */
export const report = (error: unknown): void => {
  if ("reportError" in globalThis) reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
};

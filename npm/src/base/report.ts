/**
 * Reports what a handler threw as an uncaught error, so that it harms neither the stream nor other handlers
 * and still reaches `window.onerror` and the console. It never throws, whatever a page has made of `reportError`.
 */
export const report = (error: unknown): void => {
  try {
    reportError(error);
  } catch {
    // Node has none.
    queueMicrotask(() => {
      throw error;
    });
  }
};

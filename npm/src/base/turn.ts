/**
 * Calls `go` in a task of its own: after all that is ready to run now, promises included. A timer would be as good where
 * it is not slowed, as it is in hidden pages.
 */
export const afterTurn = (go: () => void): void => {
  if (!globalThis.MessageChannel) {
    setTimeout(go);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    go();
  };
  port2.postMessage(0);
};

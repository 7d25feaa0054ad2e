/** A way to where an engine lives, or to those who share one. What is said on it comes in order, or not at all. */
export interface Wire<Out, In> {
  post(message: Out): void;
  /**
   * Hears what the other side says, until this is called again.
   *
   * @param died - called if the other side fails. Not every end is told: see `probe.ts`
   * @param isExpected - whether the failure is dealt with, so that nobody else needs to hear of it
   */
  listen(hear: (message: In) => void, died?: (why: string) => void, isExpected?: boolean): void;
  /** Nothing is said or heard any more. */
  close(): void;
}

/** To a worker that is started for it, and ends with it. Throws where none can be made. */
export const workerWire = <Out, In>(address: string): Wire<Out, In> => {
  const worker = new Worker(address);
  return {
    post: (message) => worker.postMessage(message),
    listen(hear, died, isExpected) {
      worker.onmessage = ({ data }: MessageEvent<In>) => hear(data);
      worker.onerror = (event) => {
        if (isExpected) event.preventDefault();
        died?.(event.message);
      };
    },
    close: () => worker.terminate(),
  };
};

/** To all of the same origin that have a wire of this name. */
export const channelWire = <Message>(name: string): Wire<Message, Message> => {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen(hear) {
      channel.onmessage = ({ data }: MessageEvent<Message>) => hear(data);
    },
    close: () => channel.close(),
  };
};

/**
 * One event of the stream.
 *
 * @typeParam T - the event type's name
 * @typeParam D - what its data is decoded to
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export interface ServerSentEvent<T extends string = string, D = unknown> {
  /** The event type; `"message"` where the server names none. */
  readonly type: T;
  /** The decoded data. */
  readonly data: D;
  /** The last event ID, carried over from an earlier event where this one brought none; `""` before any. */
  readonly lastEventId: string;
  /** The origin of the stream's final URL. */
  readonly origin: string;
  /** The data as the server sent it. */
  readonly raw: string;
}

/** The names of the event types of an event map. */
export type EventType<E extends object> = keyof E & string;

/** The events of an event map, as a union that `type` discriminates. */
export type EventOf<E extends object, K extends EventType<E> = EventType<E>> = {
  [T in K]: ServerSentEvent<T, E[T]>;
}[K];

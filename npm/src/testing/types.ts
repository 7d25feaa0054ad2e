/// <reference lib="esnext.disposable" preserve="true" />
import type { BaseOptions } from "../index.js";
import type { ScriptAttempt, ScriptBytes, StreamScript } from "./script.js";

/** The clock that sources run by while a mock stands. */
export interface Clock {
  /** The time, in milliseconds since the clock was made. Short waits make it go on a little by itself. */
  readonly now: number;
  /**
   * Lets this many milliseconds pass, with all that is due meanwhile, in order. It takes as long as that takes, and no
   * longer: a minute of backoff takes a few milliseconds.
   *
   * @example
   * ```ts
   * orders.cut();
   * await orders.clock.advance(2_000); // the first wait is one second, and up to one more
   * expect(source.state.status).toBe("open");
   * ```
   */
  advance(ms: number): Promise<void>;
  /**
   * The machine sleeps so long: the wall clock goes on, and no timer goes off. A page hears of it when it wakes.
   *
   * @example
   * ```ts
   * await orders.clock.sleep(3_600_000);
   * await orders.request(); // the stream may be dead: another one replaces it
   * ```
   */
  sleep(ms: number): Promise<void>;
}

/** The fields of an event beside its type and data. */
export interface SendOptions {
  /** Its id; default none. */
  readonly id?: string | number | undefined;
  /** The reconnection time that comes with it, in milliseconds; default none. */
  readonly retry?: number | undefined;
  /** Only so many bytes of it are sent, as if the connection broke in the middle of it; default all. */
  readonly partBytes?: number | undefined;
}

/**
 * The server's end of a connection, or of all that are open. The promises are fulfilled when the application's handlers
 * had what was sent, and are never rejected: nobody has to wait for them.
 */
export interface MockConnection<E extends object = Record<string, unknown>> {
  /**
   * Sends an event; its data are encoded as JSON.
   *
   * @throws Error if no connection is open
   *
   * @example
   * ```ts
   * await orders.send("orderUpdate", { orderId: 7, status: "shipped" }, { id: 1 });
   * orders.send("orderUpdate", { orderId: 8, status: "new" }, { id: 2, partBytes: 20 });
   * orders.cut(); // in the middle of the second event
   * ```
   */
  send<K extends keyof E & string>(type: K, data: E[K], options?: SendOptions): Promise<void>;
  /**
   * Sends bytes as they are, in one piece.
   *
   * @throws Error if no connection is open
   *
   * @example
   * ```ts
   * orders.write(": heartbeat\n\n");
   * orders.write("id: 3\n\n"); // an id without an event
   * orders.write("data: 1\r"); // the line end comes in two pieces
   * orders.write("\n\r\n");
   * ```
   */
  write(bytes: ScriptBytes | Uint8Array): Promise<void>;
  /** Sets the reconnection time, in milliseconds. */
  retry(ms: number): Promise<void>;
  /** Ends the response as a server does that is done. */
  end(): Promise<void>;
  /** Breaks the connection, as a network does. */
  cut(): Promise<void>;
}

/** A request that came to a mock, and the connection that it made. */
export interface MockRequest<E extends object = Record<string, unknown>> extends MockConnection<E> {
  /** 1 for the first that came to this mock. */
  readonly number: number;
  readonly method: string;
  /** Where it went, in full. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** The id that it resumes from, in the header or else in the query; `""` if it begins anew. */
  readonly lastEventId: string;
  /** The body as the application gave it; `undefined` for none. */
  readonly body: unknown;
  readonly credentials: "include" | "same-origin" | "omit";
  /** What made it: fetch, or the browser's EventSource. */
  readonly transport: "fetch" | "eventsource";
  /** The clock's time when it came. */
  readonly atMs: number;
  /** How many events of `events` steps it was sent. */
  readonly sentEvents: number;
  /** Whether it was answered with a stream that neither side has ended. */
  readonly isOpen: boolean;
  /** Whether the application left before the server was done. */
  readonly clientLeft: boolean;
  /**
   * Answers a request that nobody has answered; see `stall()`.
   *
   * @example
   * ```ts
   * orders.stall();
   * const request = await orders.request();
   * request.answer({ status: 503, headers: { "retry-after": "5" } });
   * ```
   */
  answer(attempt: ScriptAttempt): Promise<void>;
}

/** The options of `mockStream()`, `serveStream()` and `streamHandler()`. */
export interface MockOptions {
  /**
   * How requests are answered, one attempt each. Default: each gets an event stream that stays open, and the test sends by
   * hand.
   */
  readonly script?: StreamScript | undefined;
}

/** For how many requests something holds. */
export interface Answering {
  /** Default: all, until something else is asked for. */
  readonly times?: number | undefined;
}

/** How a request is refused. */
export interface Refusal extends Answering {
  readonly headers?: { readonly [name: string]: string | null } | undefined;
  /** The text of the body; default none. */
  readonly body?: string | undefined;
}

/** How long a request is waited for. */
export interface RequestOptions {
  /** How far the clock may go meanwhile, in milliseconds; default 60,000. */
  readonly withinMs?: number | undefined;
}

/** A server of one event stream. What it sends goes to all connections that are open. */
export interface StreamServer<E extends object = Record<string, unknown>> extends MockConnection<E> {
  /** Where it stands, in full. */
  readonly url: string;
  /** All requests that came, the oldest first. */
  readonly requests: readonly MockRequest<E>[];
  /** The requests whose streams are open. An application that lets go leaves none. */
  readonly connections: readonly MockRequest<E>[];
  /**
   * Waits for the next request that this has not given yet. If none is there, the clock goes on to the next thing that is
   * due, and so on: nobody has to know how long a source waits.
   *
   * @throws Error if none comes
   *
   * @example
   * ```ts
   * orders.cut();
   * const { lastEventId } = await orders.request();
   * ```
   */
  request(options?: RequestOptions): Promise<MockRequest<E>>;
  /** Answers requests from now on with event streams that stay open, as it does at first. */
  accept(options?: Answering & { readonly headers?: ScriptAttempt["headers"] }): void;
  /**
   * Refuses requests from now on. What is open stays open; see `cut()`.
   *
   * @example
   * ```ts
   * orders.refuse(401, { times: 1 });
   * orders.refuse(503, { headers: { "retry-after": "5" }, body: "maintenance" });
   * ```
   */
  refuse(status: number, options?: Refusal): void;
  /** Takes requests from now on without an answer. */
  stall(options?: Answering): void;
  /** Answers requests from now on as an attempt of a script says. */
  answer(attempt: ScriptAttempt, options?: Answering): void;
  /** Ends one `waitForRelease` of a script, now or to come. */
  release(): Promise<void>;
}

/** A server in memory; see `mockStream()`. */
export interface MockStream<E extends object = Record<string, unknown>> extends StreamServer<E>, Disposable {
  /** The clock that sources run by. All mocks that stand beside each other have the same. */
  readonly clock: Clock;
  /**
   * The fetch of this server and those beside it, for an application that gives `connect()` a `fetch` of its own. It gives
   * as much of a response as a source reads; to other URLs it is the global fetch.
   */
  readonly fetch: NonNullable<BaseOptions["fetch"]>;
  /** Takes the server away. Its requests hear nothing more. */
  close(): void;
}

/** The platform's own types where it has them. */
type Instance<Name extends string> = typeof globalThis extends {
  readonly [N in Name]: { readonly prototype: infer T };
}
  ? T
  : object;

/** A server behind a function; see `streamHandler()`. */
export interface HandledStream<E extends object = Record<string, unknown>>
  extends Omit<StreamServer<E>, "url"> {
  /** Takes a request in; gives its response when it is answered. A connection that is cut is a body that fails. */
  readonly handle: (request: Instance<"Request">) => Promise<Instance<"Response">>;
}

/** A server over HTTP; see `serveStream()`. */
export interface ServedStream<E extends object = Record<string, unknown>>
  extends StreamServer<E>,
    AsyncDisposable {
  /** Ends all connections, and the server. */
  close(): Promise<void>;
}

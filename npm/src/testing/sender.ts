import { bytesOf } from "./bytes.js";
import type { ScriptBytes } from "./script.js";

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

/** What there is to do about a connection. */
export interface Connection {
  write(bytes: Uint8Array): void;
  end(): void;
  cut(): void;
}

/** An event as it is on the wire. */
const encoded = (type: string, data: unknown, { id, retry, partBytes }: SendOptions): Uint8Array => {
  for (const [name, value] of [
    ["type", type],
    ["id", `${id ?? ""}`],
  ] as const)
    if (/[\r\n\0]/.test(value)) throw new TypeError(`an event's ${name} has no line ends: use write()`);
  const lines = [
    ...(type === "message" ? [] : [`event: ${type}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    `data: ${JSON.stringify(data) ?? "null"}`,
  ];
  return bytesOf(`${lines.join("\n")}\n\n`).slice(0, partBytes);
};

/**
 * @param open - gives the connections that are open; throws if there are none
 * @param settle - lets the application have what was sent
 */
export const createSender = (
  open: () => readonly Connection[],
  settle: () => Promise<void>,
): MockConnection => {
  const each = (go: (connection: Connection) => void) => {
    for (const connection of open()) go(connection);
    return settle();
  };
  const write = (bytes: ScriptBytes | Uint8Array) => {
    const all = bytesOf(bytes);
    return each((connection) => connection.write(all));
  };
  return {
    send: (type, data, options = {}) => write(encoded(type, data, options)),
    write,
    retry: (ms) => write(`retry: ${ms}\n\n`),
    end: () => each((connection) => connection.end()),
    cut: () => each((connection) => connection.cut()),
  };
};

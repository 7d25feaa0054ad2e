import { bytesOf } from "./bytes.js";
import type { ScriptBytes } from "./script.js";
import type { MockConnection, SendOptions } from "./types.js";

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

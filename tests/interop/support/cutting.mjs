/** What stands between a client and a server, and cuts connections. */
import { connect, createServer } from "node:net";

/** Passes everything on, and cuts each of the first connections after so many bytes of its answer. */
export async function cutting(origin, afterBytes) {
  const { port } = new URL(origin);
  const cuts = [...afterBytes];
  const sockets = new Set();
  const proxy = createServer((client) => {
    const server = connect(Number(port), "127.0.0.1");
    let left = cuts.shift() ?? Number.POSITIVE_INFINITY;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", end).on("close", end);
    }
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => {
      const part = bytes.subarray(0, left);
      left -= part.length;
      client.write(part, () => left <= 0 && client.resetAndDestroy());
    });
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  };
  return { origin: `http://127.0.0.1:${proxy.address().port}`, stop, left: () => cuts.length };
}

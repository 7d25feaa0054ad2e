/** A node: the demo server, with its log in Redis and room for all clients, which come from one address. */
import { keep } from "./program.mjs";

export function startNode(command, { port, log, clients }) {
  const room = String(2 * clients + 100);
  const limits = ["--max-connections", room, "--max-streams-per-client", room, "--replay-events", "100000"];
  const bytes = ["--replay-bytes", String(64 * 1024 * 1024)];
  const drain = ["--drain-ms", "5000"];
  return keep(command, ["--port", String(port), "--log", log, ...limits, ...bytes, ...drain], port);
}

/** A Redis of the test's own, which loses nothing that it has confirmed. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { keep } from "./program.mjs";

export async function startRedis(command, { folder, port }) {
  const data = join(folder, "redis");
  await mkdir(data);
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--dir", data, "--loglevel", "warning"];
  // With `everysec` up to a second of events would be lost.
  const persistence = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const program = await keep(command, [...args, ...persistence], port);
  async function lose() {
    await rm(data, { recursive: true });
    await mkdir(data);
  }
  return Object.assign(program, { url: `redis://127.0.0.1:${port}`, lose });
}

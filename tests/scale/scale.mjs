/** Two nodes behind nginx, a log in Redis, and many clients: each fault, and what it did to them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, say } from "../../scripts/lib/run.mjs";
import { freePort } from "../../scripts/lib/server.mjs";
import { faults } from "./faults.mjs";
import { startLoad, writeCertificate } from "./support/load.mjs";
import { startNginx } from "./support/nginx.mjs";
import { startNode } from "./support/node.mjs";
import { startRedis } from "./support/redis.mjs";
import { summary, table, verdict } from "./support/report.mjs";

/** How much is done where nobody asks for all: what a step of the tests has time for. */
const some = { clients: 1_000, perConnection: 1, kills: 4, restarts: 1, eventsPerSecond: 5 };
const all = { clients: 10_000, perConnection: 10, kills: 20, restarts: 3, eventsPerSecond: 2 };

/** Goes through every fault; a `Failure` if a client was harmed. */
export async function scale({ full, server, load, redis, nginx }) {
  const size = full ? all : some;
  const folder = await mkdtemp(join(tmpdir(), "typed-eventsource-scale-"));
  const open = [];
  const opened = (program) => {
    open.unshift(program);
    return program;
  };
  try {
    await writeCertificate(load, folder);
    const log = opened(await startRedis(redis, { folder, port: await freePort(0) }));
    const nodes = [];
    for (const _ of ["one", "other"]) {
      nodes.push(opened(await startNode(server, { port: await freePort(0), log: log.url, ...size })));
    }
    const ports = nodes.map(({ port }) => port);
    const proxy = opened(await startNginx(nginx, { folder, port: await freePort(0), nodes: ports }));
    const clients = opened(startLoad(load, { folder, address: proxy.address, ...size }));
    say(`${size.clients} clients of two nodes behind nginx`);
    await clients.settle();
    // So that nothing that came before counts.
    await clients.report();
    const rows = [];
    for (const [name, { fault, loses = false }] of Object.entries(faults)) {
      await clients.begin();
      await fault({ clients, nodes, log, proxy, size });
      await clients.settle();
      const row = { name, loses, clients: size.clients, ...(await clients.report()) };
      rows.push(row);
      console.log(`${name}: ${verdict(row) ?? "as it should be"}`);
    }
    console.log(`\n${table(rows)}\n\n${summary(rows)}`);
    const wrong = rows.filter(verdict).map((row) => `${row.name}: ${verdict(row)}`);
    if (wrong.length) throw new Failure(wrong.join("; "));
  } finally {
    // The clients first: nothing that follows is a fault that they should tell of.
    for (const program of open) await program.stop();
    await rm(folder, { recursive: true });
  }
}

/** What befalls the nodes, their log and their proxy while events flow. Nothing here waits for time to pass. */
export const faults = {
  "nothing at all": {
    async fault({ clients }) {
      for (let count = 0; count < 10; count++) await clients.settle();
    },
  },
  "kill -9 of a node": {
    async fault({ clients, nodes, size }) {
      for (let count = 0; count < size.kills; count++) {
        const node = nodes[count % nodes.length];
        await clients.stable();
        await node.kill();
        // All of them are at the other node now.
        await clients.settle();
        await node.start();
        await clients.settle();
      }
    },
  },
  "rolling restart by SIGTERM": {
    async fault({ clients, nodes, size }) {
      for (let count = 0; count < size.restarts; count++) {
        for (const node of nodes) {
          await clients.stable();
          await node.end();
          await clients.settle();
          await node.start();
          await clients.settle();
        }
      }
    },
  },
  "Redis killed, with its data": {
    async fault({ clients, log }) {
      await log.kill();
      await clients.failed();
      await log.start();
    },
  },
  "nginx reloaded": {
    async fault({ clients, proxy, size }) {
      await clients.stable();
      proxy.reload();
      await clients.reconnected(size.clients);
    },
  },
  "Redis killed, its data lost": {
    loses: true,
    async fault({ clients, log }) {
      await log.kill();
      await clients.failed();
      await log.lose();
      await log.start();
    },
  },
};

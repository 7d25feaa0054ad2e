/** An nginx of the test's own: TLS and HTTP/2 before, connections that are kept behind. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keep } from "./program.mjs";

export async function startNginx(command, { folder, port, nodes }) {
  const own = join(folder, "nginx");
  await mkdir(own);
  const file = join(own, "nginx.conf");
  await writeFile(file, configuration(folder, own, port, nodes));
  const program = await keep(command, ["-p", own, "-e", join(own, "error.log"), "-c", file], port);
  const reload = () => process.kill(program.pid, "SIGHUP");
  return Object.assign(program, { address: `127.0.0.1:${port}`, reload });
}

const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

const configuration = (folder, own, port, nodes) => `
daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${own}/nginx.pid;
worker_processes 1;
worker_rlimit_nofile 20000;
# After a reload, streams that do not end are cut.
worker_shutdown_timeout 1s;
events { worker_connections 19000; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${own}/${name};`).join("\n  ")}
  # A node that does not answer is asked again by the next request: it may be back.
  upstream nodes {
    ${nodes.map((node) => `server 127.0.0.1:${node} max_fails=0;`).join("\n    ")}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    ssl_certificate ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    keepalive_requests 1000000;
    location / {
      proxy_pass http://nodes;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      # Longer than the silence between two comments.
      proxy_read_timeout 60s;
      proxy_connect_timeout 10s;
      # A node that stops refuses new streams.
      proxy_next_upstream error timeout http_503;
    }
  }
}
`;

/** The clients, in a program of their own, which is told what to do line by line. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Failure, run, start, stop } from "../../../scripts/lib/run.mjs";

/** A certificate for 127.0.0.1, as the clients and nginx each read it. */
export async function writeCertificate(program, folder) {
  await run(program, ["certificate", folder], { name: "load certificate" });
  for (const [name, title] of [
    ["certificate", "CERTIFICATE"],
    ["key", "PRIVATE KEY"],
  ]) {
    const encoded = (await readFile(join(folder, `${name}.der`))).toString("base64").match(/.{1,64}/g);
    const pem = [`-----BEGIN ${title}-----`, ...encoded, `-----END ${title}-----`, ""];
    await writeFile(join(folder, `${name}.pem`), pem.join("\n"), { mode: 0o600 });
  }
}

export function startLoad(program, { folder, address, clients, perConnection, eventsPerSecond }) {
  const numbers = [clients, perConnection, eventsPerSecond].map(String);
  const args = ["clients", address, join(folder, "certificate.der"), ...numbers];
  const child = start(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  async function ask(command) {
    child.stdin.write(`${command}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Failure("the clients ended");
    return JSON.parse(value);
  }
  async function wait(command, what) {
    if ((await ask(command)).is) return;
    throw new Failure(`${what}: ${JSON.stringify(await ask("report"))}`);
  }
  return {
    begin: () => ask("begin"),
    /** Every client has an event that was published after this was asked. */
    settle: () => wait("settle", "some clients did not get what was published"),
    /** The streams of all have been open for so long that the next failure counts as their first. */
    stable: () => wait("stable", "some streams did not stay open"),
    failed: () => wait("failed", "everything was published, although nothing could be"),
    reconnected: (count) => wait(`reconnected ${count}`, `fewer than ${count} streams were asked for anew`),
    report: () => ask("report"),
    stop: () => stop(child),
  };
}

/** What the dependencies may be, and what is known against them: `deny.toml`, RustSec, npm's audit. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cargoTool } from "./cargo-tool.mjs";
import { at } from "./paths.mjs";
import { Failure, run, say } from "./run.mjs";
import { npm } from "./setup.mjs";

const version = "0.20.2";

/** The demo page has these npm packages in it. The published package has none. */
const shipped = ["uplot"];

/** Licences, sources and advisories of all crates of every lock file. */
export async function auditCrates() {
  const program = await cargoTool("cargo-deny", version, { flags: ["--locked", "--no-default-features"] });
  const deny = (args, name) => run(program, args, { name: `cargo-deny ${name}` });
  const manifests = await lockedManifests();
  const check = async (...checks) => {
    // An example need not have every crate that has an exception; two versions of a crate are no danger.
    const quiet = ["--hide-inclusion-graph", "-A", "license-exception-not-encountered", "-A", "duplicate"];
    for (const manifest of manifests) {
      say(`${manifest}: ${checks.join(", ")}`);
      const where = ["--locked", "--manifest-path", at(manifest), "--config", at("deny.toml")];
      await deny([...where, "check", ...quiet, ...checks], checks.join(" "));
    }
  };
  await check("licenses", "bans", "sources");
  try {
    await deny(["fetch", "db"], "fetch db");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return say("advisories of crates: skipped: the advisory database cannot be reached");
  }
  await check("advisories");
}

/** The manifests that have a lock file beside them. */
async function lockedManifests() {
  const examples = (await readdir(at("examples"))).map((name) => join("examples", name));
  const all = [".", "bench", "fuzz", ...examples].filter((folder) => existsSync(at(folder, "Cargo.lock")));
  return all.map((folder) => join(folder, "Cargo.toml"));
}

/** What npm's registry knows against the packages of the lock file; fails for what users would run. */
export async function auditPackages() {
  const { message, grave, others } = judged(await npmAudit());
  if (message) return say(`advisories of npm packages: skipped: the registry does not tell: ${message}`);
  for (const finding of others) console.log(`for developers only, or not grave: ${finding}`);
  if (grave.length) throw new Failure(`npm audit found in what users run: ${grave.join(", ")}`);
  say(`advisories of npm packages: ${others.length} for developers only`);
}

/** What npm prints. It ends with another code than 0 when it found something, which is no failure of its own. */
async function npmAudit() {
  let output = "";
  const onLine = (line) => {
    output += `${line}\n`;
  };
  await npm(["audit", "--json", "--package-lock-only"], { onLine }).catch((error) => {
    if (!(error instanceof Failure)) throw error;
  });
  return output;
}

/** What the output of `npm audit --json` means: findings in what users run, other ones, or why there are none. */
export function judged(output) {
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    return { message: "npm printed no report" };
  }
  if (!report.vulnerabilities) return { message: report.message ?? "it has no report" };
  const all = Object.values(report.vulnerabilities);
  const isGrave = ({ name, severity }) => shipped.includes(name) && ["high", "critical"].includes(severity);
  const findings = (some) => some.map(({ name, severity, range }) => `${name} ${range} (${severity})`);
  return {
    grave: findings(all.filter(isGrave)),
    others: findings(all.filter((one) => !isGrave(one))),
  };
}

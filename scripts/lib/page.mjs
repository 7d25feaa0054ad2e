/** The demo page: a Vite project that uses the package in dist/ as its users would. */
import { unlessFresh } from "./fresh.mjs";
import { vite } from "./node-tool.mjs";
import { at } from "./paths.mjs";
import { say } from "./run.mjs";

export async function buildPage() {
  // The page links to the README, as a file of its own.
  const inputs = [at("www"), at("dist"), at("README.md"), at("package-lock.json")];
  const outputs = [at("www/dist")];
  await unlessFresh("page", { inputs, outputs, ignore: outputs }, async () => {
    say("building the demo page");
    await vite(["build", at("www"), "--logLevel", "warn"]);
  });
}

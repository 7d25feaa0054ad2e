import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

/** The project's README beside the page, which links to it. */
const readme = {
  name: "readme",
  generateBundle() {
    const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    // The byte order mark says that it is UTF-8 where the server does not.
    this.emitFile({ type: "asset", fileName: "readme.txt", source: `\uFEFF${text}` });
  },
};

// The page imports the package by its own name, as a user's page would, and so gets what dist/ publishes.
export default defineConfig({
  plugins: [readme],
  build: { outDir: "dist", emptyOutDir: true, target: "es2022" },
});

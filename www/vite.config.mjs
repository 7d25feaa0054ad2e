import { defineConfig } from "vite";

// The page imports the package by its own name, as a user's page would, and so gets what dist/ publishes.
export default defineConfig({
  build: { outDir: "dist", emptyOutDir: true, target: "es2022" },
});

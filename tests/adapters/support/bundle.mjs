/** The apps, built for production or development with the package as npm packs it. */

import { cp, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "svelte/compiler";
import { project, root } from "../../packaging/support/package.mjs";

const apps = fileURLToPath(new URL("apps", import.meta.url));

/** The development tools that the apps resolve by themselves. */
const links = [
  "react",
  "react-dom",
  "react-refresh",
  "vue",
  "svelte",
  "solid-js",
  "@angular",
  "rxjs",
  "@tanstack",
];

/** Svelte's own compiler, without the plugin of a bundler. */
const svelte = (generate) => ({
  name: "svelte",
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { js } = compile(source, { filename: basename(path), generate });
      return { contents: js.code, loader: "js" };
    });
  },
});

/**
 * Builds an app.
 *
 * @param name - the app's file
 * @param mode - `production` or `development`
 * @param platform - `browser` or, for what renders on a server, `node`
 * @param frameworks - a folder with other versions of the frameworks
 * @returns its code, as a module
 */
export async function app(test, name, { mode = "production", platform = "browser", frameworks } = {}) {
  const folder = await project(test, { links: frameworks ? [] : links });
  if (frameworks) await cp(frameworks, join(folder, "node_modules"), { recursive: true });
  await cp(apps, join(folder, "src"), { recursive: true });
  const browser = platform === "browser";
  const { outputFiles } = await build({
    ...{ absWorkingDir: folder, entryPoints: [`src/${name}.js`], outdir: "out" },
    ...{ bundle: true, write: false, format: "esm", target: "es2022", platform, logLevel: "warning" },
    ...{ minify: mode === "production", plugins: [svelte(browser ? "client" : "server")] },
    conditions: [mode, "module", ...(browser ? ["svelte", "browser"] : [])],
    define: {
      "process.env.NODE_ENV": JSON.stringify(mode),
      ngDevMode: String(mode !== "production"),
      __VUE_OPTIONS_API__: "true",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
    },
    ...(!browser && {
      banner: {
        js: `import { createRequire } from "node:module"; const require = createRequire("${root}");`,
      },
    }),
  });
  return outputFiles[0].text;
}

/** What applications import of the package, and the module of each. */

/** Those that the package is: they share what they have in common. */
export const entries = { index: "index.js", eventsource: "eventsource.js" };

/**
 * Those that are made of the entries above, as an application is: each is a file that imports theirs, and adds nothing to
 * them. They know no names but public ones.
 */
export const addOns = {
  store: "store.js",
  react: "react.js",
  vue: "vue.js",
  svelte: "svelte.js",
  solid: "solid.js",
  angular: "angular.js",
  rxjs: "rxjs.js",
  tanstack: "tanstack.js",
  testing: "testing.js",
};

/** What the package's command runs: a module for Node, which no application imports. */
export const command = { contract: "contract/index.js" };

/** The folders of `npm/src` that those are in. */
export const addOnFolders = ["store", "adapters", "testing", "contract"];

/** Whether a file is of an entry that is made of others; `path` begins in `npm/src`. */
export function isAddOn(path) {
  const [first] = path.replace(/\.ts$/, "").split(/[\\/]/);
  return first in addOns || addOnFolders.includes(first);
}

/** The texts of the project lead to files that are there. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { at, root } from "../../scripts/lib/paths.mjs";

test("each link to a file leads to one", async () => {
  const texts = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  let count = 0;
  for (const text of texts) {
    const written = await readFile(at(text), "utf8");
    for (const [, link] of written.matchAll(/\]\((?!https?:|#)([^)\s#]+)/g)) {
      count++;
      await assert.doesNotReject(access(at(dirname(text), link)), `${text}: ${link}`);
    }
  }
  assert.ok(count > 20, `${count} links`);
});

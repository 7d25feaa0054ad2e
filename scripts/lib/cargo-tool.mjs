/** Programs that cargo builds once, for the checks alone: apart from those the user has installed. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toolCache } from "./paths.mjs";
import { run, say } from "./run.mjs";

// They are built once and run seldom: building them fast matters more than what they do with the time.
const quickBuild = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "false",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

/** The path of a crate's program, which has the crate's name unless `program` says another; built if missing. */
export async function cargoTool(
  crate,
  version,
  { folder = crate, program = crate, flags = ["--locked"] } = {},
) {
  const home = join(toolCache, `${folder}-${version}`);
  const file = join(home, "bin", process.platform === "win32" ? `${program}.exe` : program);
  if (!existsSync(file)) {
    say(`building ${crate} ${version} (once; some minutes)`);
    await mkdir(home, { recursive: true });
    await run("cargo", ["install", crate, "--version", version, "--root", home, ...flags], {
      name: `cargo install ${crate}`,
      // In a temporary target folder, which cargo removes.
      env: { ...quickBuild, CARGO_TARGET_DIR: undefined, RUSTFLAGS: undefined },
    });
  }
  return file;
}

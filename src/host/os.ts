// vulcan.os: what the skill runs on.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";

const group = new FunctionGroup("vulcan.os", ["info"]);

const systems: Record<string, string> = { win32: "windows", darwin: "macos" };
const architectures: Record<string, string> = {
  x64: "x86_64",
  ia32: "i686",
  arm64: "aarch64",
  arm: "armv7l",
};

export interface OsInfo {
  /** `linux`, `macos`, `windows`, or Node's name of anything else. */
  os: string;
  /** `x86_64`, `i686`, `aarch64`, `armv7l`, or Node's name of anything else. */
  arch: string;
}

export function osInfo(platform: string = process.platform, arch: string = process.arch): OsInfo {
  return { os: systems[platform] ?? platform, arch: architectures[arch] ?? arch };
}

export function installOs(builder: HostBuilder): void {
  builder.functions(group, () => ({ info: () => osInfo() }));
}

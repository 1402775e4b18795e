import type { HostVm } from "../scope.js";

/** The absolute path of the folder that code on a VM works in. */
export function workingFolder(host: Pick<HostVm, "cwd">): string {
  return host.cwd ?? process.cwd();
}

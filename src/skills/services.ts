// What the host functions of all VMs of one engine share.

import type { HostServices } from "../host/services.js";

export function createServices(): HostServices {
  return {
    paths: { tempDir: undefined, resourcesDir: undefined },
    defaultTextEncoding: undefined,
    managedIo: true,
  };
}

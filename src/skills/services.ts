// What the host functions of all VMs of one engine share.

import type { HostServices } from "../host/services.js";
import type { EngineSettings } from "./options.js";

export function createServices(settings: EngineSettings): HostServices {
  return {
    paths: settings.paths,
    defaultTextEncoding: settings.defaultTextEncoding,
    managedIo: settings.capabilities.managedIo,
  };
}

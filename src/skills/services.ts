// What the host functions of all VMs of one engine share.

import { TextEncodings } from "../host/encoding.js";
import { Processes } from "../host/process/processes.js";
import type { HostServices } from "../host/services.js";
import type { EngineSettings } from "./options.js";

export function createServices(settings: EngineSettings): HostServices {
  return {
    paths: settings.paths,
    encodings: new TextEncodings(settings.defaultTextEncoding),
    processes: new Processes(),
    managedIo: settings.capabilities.managedIo,
  };
}

// What the host functions of all VMs of one engine share.

import type { TextEncodings } from "./encoding.js";
import type { Processes } from "./process/processes.js";

export interface HostServices {
  readonly paths: {
    /** `vulcan.runtime.temp_dir`. */
    readonly tempDir: string | undefined;
    /** `vulcan.runtime.resources_dir`. */
    readonly resourcesDir: string | undefined;
  };
  /** What the labels of text encodings mean, and which one counts unless a call says otherwise. */
  readonly encodings: TextEncodings;
  /** Every child process of the engine. */
  readonly processes: Processes;
  /** `io` of exec and lease VMs is the managed one. */
  readonly managedIo: boolean;
}

// What the host functions of all VMs of one engine share.

import type { Databases } from "../databases/databases.js";
import type { ValueCache } from "./cache.js";
import type { SkillConfig } from "./config.js";
import type { TextEncodings } from "./encoding.js";
import type { HostTools } from "./host-tools.js";
import type { Models } from "./models.js";
import type { Processes } from "./process/processes.js";
import type { SkillManagement } from "./skills-bridge.js";

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
  readonly config: SkillConfig;
  readonly cache: ValueCache;
  readonly databases: Databases;
  readonly hostTools: HostTools;
  /** What the host has set last. */
  models(): Models;
  readonly skillManagement: SkillManagement;
}

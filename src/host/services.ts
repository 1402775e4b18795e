// What the host functions of all VMs of one engine share.

import type { ValueCache } from "./cache.js";
import type { SkillConfig } from "./config.js";
import type { HostTools } from "./host-tools.js";
import type { Models } from "./models.js";
import type { SkillManagement } from "./skills-bridge.js";

export interface HostServices {
  readonly paths: {
    /** `vulcan.runtime.temp_dir`. */
    readonly tempDir: string | undefined;
    /** `vulcan.runtime.resources_dir`. */
    readonly resourcesDir: string | undefined;
  };
  /** Label of the encoding that text of files and processes has unless a call says otherwise. */
  readonly defaultTextEncoding: string | undefined;
  /** `io` of exec and lease VMs is the managed one. */
  readonly managedIo: boolean;
  readonly config: SkillConfig;
  readonly cache: ValueCache;
  readonly hostTools: HostTools;
  /** What the host has set last. */
  models(): Models;
  readonly skillManagement: SkillManagement;
}

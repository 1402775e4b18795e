// What the host functions of all VMs of one engine share.

import { existsSync } from "node:fs";
import { createBackends } from "../databases/backends.js";
import { type DatabaseLog, Databases } from "../databases/databases.js";
import { TextEncodings } from "../host/encoding.js";
import type { Models } from "../host/models.js";
import { Processes } from "../host/process/processes.js";
import type { HostServices } from "../host/services.js";
import { Dependencies } from "../lifecycle/dependencies/dependencies.js";
import { Downloads } from "../lifecycle/downloads/downloads.js";
import { configFile } from "../packages/paths.js";
import type { SkillRoot } from "../packages/roots.js";
import { ConfigStore } from "./config-store.js";
import { HostToolRegistry } from "./host-tools.js";
import type { EngineSettings } from "./options.js";
import { SkillManagement, type SkillManager } from "./skill-management.js";
import { ToolCache } from "./tool-cache.js";

/** The services as the engine itself needs them. */
export class EngineServices implements HostServices, AsyncDisposable {
  readonly paths: HostServices["paths"];
  readonly encodings: TextEncodings;
  readonly processes = new Processes();
  readonly managedIo: boolean;
  readonly config: ConfigStore;
  readonly cache: ToolCache;
  readonly databases: Databases;
  /** Everything that comes from the network for packages and dependencies. */
  readonly downloads: Downloads;
  readonly dependencies: Dependencies;
  readonly hostTools = new HostToolRegistry();
  readonly skillManagement: SkillManagement;
  #models: Models = {};

  /**
   * @param roots the chain that is loaded
   * @param log takes what is logged about databases
   * @param manager answers `vulcan.runtime.skills` until the host sets another one
   * @throws TypeError | RangeError for options of the cache
   */
  constructor(
    settings: EngineSettings,
    roots: () => readonly SkillRoot[],
    log: DatabaseLog,
    manager: SkillManager,
  ) {
    this.paths = settings.paths;
    this.encodings = new TextEncodings(settings.defaultTextEncoding);
    this.managedIo = settings.capabilities.managedIo;
    this.config = new ConfigStore(() => configFile(settings.paths, roots()));
    this.cache = new ToolCache(settings.cache);
    this.databases = new Databases(createBackends(settings.databases), log);
    this.downloads = new Downloads(settings.sources.allowNetworkDownload);
    this.dependencies = new Dependencies(settings.paths, settings.sources, this.downloads);
    this.skillManagement = new SkillManagement(
      settings.capabilities.skillManagement,
      manager,
      roots,
      ({ skillsDir }) => existsSync(skillsDir),
    );
  }

  models(): Models {
    return this.#models;
  }

  /** @throws TypeError naming the member that is no function */
  setModels(models: Models): void {
    for (const name of ["embed", "llm"] as const) {
      const model: unknown = models?.[name];
      if (model !== undefined && typeof model !== "function") {
        throw new TypeError(`setModels: ${name} must be a function, got ${typeof model}`);
      }
    }
    this.#models = models ?? {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.downloads[Symbol.asyncDispose]();
    this.dependencies[Symbol.dispose]();
    await this.databases[Symbol.asyncDispose]();
    await this.config[Symbol.asyncDispose]();
    this.cache.clear();
  }
}

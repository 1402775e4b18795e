// Sources as the lifecycle uses them, with their own downloads and cache.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { SkillError, SourceOptions } from "luaskills";
import { Downloads } from "#dist/lifecycle/downloads/downloads.js";
import { resolveSourceOptions } from "#dist/lifecycle/sources/options.js";
import { createSources } from "#dist/lifecycle/sources/registry.js";
import type { SourceContext, SourceProgress, SourceType } from "#dist/lifecycle/sources/source.js";
import { type Scope, temporaryFolder } from "../../skills/skill-tree.js";

export const fastRetries = {
  attempts: 4,
  firstPauseMs: 1,
  longestPauseMs: 30_000,
  pause: async () => {},
};

export interface Asked {
  locator: string;
  skillId?: string;
  version?: string;
}

export function sourcesFor(t: Scope, options: SourceOptions = {}, plane: SourceContext["plane"] = "skills") {
  const settings = resolveSourceOptions({ allowNetworkDownload: true, ...options });
  const downloads = new Downloads(settings.allowNetworkDownload, fastRetries);
  t.after(() => downloads[Symbol.asyncDispose]());
  const folder = temporaryFolder(t);
  const events: SourceProgress[] = [];
  const context: SourceContext = {
    plane,
    cacheDir: join(folder, "cache"),
    signal: undefined,
    progress: event => void events.push(event),
  };
  const sources = createSources(settings, downloads);
  const request = ({ locator, skillId, version }: Asked) => ({ locator, skillId, version });
  const resolve = (type: SourceType, asked: Asked) => sources[type].resolve(request(asked), context);
  let staged = 0;
  return {
    folder,
    events,
    context,
    sources,
    resolve,
    idOf: (type: SourceType, asked: Asked) => sources[type].skillIdOf(request(asked)),
    /** Resolves and stages. */
    async fetch(type: SourceType, asked: Asked) {
      const found = await resolve(type, asked);
      staged += 1;
      const staging = join(folder, `staging-${staged}`);
      mkdirSync(staging);
      await found.stage(staging, context);
      return { found, staging };
    },
    staging: (n: number) => join(folder, `staging-${n}`),
  };
}

export function refused(code: string, message: RegExp): (error: SkillError) => boolean {
  return error => {
    assert.equal(error.code, code, String(error.stack));
    assert.match(error.message, message);
    return true;
  };
}

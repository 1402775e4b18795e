// Every source there is, by its type.

import type { Downloads } from "../downloads/downloads.js";
import { FolderSource } from "./folder.js";
import { GithubSource } from "./github.js";
import { HubSource } from "./hub.js";
import { NpmSource } from "./npm.js";
import type { SourceSettings } from "./options.js";
import { type PackageSource, type SourceType, sourceTypes } from "./source.js";
import { UrlSource } from "./url.js";
import { ZipSource } from "./zip.js";

export type Sources = Readonly<Record<SourceType, PackageSource>>;

export function createSources(settings: SourceSettings, downloads: Downloads): Sources {
  return {
    github: new GithubSource(settings, downloads),
    hub: new HubSource(settings, downloads),
    url: new UrlSource(settings, downloads),
    npm: new NpmSource(downloads),
    folder: new FolderSource(),
    zip: new ZipSource(),
  };
}

/** What install records of the original call a source. */
const formerTypes: Readonly<Record<string, SourceType>> = {
  official_hub: "hub",
  private_url_manifest: "url",
};

/** The type that a word means; undefined for one that means none. */
export function sourceTypeOf(word: string): SourceType | undefined {
  const type = sourceTypes.find(candidate => candidate === word);
  return type ?? (Object.hasOwn(formerTypes, word) ? formerTypes[word] : undefined);
}

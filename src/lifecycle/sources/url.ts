// Packages that a manifest under one of the host's private addresses describes.

import { SkillError } from "../../packages/errors.js";
import { parseAddress, shown } from "../downloads/address.js";
import type { Downloads } from "../downloads/downloads.js";
import { type ManifestPlace, resolveDescribed } from "./described-package.js";
import type { SourceSettings } from "./options.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, PackageSource, SourceContext } from "./source.js";

export class UrlSource implements PackageSource {
  readonly type = "url";
  readonly #allowed: readonly string[];
  readonly #downloads: Downloads;

  constructor({ privateSources }: SourceSettings, downloads: Downloads) {
    this.#allowed = privateSources;
    this.#downloads = downloads;
  }

  locatorOf(locator: string): string {
    parseAddress("url source", locator);
    return locator;
  }

  skillIdOf({ skillId, locator }: PackageRequest): string | undefined {
    parseAddress("url source", locator);
    return skillId;
  }

  async resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage> {
    const url = parseAddress("url source", request.locator);
    if (context.plane !== "system") {
      throw new SkillError(
        "SKILL_DENIED",
        `url source ${shown(url)}: private addresses are for the system plane`,
      );
    }
    const refusal = (address: URL) =>
      isUnder(this.#allowed, address)
        ? undefined
        : `${shown(address)} is not under an address that the host allows (option privateSources)`;
    const problem = refusal(url);
    if (problem !== undefined) throw new SkillError("SKILL_DENIED", `url source: ${problem}`);
    const place: ManifestPlace = {
      sourceType: this.type,
      names: [this.type, "private_url_manifest"],
      locator: request.locator,
      manifest: { url, refusal },
    };
    return resolveDescribed(this.#downloads, place, request, context);
  }
}

/** Upper and lower case count as equal, as in the lists that hosts of the original have. */
function isUnder(allowed: readonly string[], address: URL): boolean {
  const path = shown(address).toLowerCase();
  return allowed.some(source => {
    const prefix = shown(new URL(source)).toLowerCase().replace(/\/+$/, "");
    return path === prefix || path.startsWith(`${prefix}/`);
  });
}

// The catalogue that the host has configured: it says for each skill id where its versions are.

import { SkillError } from "../../packages/errors.js";
import { identifierProblem } from "../../packages/identifier.js";
import { parseAddress } from "../downloads/address.js";
import type { Downloads } from "../downloads/downloads.js";
import { type ManifestPlace, resolveDescribed } from "./described-package.js";
import type { SourceSettings } from "./options.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, PackageSource, SourceContext } from "./source.js";
import { versionWish } from "./version-wish.js";

export class HubSource implements PackageSource {
  readonly type = "hub";
  readonly #hub: SourceSettings["hub"];
  readonly #downloads: Downloads;

  constructor({ hub }: SourceSettings, downloads: Downloads) {
    this.#hub = hub;
    this.#downloads = downloads;
  }

  locatorOf(locator: string): string {
    return locator;
  }

  skillIdOf({ skillId, locator }: PackageRequest): string {
    const id = skillId ?? locator;
    const problem = identifierProblem("hub package", id);
    if (problem !== undefined) throw new SkillError("SKILL_REQUEST", problem);
    if (locator === "" || locator === id) return id;
    throw new SkillError("SKILL_REQUEST", `hub package ${locator} is not the skill ${id} of the request`);
  }

  async resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage> {
    const skillId = this.skillIdOf(request);
    if (this.#hub === undefined) {
      throw new SkillError(
        "SKILL_DENIED",
        `hub package ${skillId}: no catalogue is configured (option hub.baseUrl)`,
      );
    }
    const wish = versionWish(request.version);
    const version = wish.kind === "latest" ? "latest" : wish.kind === "exact" ? wish.version : wish.range;
    const query = new URLSearchParams({ version });
    const url = parseAddress("hub.baseUrl", `${this.#hub.baseUrl}/api/v1/skills/${skillId}/resolve?${query}`);
    const place: ManifestPlace = {
      sourceType: this.type,
      names: [this.type, "official_hub"],
      locator: skillId,
      manifest: { url },
    };
    return resolveDescribed(this.#downloads, place, { ...request, skillId }, context);
  }
}

// Databases that are enabled and not used, and those that are used and not enabled.

import type { SkillManifest } from "../../packages/manifest.js";
import type { PackageView } from "./package-view.js";

const rule = "databases";

export function checkDatabases(view: PackageView, manifest: SkillManifest): void {
  for (const kind of ["sqlite", "lancedb"] as const) {
    const { enable } = manifest[kind];
    const use = new RegExp(`\\bvulcan\\s*\\.\\s*${kind}\\b`);
    const user = view.below("runtime", ".lua").find(path => use.test(view.text(path)));
    if (enable && user === undefined) {
      view.reportMember("advice", rule, kind, `no file in runtime/ uses vulcan.${kind}`);
    } else if (!enable && user !== undefined) {
      const lines = view.text(user).split("\n");
      const line = lines.findIndex(text => use.test(text)) + 1;
      view.report("warning", rule, user, `uses vulcan.${kind}, which the manifest does not enable`, line);
    }
  }
}

// Does the skill load: what the engine says, with the place where there is one.

import type { SkillSandbox } from "../sandbox.js";
import { placeInMessage } from "./diagnostic.js";
import type { PackageView } from "./package-view.js";

const rule = "load";

export async function checkLoad(view: PackageView, sandbox: SkillSandbox): Promise<void> {
  const problem = await sandbox.load();
  // One message for all entries that have a problem.
  for (const part of problem?.split(/; (?=entry [a-z0-9-]+: )/) ?? []) {
    const message = sandbox.relocate(part);
    const [, entry] = /^entry ([a-z0-9-]+): /.exec(message) ?? [];
    const place = placeInMessage(view.skill.id, message);
    if (place !== undefined) {
      const text = entry === undefined ? place.rest : `entry ${entry}: ${place.rest}`;
      view.report("error", rule, place.file, text, place.line);
    } else {
      const index = view.manifest?.entries.findIndex(({ name }) => name === entry);
      view.report("error", rule, "skill.yaml", message, view.places.lineOf(`entries[${index}]`));
    }
  }
}

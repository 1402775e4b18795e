import { LogHub } from "#dist/skills/log.js";
import { resolveOptions } from "#dist/skills/options.js";
import { EngineServices } from "#dist/skills/services.js";
import { SkillVm } from "#dist/skills/skill-vm.js";

/** @returns makes a VM as the engine does: the libraries and the whole host API */
export function skillVmFactory() {
  const settings = resolveOptions();
  const parts = {
    settings,
    services: new EngineServices(
      settings,
      () => [],
      () => {},
      async () => null,
    ),
    log: new LogHub(),
    find: () => undefined,
    exec: undefined,
    occupied: new Set(),
  };
  return () => new SkillVm(parts);
}

const touch = `
  local seen = 0
  local function visit(value)
    seen = seen + 1
    if type(value) == "table" then
      for _, member in pairs(value) do visit(member) end
    end
  end
  visit(vulcan)
  return seen`;

/** Reads every member of every namespace, so that nothing is left to be built later. */
export function touchEverything({ vm }) {
  return vm.evalSync(touch);
}

// vulcan.runtime: the skill's view of the runtime around it.

import { FunctionGroup } from "../vm/host-support.js";
import { optionalNumber, requireNumber, requireText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import type { HostLogLevel, HostVm, Progress } from "./scope.js";

const group = new FunctionGroup("vulcan.runtime", ["log", "progress", "cwd"]);
/** What an exec prints is its result; its caller has a log. */
const groupOfExec = new FunctionGroup("vulcan.runtime", ["cwd"]);

export function installRuntime(builder: HostBuilder): void {
  const { paths } = builder.host.services;
  if (paths.tempDir !== undefined) builder.value("vulcan.runtime.temp_dir", paths.tempDir);
  if (paths.resourcesDir !== undefined) builder.value("vulcan.runtime.resources_dir", paths.resourcesDir);
  if (builder.host.profile === "exec") {
    builder.functions(groupOfExec, host => ({ cwd: () => workingDirectory(host) }));
  } else {
    builder.functions(group, host => ({
      cwd: () => workingDirectory(host),
      log: (level, message) => {
        const word = requireText("runtime.log", "level", level);
        const text = requireText("runtime.log", "message", message, { blank: true });
        host.log(logLevel(word), `[LuaSkill:${word}] ${text}`);
      },
      progress: (done, total, message) => tellProgress(host, readProgress(done, total, message)),
    }));
  }
  builder.value("vulcan.runtime.overflow_type", { truncate: "truncate", page: "page" });
  builder.view(
    "vulcan.runtime.internal",
    ["tool_name", "skill_name", "entry_name", "root_name", "luaexec_active", "luaexec_caller_tool_name"],
    host => key => readMarker(host, key),
  );
}

function readProgress(done: unknown, total: unknown, message: unknown): Progress {
  const fn = "runtime.progress";
  const progress: Progress = { progress: requireNumber(fn, "done", done) };
  const end = optionalNumber(fn, "total", total);
  if (end !== undefined) progress.total = end;
  if (message !== undefined && message !== null) {
    progress.message = requireText(fn, "message", message, { blank: true });
  }
  return progress;
}

function tellProgress({ run }: HostVm, progress: Progress): void {
  try {
    run?.onProgress?.(progress);
  } catch {
    // What whoever listens does with it is no business of the skill.
  }
}

function workingDirectory({ cwd }: HostVm): string {
  try {
    return cwd ?? process.cwd();
  } catch (error) {
    throw new Error(`runtime.cwd: ${(error as Error).message}`, { cause: error });
  }
}

function readMarker({ run }: HostVm, key: string): string | boolean | undefined {
  switch (key) {
    case "tool_name":
      return run?.frame.toolName;
    case "skill_name":
      return run?.frame.skill?.skillId;
    case "entry_name":
      return run?.frame.entry?.localName;
    case "root_name":
      return run?.frame.skill?.rootName;
    case "luaexec_active":
      return run?.execCaller !== undefined;
    default:
      return run?.execCaller || undefined;
  }
}

/** Skills name levels freely; "fatal" and "my-error" are errors, "warning" is a warning. */
function logLevel(word: string): HostLogLevel {
  const lower = word.toLowerCase();
  if (lower.includes("error") || lower.includes("fatal")) return "error";
  return lower.includes("warn") ? "warn" : "info";
}

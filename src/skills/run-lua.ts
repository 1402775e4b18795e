// Code of the host itself: a chunk on a VM of the pool, in an environment of its own, with the whole host API.

import type { InvocationContext } from "../host/scope.js";
import { noFrame } from "../host/scope.js";
import { type Json, LuaError, type RunOptions } from "../vm/index.js";
import type { ChunkArguments, SkillVm } from "./skill-vm.js";

export interface ChunkRun {
  code: string;
  args: Json | undefined;
  limits: RunOptions | undefined;
  context: InvocationContext | undefined;
}

/** @returns the first result; null when there is none or it is nil. @throws LuaError */
export async function runLua(host: SkillVm, run: ChunkRun): Promise<Json> {
  host.begin(startOf(run, false));
  try {
    const [value = null] = await host.runChunk("run", chunkOf(run), run.limits);
    return value;
  } catch (error) {
    throw explain(error);
  } finally {
    host.end();
  }
}

/** `runLua` on the calling stack. */
export function runLuaSync(host: SkillVm, run: ChunkRun): Json {
  host.begin(startOf(run, true));
  try {
    const [value = null] = host.runChunkSync("run", chunkOf(run), run.limits);
    return value;
  } catch (error) {
    throw explain(error);
  } finally {
    host.end();
  }
}

function startOf({ limits, context }: ChunkRun, sync: boolean) {
  return { frame: noFrame, context, sync, timeoutMs: limits?.timeoutMs };
}

function chunkOf({ code, args }: ChunkRun): ChunkArguments {
  return ["=runLua", code, typeof args === "object" && args !== null ? args : {}];
}

function explain(error: unknown): unknown {
  if (error instanceof LuaError && !error.message.startsWith("runLua:"))
    error.message = `runLua: ${error.message}`;
  return error;
}

import type { Json } from "./json.js";

/** What went wrong with a piece of Lua, or with the VM that should run it. */
export type LuaErrorCode =
  /** The chunk did not compile, or was not text. */
  | "LUA_SYNTAX"
  /** An error was raised. */
  | "LUA_RUNTIME"
  /** The deadline passed, waiting included. */
  | "LUA_TIMEOUT"
  /** The AbortSignal, or the instruction hook's listener, ended the run. */
  | "LUA_ABORTED"
  /** The VM's memory limit was reached. */
  | "LUA_MEMORY"
  /** The instruction limit was reached. */
  | "LUA_INSTRUCTIONS"
  /** A value cannot cross between Lua and JavaScript; the message begins with its path. */
  | "LUA_CONVERT"
  /** There is no function where one was expected. */
  | "LUA_NOT_FUNCTION"
  /** Another call is in progress on this VM. */
  | "LUA_BUSY"
  /** The VM was closed. */
  | "LUA_CLOSED";

/** Where and how a LuaError came about; members are absent when unknown. */
export interface LuaErrorDetails {
  traceback?: string | undefined;
  chunk?: string | undefined;
  line?: number | undefined;
  value?: Json | undefined;
}

/** An error of the Lua side, or of crossing to it. */
export class LuaError extends Error {
  readonly code: LuaErrorCode;
  /** Lua's stack, Lua frames only. */
  declare readonly traceback?: string;
  /** Name of the chunk that raised. */
  declare readonly chunk?: string;
  /** Line in that chunk, from 1. */
  declare readonly line?: number;
  /** The error value, when Lua raised something that is not a string and can cross. */
  declare readonly value?: Json;

  constructor(code: LuaErrorCode, message: string, details: LuaErrorDetails = {}) {
    super(message);
    this.name = "LuaError";
    this.code = code;
    for (const [name, value] of Object.entries(details)) {
      if (value !== undefined)
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
    }
  }
}

// What host functions know about the VM they were called from and the invocation that runs on it. It lives in TypeScript,
// out of reach of Lua code, so a skill cannot claim to be another one.

import type { SkillDatabases } from "../databases/binding.js";
import type { Json } from "../vm/index.js";
import type { HostServices } from "./services.js";

export type HostLogLevel = "info" | "warn" | "error";

/** What a VM serves for; some functions exist only in some profiles. */
export type VmProfile = "skill" | "exec" | "lease" | "strict";

/** A loaded skill, as host functions need to know it. */
export interface SkillIdentity {
  readonly skillId: string;
  /** Label of the root it was loaded from. */
  readonly rootName: string;
  /** Absolute path of the package. */
  readonly skillDir: string;
  /** Folders of its dependencies; they need not exist. */
  readonly depsDirs: { readonly tools: string; readonly lua: string; readonly ffi: string };
  /** The databases that its manifest enables. */
  readonly databases: SkillDatabases;
}

/** The Lua file that runs, and the entry of a loaded skill that it is. */
export interface EntryIdentity {
  /** Undefined for files that are no entries: help pages, files given to exec. */
  readonly localName: string | undefined;
  /** Absolute path of the Lua file. */
  readonly file: string;
  /** Absolute path of the folder of that file. */
  readonly dir: string;
}

/** Whose code runs. A nested `vulcan.call` puts a new frame on top. */
export interface Frame {
  readonly skill: SkillIdentity | undefined;
  readonly entry: EntryIdentity | undefined;
  /** Canonical name of the entry, or `vulcan-help`: what scopes the cache. */
  readonly toolName: string | undefined;
  /** Id of the skill whose entry file is being initialised: for the log, its code speaks for no skill yet. */
  readonly initialising?: string;
}

/** Runs that belong to no skill: `runLua`, exec, leases, the body of an entry file. */
export const noFrame: Frame = Object.freeze({ skill: undefined, entry: undefined, toolName: undefined });

/** The body of an entry file: it belongs to no request, and context fields are nil. */
export function bodyFrame(skillId: string): Frame {
  return { ...noFrame, initialising: skillId };
}

/** What a request says about itself. Passed through to Lua unchanged. */
export interface RequestContext {
  requestId?: string;
  clientName?: string;
  transportName?: string;
  sessionId?: string;
  clientInfo?: { kind?: string; name?: string; version?: string };
  clientCapabilities?: Json;
}

export interface InvocationContext {
  requestContext?: RequestContext;
  /** Free-form; skills read `tool_result` and `file_read`, each `{ bytes, lines }`. */
  clientBudget?: Json;
  /** Free-form. */
  toolConfig?: Json;
}

/** How far a call has come, in units of its own. */
export interface Progress {
  progress: number;
  /** Where it will be when it is done, if that is known. */
  total?: number;
  /** What it does now, for people. */
  message?: string;
}

/** The invocation that a VM is leased to. */
export interface HostRun {
  /** Whose code runs now. */
  readonly frame: Frame;
  readonly context: InvocationContext | undefined;
  /** True under the synchronous calls: the JS thread waits for this run, so a promise could never settle. */
  readonly sync: boolean;
  /** When the run dies at the latest, on the clock of `performance.now()`. */
  readonly deadline: number | undefined;
  /**
   * Runs what holds the JS thread and must not outlast the deadline. When the deadline has passed by its end, the run ends,
   * whatever came out.
   *
   * @param operation gets the milliseconds that are left, at least a moment; undefined: it may take as long as it takes
   */
  untilDeadline<T>(operation: (limitMs: number | undefined) => T): T;
  /** Name of the tool that started the exec that this run is, "" if nobody named one; undefined outside exec. */
  readonly execCaller: string | undefined;
  /** Takes what the code says about its progress; undefined when nobody asked. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Aborts when the invocation ends, however it ends. Made when first asked for. */
  readonly signal: AbortSignal;
  /**
   * Has something done when the invocation ends, however it ends: child processes and nested runs die with the call.
   *
   * @returns takes it back
   */
  defer(cleanup: () => void): () => void;
  /** As `defer`; on a VM that is leased to a session, when the lease ends: for what later evaluations go on using. */
  keep(cleanup: () => void): () => void;
}

export interface HostVm {
  readonly profile: VmProfile;
  /** The invocation that runs on the VM, or undefined between two. */
  readonly run: HostRun | undefined;
  /** The VM's own working directory; undefined: the process's. */
  readonly cwd: string | undefined;
  /** What all VMs of the engine share. */
  readonly services: HostServices;
  /** Where the global `print` goes, and lines written to standard output. @param label of the message that the log gets */
  print(line: string, label?: "stdout"): void;
  /** Runs code on another VM, as `vulcan.runtime.lua.exec` does; resolves with the report. */
  exec(input: unknown): Promise<string>;
  execSync(input: unknown): string;
  /** Calls an entry on another VM, as strict code does; resolves with every value it returns. */
  call(name: unknown, args: unknown): Promise<ReturnedValues>;
  callSync(name: unknown, args: unknown): ReturnedValues;
  /** Delivers a message to the listeners of the engine, on behalf of the running skill. */
  log(level: HostLogLevel, message: string): void;
}

/** Values of a Lua call; `count` tells trailing nils. */
export interface ReturnedValues {
  readonly values: readonly Json[];
  readonly count: number;
}

/** What `vulcan.call` needs of the VM it is called on. */
export interface NestedCalls {
  /**
   * Puts the frame of the entry on top. Its number, where its function was made on this VM already; else what makes it.
   *
   * @throws Error when there is no entry of this name, or the run may not call it
   */
  enter(name: unknown): number | { key: number; skill: string; source: string; chunk: string };
  /** Takes the frame on top away. */
  leave(): void;
  /** The function of the entry on top was made on this VM. */
  made(): void;
}

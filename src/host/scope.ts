// What host functions know about the VM they were called from. It lives in TypeScript, out of reach of Lua code, so a
// skill cannot claim to be another one.

export type HostLogLevel = "info" | "warn" | "error";

export interface HostScope {
  /** The run the VM is leased to, or undefined between runs. */
  readonly running: HostRun | undefined;
  /** Delivers a message to the listeners of the engine, on behalf of the running skill. */
  log(level: HostLogLevel, message: string): void;
}

export interface HostRun {
  readonly skillId: string;
  /** True under `callSync`: the JS thread waits for this run, so a promise could never settle. */
  readonly sync: boolean;
}

// Puts namespaces onto a fresh VM: host functions, Lua halves, values and views.

import type { FunctionGroup, GroupMember, LuaChunk } from "../vm/host-support.js";
import { FunctionGroup as Group } from "../vm/host-support.js";
import type { Json, LuaVm } from "../vm/index.js";
import type { HostVm } from "./scope.js";

const viewGroup = new Group("host.view", ["read"]);

/** Reads one member of a view for the running invocation. */
export type ViewReader = (key: string) => unknown;

/**
 * While the host API is built, the tables below `vulcan` are plain, and the global `host` holds what Lua halves need:
 * functions at `host.<namespace>`, data at `host.<name>`. Afterwards `vulcan` is sealed and `host` is gone.
 */
export class HostBuilder {
  readonly vm: LuaVm;
  readonly host: HostVm;
  readonly #views = new Map<string, { keys: readonly string[]; read: ViewReader }>();
  readonly #lazy: Record<string, number> = {};

  constructor(vm: LuaVm, host: HostVm) {
    this.vm = vm;
    this.host = host;
    vm.openToolbox("host");
  }

  /**
   * Adds functions. Their JavaScript half is made when one of them is first called, so a namespace nobody uses costs
   * little.
   */
  functions<Name extends string>(
    group: FunctionGroup<Name>,
    make: (host: HostVm) => Record<Name, GroupMember>,
  ): void {
    this.vm.registerGroup(group, () => make(this.host));
  }

  /** Sets a member of `vulcan`, or data for halves below `host`. */
  value(path: string, value: Json): void {
    this.vm.setGlobal(path, value);
  }

  /** Adds a table whose members are read from the running invocation each time, and cannot be written. */
  view(path: string, keys: readonly string[], read: (host: HostVm) => ViewReader): void {
    this.#views.set(path, { keys, read: read(this.host) });
  }

  /** Runs a Lua half now. */
  half(half: LuaChunk): void {
    this.vm.runChunk(half, "host");
  }

  /** Has a Lua half run when the member at `path` is first read; what it returns becomes the member. */
  lazyHalf(path: string, half: LuaChunk): void {
    this.#lazy[path] = half.number;
  }

  /** @internal Hands over what `views.lua` and `seal.lua` need. */
  finish(): void {
    const views = this.#views;
    this.vm.setGlobal(
      "host.views",
      Object.fromEntries([...views].map(([path, { keys }]) => [path, [...keys]])),
    );
    this.vm.setGlobal("host.lazy", this.#lazy);
    this.vm.registerGroup(viewGroup, () => ({
      read: (path, key) => views.get(String(path))?.read(String(key)),
    }));
  }
}

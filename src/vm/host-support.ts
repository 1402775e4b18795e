// What a layer above needs to put a large API onto many VMs cheaply: Lua files compiled once, and groups of host functions
// whose JavaScript half is made at the first call. Not part of the package's public names.

import { addon, type HostFunction } from "./binding.js";

/** A Lua file of ours: compiled once for all VMs of this JavaScript environment. */
export class LuaChunk {
  /** @internal */
  readonly number: number;

  constructor(text: string) {
    this.number = addon.addChunk(text);
  }
}

/**
 * One member of a group: a function, or two. `wait` may return a promise, which the Lua code waits for; `sync` answers
 * where it cannot wait (a synchronous call, below a C function).
 */
export type GroupMember = HostFunction | { wait: HostFunction; sync: HostFunction };

/**
 * Names of host functions that are members of one table. They check what they get, so they also get what cannot cross: a
 * string that is not UTF-8 as a Buffer, functions and the like as a LuaOpaque.
 */
export class FunctionGroup<Name extends string> {
  /** @internal */
  readonly number: number;
  readonly path: string;
  readonly names: readonly Name[];

  /** @param path of the table they are members of, for instance `vulcan.fs` */
  constructor(path: string, names: readonly Name[]) {
    this.path = path;
    this.names = names;
    this.number = addon.addGroup(path, names);
  }

  /** @internal The functions in the order in which the addon wants them. */
  flatten(members: Record<Name, GroupMember>): (HostFunction | undefined)[] {
    return this.names.flatMap(name => {
      const member: GroupMember = members[name];
      return typeof member === "function" ? [member, undefined] : [member.wait, member.sync];
    });
  }
}

export { LuaOpaque } from "./lua-opaque.js";
export type { HostFunction };

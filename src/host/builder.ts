// What the host API of a VM consists of. A namespace is built on the Lua side when it is first read, from what is declared
// here, so the making of a VM costs the same however large the API is.

import type { FunctionGroup, GroupMember, LuaChunk } from "../vm/host-support.js";
import type { Json, LuaVm } from "../vm/index.js";
import type { HostVm } from "./scope.js";

/** Reads one member of a view for the running invocation. */
export type ViewReader = (key: string) => unknown;

interface Namespace {
  group?: number;
  half?: number;
  json?: boolean;
  own?: string;
  view?: readonly string[];
  values?: { [name: string]: Json };
}

/** One namespace as `namespaces.lua` builds it. */
interface Description extends Namespace {
  /** Members that are namespaces themselves. */
  children: string[];
  /** The members that a strict VM has; missing: all. */
  only?: string[];
}

export class HostBuilder {
  readonly host: HostVm;
  readonly #vm: LuaVm;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #views = new Map<string, ViewReader>();

  /** @param allowed members below `vulcan` that a strict VM has ("fs" or "fs.read"); undefined: all */
  constructor(vm: LuaVm, host: HostVm, allowed: ReadonlySet<string> | undefined) {
    this.#vm = vm;
    this.host = host;
    this.#allowed = allowed;
  }

  /** Adds functions. Their JavaScript half is made when one of them is first called. */
  functions<Name extends string>(
    group: FunctionGroup<Name>,
    make: (host: HostVm) => Record<Name, GroupMember>,
  ): void {
    this.#at(group.path).group = this.#vm.registerGroup(group, () => make(this.host));
  }

  /** Adds a member that is plain data; tables become read-only. */
  value(path: string, value: Json): void {
    const [parent, name] = split(path);
    const namespace = this.#at(parent);
    namespace.values = { ...namespace.values, [name]: value };
  }

  /** Adds a table whose members are read from the running invocation each time, and cannot be written. */
  view(path: string, keys: readonly string[], read: (host: HostVm) => ViewReader): void {
    this.#at(path).view = keys;
    this.#views.set(path, read(this.host));
  }

  /**
   * Adds a Lua half. It runs when the namespace is first read, as `half(host, members)`: `members` holds the functions and
   * values declared for the path, `host.<name>` those declared for `host.<name>`. It fills `members`, or returns what
   * takes their place.
   */
  half(path: string, half: LuaChunk): void {
    this.#at(path).half = half.number;
  }

  /** Adds the JSON library. */
  json(path: string): void {
    this.#at(path).json = true;
  }

  /** Adds a function that the Lua side has from the start, under this name. */
  own(path: string, name: string): void {
    this.#at(path).own = name;
  }

  /** @internal What `namespaces.lua` needs to build the table at `path`; undefined when there is none. */
  describe(path: string): Description | undefined {
    if (path.startsWith("vulcan.") && !this.#reaches(path)) return undefined;
    const children = this.#childrenOf(path);
    const namespace = this.#namespaces.get(path);
    if (namespace === undefined && children.length === 0) return undefined;
    const only = this.#onlyOf(path);
    if (only === undefined) return { ...namespace, children };
    // A function has no members that could be allowed by themselves.
    if (namespace?.own !== undefined) return undefined;
    const view = namespace?.view?.filter(key => only.includes(key));
    return { ...namespace, children, only, ...(view && { view }) };
  }

  /** @internal */
  read(path: string, key: string): unknown {
    return this.#views.get(path)?.(key);
  }

  #at(path: string): Namespace {
    let namespace = this.#namespaces.get(path);
    if (namespace === undefined) {
      namespace = {};
      this.#namespaces.set(path, namespace);
    }
    return namespace;
  }

  #childrenOf(path: string): string[] {
    const prefix = `${path}.`;
    const names = new Set<string>();
    for (const other of this.#namespaces.keys()) {
      if (!other.startsWith(prefix)) continue;
      const name = other.slice(prefix.length).split(".", 1)[0] as string;
      if (this.#reaches(prefix + name)) names.add(name);
    }
    return [...names];
  }

  /** What is allowed of a table that is not allowed as a whole. A Lua half may define members that nobody declared. */
  #onlyOf(path: string): string[] | undefined {
    if (this.#allowed === undefined || !path.startsWith("vulcan.")) return undefined;
    const member = path.slice("vulcan.".length);
    const names: string[] = [];
    for (const allowed of this.#allowed) {
      if (`${member}.`.startsWith(`${allowed}.`)) return undefined;
      if (allowed.startsWith(`${member}.`)) names.push(allowed.slice(member.length + 1));
    }
    return names;
  }

  /** True if the member, one above it or one below it is allowed. */
  #reaches(path: string): boolean {
    if (this.#allowed === undefined || !path.startsWith("vulcan.")) return true;
    const member = path.slice("vulcan.".length);
    for (const allowed of this.#allowed) {
      if (allowed === member || member.startsWith(`${allowed}.`) || allowed.startsWith(`${member}.`))
        return true;
    }
    return false;
  }
}

function split(path: string): [parent: string, name: string] {
  const dot = path.lastIndexOf(".");
  return [path.slice(0, dot), path.slice(dot + 1)];
}

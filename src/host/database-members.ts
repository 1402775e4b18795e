// What vulcan.sqlite and vulcan.lancedb have in common: whose database it is comes from the running invocation, and what
// crosses is JSON text.

import type { DatabaseKind } from "../databases/binding.js";
import type { GroupMember } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";
import type { HostVm } from "./scope.js";

const crossing = luaHalf(import.meta.url, "database.lua");

/** Gives the Lua halves `host.database`. */
export function installDatabaseCrossing(builder: HostBuilder): void {
  builder.half("host.database", crossing);
}

/** Members as the Lua half finds them: `action(head, payload)`, or `action(nil, problem)` where there is no input to send. */
export function databaseMembers<Action extends string>(
  kind: DatabaseKind,
  actions: readonly Action[],
  host: HostVm,
): Record<Action | "info" | "status", GroupMember> {
  const { databases } = host.services;
  const skill = () => host.run?.frame.skill;
  const request = (action: Action, head: unknown, payload: unknown) => {
    if (typeof head === "string") {
      return { action, head, ...(payload == null ? {} : { payload: payload as string | Uint8Array }) };
    }
    const problem = databases.problem(kind, skill());
    throw new Error(problem ?? `${kind}.${action}: ${payload}`);
  };
  const members: [string, GroupMember][] = actions.map(action => [
    action,
    {
      wait: (head, payload) =>
        databases.perform(kind, skill(), request(action, head, payload), signalOf(host)),
      sync: (head, payload) => {
        const perform = (limitMs: number | undefined) =>
          databases.performSync(kind, skill(), request(action, head, payload), limitMs);
        return host.run === undefined ? perform(undefined) : host.run.untilDeadline(perform);
      },
    },
  ]);
  return Object.fromEntries([
    ...members,
    ["info", () => databases.info(kind, skill())],
    ["status", () => databases.status(kind, skill())],
  ]) as Record<Action | "info" | "status", GroupMember>;
}

/** Reads the member `enabled`. */
export function isEnabled(kind: DatabaseKind, host: HostVm): boolean {
  return host.services.databases.problem(kind, host.run?.frame.skill) === undefined;
}

function signalOf({ run }: HostVm): AbortSignal {
  return run?.signal ?? AbortSignal.abort();
}

// The bar on top: what is loaded, whether the page is in touch with the studio, and what a reload has changed.

import { useState } from "preact/hooks";
import type { Catalog, EntryChanges } from "../wire.js";
import { api, failureOf } from "./api.js";
import type { Connection } from "./live.js";
import { plural } from "./quantities.js";
import { links } from "./route.js";

interface TopBarProps {
  version: string | undefined;
  catalog: Catalog | undefined;
  connection: Connection;
  changes: EntryChanges | undefined;
  dismiss(): void;
}

const connections: { [State in Connection]: string } = {
  connecting: "connecting …",
  open: "live",
  lost: "not in touch, trying again …",
  ended: "ended: start the studio again and open its new link",
};

export function TopBar({ version, catalog, connection, changes, dismiss }: TopBarProps) {
  const [problem, setProblem] = useState<string>();
  const [reloading, setReloading] = useState(false);
  const reload = async () => {
    setReloading(true);
    try {
      await api.reload();
      setProblem(undefined);
    } catch (error) {
      setProblem(failureOf(error).message);
    }
    setReloading(false);
  };
  return (
    <header class="top-bar">
      <div class="bar-row">
        <h1>
          <a class="brand" href={links.report}>
            luaskills <span class="light">studio</span>
          </a>
          {version !== undefined && <small>{version}</small>}
        </h1>
        {catalog !== undefined && <Counts catalog={catalog} />}
        <span class="space" />
        <span class={`connection ${connection}`} role="status">
          {connections[connection]}
        </span>
        <button type="button" onClick={reload} disabled={reloading || connection !== "open"}>
          {reloading ? "Loading …" : "Reload"}
        </button>
      </div>
      {problem !== undefined && (
        <Notice kind="bad" dismiss={() => setProblem(undefined)}>
          Loading failed: {problem}
        </Notice>
      )}
      {changes !== undefined && (
        <Notice kind="news" dismiss={dismiss}>
          Skills have changed: {describeChanges(changes)}
        </Notice>
      )}
    </header>
  );
}

function Counts({ catalog: { skills, report } }: { catalog: Catalog }) {
  const entries = skills.reduce((sum, skill) => sum + skill.entries.length, 0);
  return (
    <a class="counts" href={links.report}>
      {plural(skills.length, "skill")}, {plural(entries, "entry", "entries")}
      {report.failed.length > 0 && <span class="badge bad">{report.failed.length} failed to load</span>}
    </a>
  );
}

function Notice({
  kind,
  dismiss,
  children,
}: {
  kind: string;
  dismiss(): void;
  children: preact.ComponentChildren;
}) {
  return (
    <div class={`notice ${kind}`} role="status">
      <span>{children}</span>
      <button type="button" class="quiet" aria-label="Dismiss this notice" onClick={dismiss}>
        ✕
      </button>
    </div>
  );
}

function describeChanges({ added, updated, removed }: EntryChanges): string {
  const parts = [
    ["added", added],
    ["changed", updated],
    ["removed", removed],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} ${names.slice(0, 5).join(", ")}${names.length > 5 ? " …" : ""}`)
    .join("; ");
}

// The whole page: a bar, and three panes beside each other or, where there is no room, one at a time.

import { useRef, useState } from "preact/hooks";
import type { Catalog } from "../wire.js";
import { ActivityPane } from "./activity-pane.js";
import { CallView } from "./call-view.js";
import { EntryView } from "./entry-view.js";
import { type Live, useLive } from "./live.js";
import { ReportView } from "./report-view.js";
import { type Route, useRoute } from "./route.js";
import { SkillView } from "./skill-view.js";
import { SkillsPane } from "./skills-pane.js";
import { TopBar } from "./top-bar.js";
import { Workbenches } from "./workbenches.js";

const panes = { skills: "Skills", main: "View", activity: "Activity" } as const;
type Pane = keyof typeof panes;

export function App({ live }: { live: Live }) {
  const [pane, setPane] = useState<Pane>(location.hash === "" ? "skills" : "main");
  const route = useRoute(() => setPane("main"));
  const { current: workbenches } = useRef(new Workbenches());
  const connection = useLive(live, ({ connection }) => connection);
  const catalog = useLive(live, ({ state }) => state.catalog);
  const version = useLive(live, ({ state }) => state.version);
  const changes = useLive(live, ({ state }) => state.changes);
  return (
    <div class="page" data-pane={pane}>
      <button type="button" class="skip" onClick={() => document.getElementById("main-pane")?.focus()}>
        Skip to the view
      </button>
      <TopBar
        version={version}
        catalog={catalog}
        connection={connection}
        changes={changes}
        dismiss={() => live.dismissChanges()}
      />
      <nav class="pane-switch" aria-label="Panes">
        {(Object.keys(panes) as Pane[]).map(name => (
          <button type="button" key={name} aria-pressed={pane === name} onClick={() => setPane(name)}>
            {panes[name]}
          </button>
        ))}
      </nav>
      <SkillsPane catalog={catalog} changes={changes} route={route} />
      <main class="pane main-pane" id="main-pane" tabIndex={-1}>
        {catalog === undefined ? (
          <p class="muted">{connection === "ended" ? "This session has ended." : "Connecting …"}</p>
        ) : (
          <View route={route} catalog={catalog} live={live} workbenches={workbenches} />
        )}
      </main>
      <ActivityPane live={live} />
    </div>
  );
}

interface ViewProps {
  route: Route;
  catalog: Catalog;
  live: Live;
  workbenches: Workbenches;
}

function View({ route, catalog, live, workbenches }: ViewProps) {
  switch (route.view) {
    case "report":
      return <ReportView catalog={catalog} />;
    case "skill": {
      const skill = catalog.skills.find(({ skillId }) => skillId === route.skillId);
      if (skill === undefined) return <Missing what={`skill ${route.skillId}`} />;
      return <SkillView skill={skill} flow={route.flow} loadedAt={catalog.loadedAt} />;
    }
    case "entry": {
      const entries = catalog.skills.flatMap(skill => skill.entries);
      const entry = entries.find(({ canonicalName }) => canonicalName === route.name);
      if (entry === undefined) return <Missing what={`entry ${route.name}`} />;
      // A changed schema is another form.
      const key = `${entry.canonicalName} ${JSON.stringify(entry.inputSchema)}`;
      return <EntryView key={key} entry={entry} live={live} workbenches={workbenches} />;
    }
    case "call":
      return (
        <CallView key={route.id} id={route.id} catalog={catalog} live={live} workbenches={workbenches} />
      );
  }
}

function Missing({ what }: { what: string }) {
  return <p>There is no {what} now. It may have been removed, or it does not load any more.</p>;
}

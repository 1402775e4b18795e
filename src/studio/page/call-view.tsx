// One call that was made before.

import type { Catalog } from "../wire.js";
import type { Live } from "./live.js";
import { Outcome, useCall } from "./outcome.js";
import { formatTime } from "./quantities.js";
import { links } from "./route.js";
import type { Workbenches } from "./workbenches.js";

interface CallViewProps {
  id: number;
  catalog: Catalog;
  live: Live;
  workbenches: Workbenches;
}

export function CallView({ id, catalog, live, workbenches }: CallViewProps) {
  const call = useCall(live, id);
  if (call === undefined) return <p>There is no call {id} now; only the last ones are kept.</p>;
  const { summary, detail } = call;
  const entries = catalog.skills.flatMap(skill => skill.entries);
  const entry = entries.find(({ canonicalName }) => canonicalName === summary.name);
  return (
    <article>
      <h2>
        Call {id} of <code>{summary.name}</code>
      </h2>
      <p class="muted">started at {formatTime(summary.startedAt)}</p>
      {detail !== undefined && (
        <section class="card">
          <div class="label-row">
            <h3>Arguments</h3>
            <span class="space" />
            {entry !== undefined && (
              <a
                class="button"
                href={links.entry(summary.name)}
                onClick={() => workbenches.take(entry, detail.args)}
              >
                Use these again
              </a>
            )}
          </div>
          <pre class="content">{JSON.stringify(detail.args, null, 2)}</pre>
        </section>
      )}
      <Outcome call={call} />
    </article>
  );
}

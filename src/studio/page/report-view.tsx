// What the last load came to.

import type { Catalog } from "../wire.js";
import { formatTime, plural } from "./quantities.js";
import { links } from "./route.js";

export function ReportView({ catalog: { skills, report, loadedAt } }: { catalog: Catalog }) {
  const { failed, skipped, kept } = report;
  return (
    <article>
      <h2>What is loaded</h2>
      <p class="muted">
        Loaded at {formatTime(loadedAt)}: {plural(report.loaded.length, "skill")} loaded, {failed.length}{" "}
        failed, {skipped.length} skipped.
      </p>
      {failed.length > 0 && (
        <section>
          <h3>Failed</h3>
          {failed.map(({ skillId, error }) => (
            <div class="problem" key={skillId}>
              <h4>
                <code>{skillId}</code>
                {kept.includes(skillId) && <span class="badge">the last good version still serves</span>}
              </h4>
              <pre class="wrap">{error}</pre>
            </div>
          ))}
        </section>
      )}
      {skipped.length > 0 && (
        <section>
          <h3>Skipped</h3>
          <dl class="facts">
            {skipped.map(({ skillId, reason }) => (
              <div key={skillId}>
                <dt>
                  <code>{skillId}</code>
                </dt>
                <dd>{reason}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {skills.length > 0 && (
        <section>
          <h3>Serving</h3>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Skill</th>
                  <th scope="col">Version</th>
                  <th scope="col">Root</th>
                  <th scope="col">Entries</th>
                </tr>
              </thead>
              <tbody>
                {skills.map(({ skillId, name, version, rootName, entries }) => (
                  <tr key={skillId}>
                    <td>
                      <a href={links.skill(skillId)}>{name}</a>
                    </td>
                    <td>{version}</td>
                    <td>{rootName}</td>
                    <td>
                      {entries.map(({ canonicalName, localName }, index) => (
                        <span key={canonicalName}>
                          {index > 0 && ", "}
                          <a href={links.entry(canonicalName)}>{localName}</a>
                        </span>
                      ))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </article>
  );
}

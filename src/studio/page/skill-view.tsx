// One skill: what it is, what it offers, and its help.

import type { HelpDetail } from "luaskills";
import { useEffect, useState } from "preact/hooks";
import type { CallFailure, SkillView as Skill } from "../wire.js";
import { api, failureOf } from "./api.js";
import { FailureBox } from "./failure-box.js";
import { Markdown } from "./markdown.js";
import { links } from "./route.js";

interface SkillViewProps {
  skill: Skill;
  flow: string;
  /** Help is asked for again after every load. */
  loadedAt: number;
}

export function SkillView({ skill, flow, loadedAt }: SkillViewProps) {
  const { skillId, name, version, rootName, skillDir, entries, pages } = skill;
  const { page, failure } = useHelp(skillId, flow, loadedAt);
  return (
    <article>
      <h2>{name}</h2>
      <dl class="facts inline">
        <div>
          <dt>Id</dt>
          <dd>
            <code>{skillId}</code>
          </dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{version}</dd>
        </div>
        <div>
          <dt>Root</dt>
          <dd>{rootName}</dd>
        </div>
        <div>
          <dt>Folder</dt>
          <dd>
            <code>{skillDir}</code>
          </dd>
        </div>
      </dl>
      <section>
        <h3>Entries</h3>
        <ul class="entry-list">
          {entries.map(({ canonicalName, description }) => (
            <li key={canonicalName}>
              <a href={links.entry(canonicalName)}>{canonicalName}</a>
              <p>{description}</p>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3>Help</h3>
        {pages.length > 1 && (
          <nav class="chips" aria-label="Help pages">
            {pages.map(({ flowName, description }) => (
              <a
                key={flowName}
                href={links.skill(skillId, flowName)}
                aria-current={flowName === flow ? "page" : undefined}
                title={description}
              >
                {flowName}
              </a>
            ))}
          </nav>
        )}
        {failure !== undefined && <FailureBox failure={failure} />}
        {page !== undefined && (
          <div class="document">
            <Markdown text={page.content} />
          </div>
        )}
      </section>
    </article>
  );
}

function useHelp(skillId: string, flow: string, loadedAt: number) {
  const [help, setHelp] = useState<{ page?: HelpDetail; failure?: CallFailure }>({});
  useEffect(() => {
    let isWanted = true;
    setHelp({});
    api.help(skillId, flow).then(
      page => isWanted && setHelp({ page }),
      error => isWanted && setHelp({ failure: failureOf(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [skillId, flow, loadedAt]);
  return help;
}

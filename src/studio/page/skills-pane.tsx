// The pane of skills and their entries, with a search.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Catalog, EntryChanges, SkillView } from "../wire.js";
import { links, type Route } from "./route.js";

interface SkillsPaneProps {
  catalog: Catalog | undefined;
  changes: EntryChanges | undefined;
  route: Route;
}

export function SkillsPane({ catalog, changes, route }: SkillsPaneProps) {
  const [wanted, setWanted] = useState("");
  const search = useRef<HTMLInputElement>(null);
  useSlashKey(() => search.current?.focus());
  const skills = found(catalog?.skills ?? [], wanted);
  return (
    <nav class="pane skills-pane" aria-label="Skills and entries">
      <input
        ref={search}
        class="search"
        type="search"
        placeholder="Search   /"
        aria-label="Search skills and entries"
        value={wanted}
        onInput={event => setWanted(event.currentTarget.value)}
      />
      {skills.length === 0 && catalog !== undefined && (
        <p class="muted">{wanted === "" ? "No skills are loaded." : "Nothing is called like that."}</p>
      )}
      <ul class="skills">
        {skills.map(skill => (
          <SkillItem key={skill.skillId} skill={skill} changes={changes} route={route} />
        ))}
      </ul>
      {catalog !== undefined && <NotLoaded catalog={catalog} />}
    </nav>
  );
}

interface SkillItemProps {
  skill: SkillView;
  changes: EntryChanges | undefined;
  route: Route;
}

function SkillItem({ skill, changes, route }: SkillItemProps) {
  const isShown = route.view === "skill" && route.skillId === skill.skillId;
  return (
    <li>
      <a
        class="skill"
        href={links.skill(skill.skillId)}
        aria-current={isShown ? "page" : undefined}
        title={`${skill.skillId} in ${skill.rootName}`}
      >
        <span class="skill-name">{skill.name}</span>
        <small>{skill.version}</small>
      </a>
      <ul>
        {skill.entries.map(({ canonicalName, localName, description }) => (
          <li key={canonicalName}>
            <a
              class="entry"
              href={links.entry(canonicalName)}
              aria-current={route.view === "entry" && route.name === canonicalName ? "page" : undefined}
              title={description}
            >
              {localName}
              {changes?.added.includes(canonicalName) && <span class="badge news">new</span>}
              {changes?.updated.includes(canonicalName) && <span class="badge news">changed</span>}
            </a>
          </li>
        ))}
      </ul>
    </li>
  );
}

function NotLoaded({ catalog: { report } }: { catalog: Catalog }) {
  const { failed, skipped } = report;
  const left = [
    ...failed.map(({ skillId }) => ({ skillId, what: "failed", kind: "bad" })),
    ...skipped.map(({ skillId }) => ({ skillId, what: "skipped", kind: "" })),
  ];
  if (left.length === 0) return null;
  return (
    <ul class="not-loaded" aria-label="Skills that were not loaded">
      {left.map(({ skillId, what, kind }) => (
        <li key={`${what} ${skillId}`}>
          <a href={links.report}>
            {skillId} <span class={`badge ${kind}`}>{what}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Skills of that name whole, of others the entries of that name. */
function found(skills: readonly SkillView[], wanted: string): SkillView[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (...texts: string[]) => {
    const text = texts.join(" ").toLowerCase();
    return words.every(word => text.includes(word));
  };
  return skills.flatMap(skill => {
    if (fits(skill.skillId, skill.name, skill.rootName)) return [skill];
    const entries = skill.entries.filter(({ canonicalName, description }) =>
      fits(canonicalName, description),
    );
    return entries.length > 0 ? [{ ...skill, entries }] : [];
  });
}

function useSlashKey(pressed: () => void): void {
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      pressed();
    };
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
}

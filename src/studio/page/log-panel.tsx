// What skills and the engine say, as they say it.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LogLine } from "../wire.js";
import { type Live, useLive } from "./live.js";
import { formatTime } from "./quantities.js";

const levels = ["info", "warn", "error"] as const;

export function LogPanel({ live }: { live: Live }) {
  const lines = useLive(live, ({ state }) => state.log);
  const [least, setLeast] = useState<LogLine["level"]>("info");
  const [wanted, setWanted] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const shown = lines.filter(
    ({ level, message, skillId }) =>
      levels.indexOf(level) >= levels.indexOf(least) &&
      `${skillId ?? ""} ${message}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  useLayoutEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, least, wanted]);
  return (
    <section class="panel log" aria-label="Log">
      <div class="label-row">
        <h3>Log</h3>
        <span class="space" />
        <input
          type="search"
          class="search"
          placeholder="Filter"
          aria-label="Filter the log"
          value={wanted}
          onInput={event => setWanted(event.currentTarget.value)}
        />
        <select
          aria-label="Least level of the log"
          value={least}
          onChange={event => setLeast(event.currentTarget.value as LogLine["level"])}
        >
          {levels.map(level => (
            <option key={level}>{level}</option>
          ))}
        </select>
        <button type="button" class="quiet" onClick={() => live.clearLog()}>
          Clear
        </button>
      </div>
      <div
        ref={box}
        class="lines"
        role="log"
        aria-label="Log lines"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to scroll it
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollTop + clientHeight > scrollHeight - 20;
        }}
      >
        <ol>
          {shown.map(line => (
            <Line key={line.id} line={line} />
          ))}
        </ol>
      </div>
    </section>
  );
}

function Line({ line: { at, level, message, skillId } }: { line: LogLine }) {
  return (
    <li class={level}>
      <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
      {level !== "info" && <b>{level}</b>}
      {skillId !== undefined && <i>{skillId}</i>}
      <span>{message}</span>
    </li>
  );
}

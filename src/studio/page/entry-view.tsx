// One entry: what it is, the form of its arguments, and what became of the last call.

import type { EntryDescriptor } from "luaskills";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CallFailure } from "../wire.js";
import { api, failureOf } from "./api.js";
import { FailureBox } from "./failure-box.js";
import { ArgumentsEditor, readArguments } from "./fields/arguments-editor.js";
import type { Problems } from "./fields/field-view.js";
import type { Live } from "./live.js";
import { Outcome, useCall } from "./outcome.js";
import { links } from "./route.js";
import type { Workbench, Workbenches } from "./workbenches.js";

interface EntryViewProps {
  entry: EntryDescriptor;
  live: Live;
  workbenches: Workbenches;
}

const noProblems: Problems = new Map();

export function EntryView({ entry, live, workbenches }: EntryViewProps) {
  const { canonicalName, skillId, rootName, description, inputSchema } = entry;
  const [bench, setBench] = useState(() => workbenches.of(entry));
  const [refused, setRefused] = useState<CallFailure>();
  const [started, setStarted] = useState<number>();
  const form = useRef<HTMLFormElement>(null);
  const call = useCall(live, bench.callId);
  const failure = refused ?? call?.detail?.failure;
  const problems = problemsOf(failure);

  const change = (changed: Partial<Workbench>) =>
    setBench(current => {
      const next = { ...current, ...changed };
      workbenches.keep(canonicalName, next);
      return next;
    });
  const run = async () => {
    const timeoutMs = readTimeLimit(bench.timeLimit);
    if (timeoutMs === null) {
      setRefused({ code: "TIME_LIMIT", message: "The time limit must be a number of seconds." });
      return;
    }
    const { value, problems } = readArguments(inputSchema, bench.args);
    if (problems.length > 0) {
      setRefused({ code: "ARGUMENTS", message: "", problems });
      return;
    }
    setRefused(undefined);
    try {
      const request = { name: canonicalName, args: value ?? {} };
      const { id } = await api.startCall(timeoutMs === undefined ? request : { ...request, timeoutMs });
      setStarted(id);
      change({ callId: id });
    } catch (error) {
      setRefused(failureOf(error));
    }
  };

  // Where something is wrong, that is where to go on typing.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [failure]);

  return (
    <article>
      <h2>
        <code>{canonicalName}</code>
      </h2>
      <p class="muted">
        of <a href={links.skill(skillId)}>{skillId}</a> in {rootName}
      </p>
      {description.trim() !== "" && <p class="lead">{description}</p>}
      <form
        ref={form}
        class="card"
        onSubmit={event => {
          event.preventDefault();
          void run();
        }}
        onKeyDown={event => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run();
        }}
      >
        <ArgumentsEditor
          schema={inputSchema}
          args={bench.args}
          problems={problems}
          change={args => change({ args })}
        />
        <div class="run-row">
          <button type="submit" class="primary" title="Ctrl+Enter">
            Run
          </button>
          <label>
            Time limit
            <input
              type="text"
              inputMode="decimal"
              class="short"
              placeholder="none"
              value={bench.timeLimit}
              onInput={event => change({ timeLimit: event.currentTarget.value })}
            />
            s
          </label>
        </div>
      </form>
      {refused !== undefined ? (
        <section class="card" aria-label="Refused" role="alert">
          <FailureBox failure={refused} />
        </section>
      ) : (
        call !== undefined && <Outcome call={call} follow={started === call.summary.id} />
      )}
    </article>
  );
}

function problemsOf(failure: CallFailure | undefined): Problems {
  if (failure?.problems === undefined) return noProblems;
  return new Map(failure.problems.map(({ pointer, message }) => [pointer, message]));
}

/** Milliseconds; undefined: none is given, null: it is no number. */
function readTimeLimit(typed: string): number | undefined | null {
  if (typed.trim() === "") return undefined;
  const seconds = Number(typed);
  return seconds > 0 ? seconds * 1_000 : null;
}

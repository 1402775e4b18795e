// What became of a call: its text, its host result, or its error; while it runs, a way to end it.

import type { HostResult } from "luaskills";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CallDetail, CallFailure, CallSummary } from "../wire.js";
import { api, failureOf } from "./api.js";
import { FailureBox } from "./failure-box.js";
import { type Live, useLive } from "./live.js";
import { Markdown } from "./markdown.js";
import { formatBytes, formatDuration, plural, useNow } from "./quantities.js";

/** A call as the page knows it: the details come when it has ended. */
export interface ShownCall {
  summary: CallSummary;
  detail: CallDetail | undefined;
  /** Why there are no details. */
  problem: CallFailure | undefined;
}

/** @returns undefined without an id, and for a call that nobody knows (any more) */
export function useCall(live: Live, id: number | undefined): ShownCall | undefined {
  const calls = useLive(live, ({ state }) => state.calls);
  const [found, setFound] = useState<{ detail?: CallDetail; problem?: CallFailure }>({});
  const call = calls.find(known => known.id === id);
  const hasEnded = call !== undefined && call.status !== "running";
  useEffect(() => {
    setFound({});
    if (id === undefined || !hasEnded) return;
    let isWanted = true;
    api.call(id).then(
      detail => isWanted && setFound({ detail }),
      error => isWanted && setFound({ problem: failureOf(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [id, hasEnded]);
  if (call === undefined) return undefined;
  const detail = found.detail?.id === id ? found.detail : undefined;
  return { summary: call, detail, problem: found.problem };
}

interface OutcomeProps {
  call: ShownCall;
  /** Brings it into sight: somebody waits for it. */
  follow?: boolean;
}

export function Outcome({ call: { summary, detail, problem }, follow = false }: OutcomeProps) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (follow) box.current?.scrollIntoView({ block: "nearest" });
  }, [follow, summary.id, detail]);
  return (
    <section ref={box} class="card outcome" aria-label="Result" aria-busy={summary.status === "running"}>
      <div class="label-row">
        <h3>Result</h3>
        <Status summary={summary} />
        {summary.status === "running" && <AbortButton call={summary} />}
        {detail?.result !== undefined && <Labels result={detail.result} />}
      </div>
      {detail?.result !== undefined && <Content id={summary.id} result={detail.result} />}
      {detail?.failure !== undefined && <FailureBox failure={detail.failure} />}
      {problem !== undefined && <FailureBox failure={problem} />}
    </section>
  );
}

const statusNames: { [Status in CallSummary["status"]]: string } = {
  running: "running",
  done: "done",
  failed: "failed",
  aborted: "aborted",
};

export function Status({ summary: { status, startedAt, durationMs } }: { summary: CallSummary }) {
  const now = useNow(status === "running");
  const ms = durationMs ?? Math.max(0, now - startedAt);
  return (
    <span class="status">
      <span role="status" class={`badge ${status}`}>
        {statusNames[status]}
      </span>
      <span class="muted">{formatDuration(ms)}</span>
    </span>
  );
}

export function AbortButton({ call: { id, name } }: { call: CallSummary }) {
  const [problem, setProblem] = useState<string>();
  const abort = () => api.abortCall(id).catch((error: unknown) => setProblem(failureOf(error).message));
  return (
    <button
      type="button"
      class="danger"
      aria-label={`Abort call ${id} of ${name}`}
      title={problem}
      onClick={abort}
    >
      Abort
    </button>
  );
}

type Result = NonNullable<CallDetail["result"]>;

function Labels({ result: { overflowMode, templateHint, contentBytes, contentLines } }: { result: Result }) {
  return (
    <>
      {overflowMode !== undefined && (
        <span class="badge" title="How the skill wants text that does not fit to be treated">
          overflow: {overflowMode}
        </span>
      )}
      {templateHint !== undefined && (
        <span class="badge" title="The overflow template the skill suggests">
          template: {templateHint}
        </span>
      )}
      <span class="muted">
        {formatBytes(contentBytes)}, {plural(contentLines, "line")}
      </span>
    </>
  );
}

function Content({ id, result }: { id: number; result: Result }) {
  const [asMarkdown, setAsMarkdown] = useState(false);
  const [copied, setCopied] = useState("Copy");
  const { content, contentCut, hostResult } = result;
  const copy = () =>
    navigator.clipboard.writeText(content).then(
      () => setCopied("Copied"),
      () => setCopied("The browser does not allow it"),
    );
  return (
    <>
      <div class="label-row">
        <fieldset class="switch" aria-label="How to show the text">
          <button type="button" aria-pressed={!asMarkdown} onClick={() => setAsMarkdown(false)}>
            Text
          </button>
          <button type="button" aria-pressed={asMarkdown} onClick={() => setAsMarkdown(true)}>
            Markdown
          </button>
        </fieldset>
        <span class="space" />
        <button type="button" class="quiet" onClick={copy}>
          {copied}
        </button>
        <a class="button quiet" href={`/api/calls/${id}/content`} download={`call-${id}.txt`}>
          Download
        </a>
      </div>
      {content === "" && <p class="muted">The text is empty.</p>}
      {asMarkdown ? (
        <div class="document">
          <Markdown text={content} />
        </div>
      ) : (
        content !== "" && <pre class="content">{content}</pre>
      )}
      {contentCut && <p class="muted">This is the beginning; Download gives the whole text.</p>}
      {hostResult !== undefined && <HostResultBox hostResult={hostResult} />}
    </>
  );
}

function HostResultBox({ hostResult: { kind, payload } }: { hostResult: HostResult }) {
  return (
    <details open>
      <summary>
        Host result <code>{kind}</code>
      </summary>
      <pre class="content">{JSON.stringify(payload, null, 2)}</pre>
    </details>
  );
}

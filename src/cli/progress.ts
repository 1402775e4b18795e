// What an operation on skills is doing: a bar on a terminal, a line for each phase elsewhere, nothing for programs.

import type { ProgressEvent, ProgressPhase, SkillEngine } from "../index.js";
import type { GlobalOptions } from "./global-options.js";
import type { Terminal } from "./terminal.js";

/** Phases that people wait for. The others take no time. */
const shown: { [Phase in ProgressPhase]?: string } = {
  resolving_source: "asking the source",
  fetching_manifest: "fetching the manifest",
  downloading_archive: "downloading",
  extracting_archive: "unpacking",
  preparing_dependencies: "preparing dependencies",
  validating_skill: "checking",
  reloading_runtime: "loading",
  rolling_back: "taking it back",
};

const barCells = 24;
const clearLine = "\r\u001b[2K";

/** Shows the progress of every operation until the returned function is called. */
export function showProgress(engine: SkillEngine, terminal: Terminal, { json }: GlobalOptions): () => void {
  if (json) return () => {};
  return terminal.interactive ? drawBar(engine, terminal) : writeLines(engine, terminal);
}

function drawBar(engine: SkillEngine, terminal: Terminal): () => void {
  let drawn = "";
  const draw = (text: string) => {
    if (text === drawn) return;
    terminal.err(`${clearLine}${text}`);
    drawn = text;
  };
  const stop = engine.on("progress", event => {
    const ended = event.phase === "completed" || event.phase === "failed";
    const doing = shown[event.phase];
    if (ended) draw("");
    else if (doing !== undefined) draw(bar(event, doing, terminal));
  });
  return () => {
    stop();
    draw("");
  };
}

function bar(event: ProgressEvent, doing: string, { style, columns = 80 }: Terminal): string {
  const { percent, bytesDone } = event;
  const words = `${subject(event)}: ${doing}`;
  if (bytesDone === null) return words.slice(0, columns - 1);
  const amount = size(event);
  if (percent === null) return `${words} ${amount}`.slice(0, columns - 1);
  const full = Math.round((percent / 100) * barCells);
  const cells = `${style.err.green("█".repeat(full))}${style.err.dim("░".repeat(barCells - full))}`;
  const figures = `${Math.floor(percent)} %  ${amount}`;
  const isRoomy = words.length + barCells + figures.length + 4 < columns;
  return isRoomy ? `${words} ${cells} ${figures}` : `${words} ${figures}`.slice(0, columns - 1);
}

function writeLines(engine: SkillEngine, terminal: Terminal): () => void {
  let last: string | undefined;
  return engine.on("progress", event => {
    const doing = shown[event.phase];
    const line = doing === undefined ? undefined : `${subject(event)}: ${doing}`;
    const isDownloaded = event.phase === "downloading_archive" && event.status === "completed";
    if (isDownloaded && event.bytesDone !== null) terminal.err(`${line}: ${size(event)}\n`);
    else if (line !== undefined && line !== last) terminal.err(`${line}\n`);
    last = line ?? last;
  });
}

function subject({ action, skillId, sourceLocator }: ProgressEvent): string {
  return `${action} ${skillId ?? sourceLocator ?? ""}`.trim();
}

function size({ bytesDone, bytesTotal }: ProgressEvent): string {
  return bytesTotal === null || bytesTotal === bytesDone
    ? megabytes(bytesDone ?? 0)
    : `${megabytes(bytesDone ?? 0)} of ${megabytes(bytesTotal)}`;
}

function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

// What the server of the studio and its page say to each other, as JSON. Both are checked against these declarations, the
// page in a world without Node: hence the package by its own name, which is there as declarations alone.

import type {
  ArgumentProblem,
  EntryDescriptor,
  HelpNode,
  InvocationResult,
  Json,
  LoadReport,
} from "luaskills";

export interface SkillView {
  skillId: string;
  name: string;
  version: string;
  rootName: string;
  skillDir: string;
  entries: EntryDescriptor[];
  /** The main page first. */
  pages: HelpNode[];
}

/** What is loaded. */
export interface Catalog {
  /** In order of skill id. */
  skills: SkillView[];
  /** Of the last load. */
  report: LoadReport;
  /** Milliseconds since the epoch, as all times here. */
  loadedAt: number;
}

export type CallStatus = "running" | "done" | "failed" | "aborted";

/** One call made in the studio, as lists show it. */
export interface CallSummary {
  id: number;
  /** Canonical name of the entry. */
  name: string;
  status: CallStatus;
  startedAt: number;
  /** Absent while it runs. */
  durationMs?: number;
  /** Code of the error of a call that failed. */
  errorCode?: string;
}

export interface CallFailure {
  code: string;
  message: string;
  /** Lua's stack, where Lua code failed. */
  traceback?: string;
  /** What is wrong with which argument, where that is what failed. */
  problems?: readonly ArgumentProblem[];
}

/** One call with everything that is known about it. */
export interface CallDetail extends CallSummary {
  args: Json;
  /** Of a call that is done. The content may be cut; the whole text is at `/api/calls/<id>/content`. */
  result?: InvocationResult & { contentCut: boolean };
  /** Of a call that failed or was aborted. */
  failure?: CallFailure;
}

export interface CallRequest {
  name: string;
  args: Json;
  /** Milliseconds; without it nothing limits the call. */
  timeoutMs?: number;
}

export interface LogLine {
  /** Grows by one from line to line. */
  id: number;
  at: number;
  level: "info" | "warn" | "error";
  message: string;
  skillId?: string;
}

/** The state of the engine at one moment. */
export interface Sample {
  at: number;
  idle: number;
  leased: number;
  /** Calls that wait for a VM. */
  waiting: number;
  /** Calls in progress, of whoever made them. */
  running: number;
  /** Resident memory of the process in bytes. */
  memory: number;
}

/** What a reload changed: canonical names. */
export interface EntryChanges {
  added: string[];
  updated: string[];
  removed: string[];
}

/** Everything a page needs to begin with. */
export interface Snapshot {
  version: string;
  catalog: Catalog;
  /** Oldest first, as in all lists of things that happened. */
  calls: CallSummary[];
  log: LogLine[];
  samples: Sample[];
}

/** Events of `/api/events` by name. */
export interface StudioEvents {
  /** The first event of every connection. */
  snapshot: Snapshot;
  catalog: Catalog;
  changes: EntryChanges;
  call: CallSummary;
  /** What was said since the last event of this kind; a gap in the ids are lines that came too fast. */
  log: LogLine[];
  sample: Sample;
}

/** The body of every answer that is a refusal. */
export interface Refusal {
  error: CallFailure;
}

// One lifecycle operation and what it tells about itself.

import { join } from "node:path";
import type { LifecycleAction, Plane } from "../packages/policy.js";
import type { SkillRoot } from "../packages/roots.js";
import type { LifecycleEvent, ProgressEvent, ProgressPhase } from "./events.js";
import type { SourceProgress, SourceType } from "./sources/source.js";
import type { Step } from "./transactions/transaction.js";

/** Where events go. Listeners never disturb an operation. */
export interface EventSink {
  lifecycle(event: LifecycleEvent): void;
  progress(event: ProgressEvent): void;
}

/** What becomes known about an operation. */
export interface OperationSubject {
  skillId?: string;
  root?: SkillRoot;
  sourceType?: SourceType;
  sourceLocator?: string;
}

type Details = Partial<Pick<ProgressEvent, "bytesDone" | "bytesTotal" | "message">>;

export class Operation {
  readonly plane: Plane;
  readonly action: LifecycleAction;
  /** Aborts it while nothing has been switched yet. */
  readonly signal: AbortSignal;
  readonly #sink: EventSink;
  readonly #startedAt = Date.now();
  readonly #subject: OperationSubject = {};
  #operationId: string | undefined;
  #sequence = 0;

  constructor(action: LifecycleAction, plane: Plane, signal: AbortSignal, sink: EventSink) {
    this.action = action;
    this.plane = plane;
    this.signal = signal;
    this.#sink = sink;
  }

  /** Adds to what the events of the operation say it is about. */
  isAbout(subject: OperationSubject): void {
    Object.assign(this.#subject, subject);
  }

  report(phase: ProgressPhase, status: ProgressEvent["status"], details: Details = {}): void {
    const { skillId, root, sourceType, sourceLocator } = this.#subject;
    const { bytesDone = null, bytesTotal = null, message = null } = details;
    this.#operationId ??= ["skill", this.action, ...(skillId ? [skillId] : []), this.#startedAt].join("-");
    this.#sequence += 1;
    this.#sink.progress({
      operationId: this.#operationId,
      sequence: this.#sequence,
      plane: this.plane,
      action: this.action,
      phase,
      status,
      skillId: skillId ?? null,
      rootName: root?.name ?? null,
      sourceType: sourceType ?? null,
      sourceLocator: sourceLocator ?? null,
      bytesDone,
      bytesTotal,
      percent: bytesDone !== null && bytesTotal ? Math.min(100, (bytesDone / bytesTotal) * 100) : null,
      message,
    });
  }

  /** Progress of a source or of a download. */
  readonly relay = ({ phase, status, ...bytes }: SourceProgress): void => this.report(phase, status, bytes);

  /** A step of the transaction is on the disk. */
  readonly step = (step: Step): void => {
    const { phase, status } = this.#describe(step);
    this.report(phase, status, { message: step });
  };

  /** Tells how the operation ended. */
  end(skillId: string, status: string, message: string | null): void {
    const { plane, action } = this;
    const { root } = this.#subject;
    const rootName = root?.name ?? null;
    const skillDir = root === undefined ? null : join(root.skillsDir, skillId);
    this.#sink.lifecycle({ plane, action, skillId, rootName, skillDir, status, message });
  }

  #describe(step: Step): { phase: ProgressPhase; status: ProgressEvent["status"] } {
    const movesPackage = this.action !== "enable" && this.action !== "disable";
    switch (step) {
      case "journal_written":
        return { phase: "switching", status: "started" };
      case "old_moved_away":
        return { phase: movesPackage ? "backing_up_current" : "switching", status: "progress" };
      case "new_moved_in":
        if (!movesPackage) return { phase: "switching", status: "progress" };
        return {
          phase: this.action === "install" ? "staging_install" : "staging_update",
          status: "progress",
        };
      case "decided":
        return { phase: "committing", status: "completed" };
      case "new_moved_away":
      case "old_moved_back":
        return { phase: "rolling_back", status: "progress" };
      case "folder_removed":
        return { phase: "cleaning_up", status: "progress" };
      case "journal_ended":
        return { phase: "cleaning_up", status: "completed" };
    }
  }
}

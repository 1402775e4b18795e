// What hosts hear about lifecycle operations.

import type { LifecycleAction, Plane } from "../packages/policy.js";
import type { SourceProgress, SourceType } from "./sources/source.js";

/** The end of an operation. Installs and updates that fail have none: their promise says it. */
export interface LifecycleEvent {
  plane: Plane;
  action: LifecycleAction;
  skillId: string;
  rootName: string | null;
  skillDir: string | null;
  /** `completed`, `blocked` by a policy or `failed`; of installs and updates the status of their result. */
  status: string;
  message: string | null;
}

export type ProgressPhase =
  | "validating_request"
  | SourceProgress["phase"]
  | "source_resolved"
  | "preparing_dependencies"
  | "validating_skill"
  | "backing_up_current"
  | "staging_install"
  | "staging_update"
  | "switching"
  | "reloading_runtime"
  | "committing"
  | "rolling_back"
  | "cleaning_up"
  | "completed"
  | "failed";

/** One step of an operation, told while it is under way. */
export interface ProgressEvent {
  operationId: string;
  /** From 1. */
  sequence: number;
  plane: Plane;
  action: LifecycleAction;
  phase: ProgressPhase;
  status: SourceProgress["status"] | "failed";
  /** Null until it is known. */
  skillId: string | null;
  rootName: string | null;
  sourceType: SourceType | null;
  sourceLocator: string | null;
  bytesDone: number | null;
  bytesTotal: number | null;
  /** 0 to 100; null where the total is not known. */
  percent: number | null;
  message: string | null;
}

// The events of an engine: what listeners receive, and who tells it.

import type { LifecycleEvent, ProgressEvent } from "../lifecycle/events.js";
import type { LoadReport } from "./load.js";
import type { LogEvent } from "./log.js";
import type { RegistryDelta } from "./registry-delta.js";

/** Events of an engine and what their listeners receive. */
export interface EngineEvents {
  log: LogEvent;
  /** What a reload changed about the entries; nothing comes when it changed nothing, nor after `load`. */
  registry: RegistryDelta;
  /** What every load that succeeded found: of `load`, of `reload`, and of one that `watch` made. */
  load: LoadReport;
  /** The end of an operation of `engine.skills`. */
  lifecycle: LifecycleEvent;
  /** The steps of operations of `engine.skills`, downloads with their bytes. */
  progress: ProgressEvent;
}

/** By event, what adds a listener and returns what removes it. */
export type EventSources = {
  readonly [Event in keyof EngineEvents]: (listener: (payload: EngineEvents[Event]) => void) => () => void;
};

/** @throws TypeError for an event that there is not */
export function listenTo<Event extends keyof EngineEvents>(
  sources: EventSources,
  event: Event,
  listener: (payload: EngineEvents[Event]) => void,
): () => void {
  if (!Object.hasOwn(sources, event)) {
    const known = Object.keys(sources).join(", ");
    throw new TypeError(`SkillEngine.on: unknown event ${JSON.stringify(event)}; there are ${known}`);
  }
  return sources[event](listener);
}

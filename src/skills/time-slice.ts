// Work that has to be done on the JS thread, in pieces short enough that nobody notices.

import { setImmediate } from "node:timers/promises";

/** The event loop shall turn within 5 ms, and one step of the work comes on top of a piece. */
const pieceMs = 2;

export class TimeSlice {
  #end = performance.now() + pieceMs;

  /** To be awaited between two steps: lets the event loop turn when the piece has lasted long enough. */
  async rest(): Promise<void> {
    if (performance.now() < this.#end) return;
    await setImmediate();
    this.#end = performance.now() + pieceMs;
  }
}

// What starting processes takes, and the trees that were started and are alive.

import { LiveTrees } from "./live-trees.js";
import { SystemPipes } from "./system-pipes.js";

export class Spawner {
  readonly trees = new LiveTrees();
  readonly pipes = new SystemPipes();

  /** Ends whatever is alive. */
  close(): void {
    this.trees.killAll();
    this.pipes.close();
  }
}

// What has to be done when the process exits, before Node ends the other threads. The process has one end, whatever engines
// it has: a listener of each would be too many for Node.

const actions = new Set<() => void>();
let listens = false;

/** @returns takes the action back */
export function atExit(action: () => void): () => void {
  if (!listens) {
    listens = true;
    process.on("exit", () => {
      for (const one of actions) one();
    });
  }
  const own = () => action();
  actions.add(own);
  return () => {
    actions.delete(own);
  };
}

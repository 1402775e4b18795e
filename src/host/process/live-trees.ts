// The process trees that are alive. Children lead sessions of their own, so nothing else would end them with the host.

/** Something with processes below it. */
export interface Tree {
  kill(): void;
}

export class LiveTrees {
  readonly #trees = new Set<Tree>();
  readonly #killAll = () => this.killAll();

  add(tree: Tree): void {
    if (this.#trees.size === 0) process.on("exit", this.#killAll);
    this.#trees.add(tree);
  }

  delete(tree: Tree): void {
    if (this.#trees.delete(tree) && this.#trees.size === 0) process.off("exit", this.#killAll);
  }

  killAll(): void {
    for (const tree of this.#trees) tree.kill();
  }

  get size(): number {
    return this.#trees.size;
  }
}

// Tokens that a sub-turn and everything below it may use together. Looked at before every model call, used up after it.

import type { ModelUsage } from "../model-port.js";

export class TokenBudget {
  #left: number;
  readonly #parent: TokenBudget | undefined;

  /** @param parent what is used here is used there too */
  constructor(tokens: number, parent?: TokenBudget) {
    this.#left = tokens;
    this.#parent = parent;
  }

  get isExhausted(): boolean {
    return this.#left <= 0 || (this.#parent?.isExhausted ?? false);
  }

  spend(usage: ModelUsage): void {
    this.#left -= usage.inputTokens + usage.outputTokens;
    this.#parent?.spend(usage);
  }
}

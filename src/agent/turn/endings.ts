// Why a turn stops before its end. They travel as exceptions and as reasons of signals, so that no step can forget to look.

export type AbortCause = "hard_abort" | "timeout" | "closed";

/** The turn is to leave no trace. Reason of the turn's signal. */
export class TurnAborted extends Error {
  readonly why: AbortCause;

  constructor(why: AbortCause, message: string) {
    super(message);
    this.name = "TurnAborted";
    this.why = why;
  }
}

/** A hook ends the turn, which keeps its history. */
export class TurnEndedByHook extends Error {
  constructor(reason: string | undefined) {
    super(reason === undefined ? "hook requested turn abort" : `hook requested turn abort: ${reason}`);
    this.name = "TurnEndedByHook";
  }
}

/** The tokens of a sub-turn are used up. */
export class BudgetExhausted extends Error {
  constructor() {
    super("[Token budget exhausted]");
    this.name = "BudgetExhausted";
  }
}

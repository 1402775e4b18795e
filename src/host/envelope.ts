// Answers of the form `{ ok = true, … }` or `{ ok = false, error = { code, message } }`, for functions that never raise. They
// cross as JSON text: a value of the host that JSON cannot hold becomes a failure too, instead of an error of the crossing.

import { encode } from "../vm/encode.js";

/** JSON text of an answer; the Lua half decodes it. */
export type AnswerText = string;

export function failure(code: string, message: string, details: object = {}): AnswerText {
  return JSON.stringify({ ok: false, error: { code, message, ...details } });
}

/**
 * @param value what the host answered
 * @param code of the failure when JSON cannot hold it
 */
export function answer(value: object, code: string): AnswerText {
  try {
    return encode(value, "result");
  } catch (error) {
    return failure(code, messageOf(error));
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

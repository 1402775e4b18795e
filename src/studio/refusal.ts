// Requests that are answered by a refusal.

import type { ServerResponse } from "node:http";
import type { Refusal } from "./wire.js";

/** Ends the handling of a request with this answer. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RequestError";
    this.status = status;
    this.code = code;
  }
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(value));
}

export function sendRefusal(response: ServerResponse, status: number, refusal: Refusal): void {
  sendJson(response, status, refusal);
}

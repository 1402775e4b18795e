// Who may come in over HTTP, and how much of everything one server takes.

import { isJsonObject } from "../../packages/json-object.js";
import { positive, wrong } from "../options.js";

export interface HttpOptions {
  /** Requests must bring it as `Authorization: Bearer …`. Default: none is asked for. */
  token?: string;
  /**
   * Host names that requests may be meant for, without ports; IPv6 in brackets. Default: any, as only whoever owns the
   * listening socket knows its names.
   */
  allowedHosts?: string[];
  /** Host names of web pages that may send requests. Default: those of the own machine. Programs name no origin. */
  allowedOrigins?: string[];
  /** Bytes of one request. Default 4 MiB. */
  maxBodyBytes?: number;
  /** Requests that are being answered at one time; more are turned away with 503. Default 512. */
  maxConcurrentRequests?: number;
  /** Sessions of clients that speak a protocol of 2025 or older. Default 256. */
  maxSessions?: number;
  /** Milliseconds without a request after which such a session ends. Default 30 minutes. */
  sessionIdleMs?: number;
}

export interface HttpSettings {
  readonly token: string | undefined;
  readonly allowedHosts: string[] | undefined;
  readonly allowedOrigins: string[] | undefined;
  readonly maxBodyBytes: number;
  readonly maxConcurrentRequests: number;
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
}

/** @throws TypeError | RangeError naming the option */
export function resolveHttpOptions(options: HttpOptions = {}): HttpSettings {
  if (!isJsonObject(options)) throw wrong("http", "an object", options);
  const given: HttpOptions = options;
  if (given.token !== undefined && (typeof given.token !== "string" || given.token.trim() === "")) {
    throw wrong("http.token", "a non-empty string", given.token);
  }
  return {
    token: given.token,
    allowedHosts: names("http.allowedHosts", given.allowedHosts),
    allowedOrigins: names("http.allowedOrigins", given.allowedOrigins),
    maxBodyBytes: positive("http.maxBodyBytes", given.maxBodyBytes) ?? 4 * 1024 * 1024,
    maxConcurrentRequests: positive("http.maxConcurrentRequests", given.maxConcurrentRequests) ?? 512,
    maxSessions: positive("http.maxSessions", given.maxSessions) ?? 256,
    sessionIdleMs: positive("http.sessionIdleMs", given.sessionIdleMs) ?? 30 * 60_000,
  };
}

function names(option: string, value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every(name => typeof name === "string")) {
    throw wrong(option, "an array of strings", value);
  }
  return [...value];
}

// Everything that an engine fetches from the network goes through here: one policy, one set of connections.

import { rm } from "node:fs/promises";
import { SkillError } from "../../packages/errors.js";
import { shown } from "./address.js";
import { type CacheKey, findCached, keep, partPath } from "./cache.js";
import { HttpClient, type HttpRequest, type HttpTimeouts } from "./http-client.js";
import { defaultRetries, type RetryPolicy } from "./retries.js";
import { transferText, transferToFile } from "./transfer.js";
import type { Headers } from "./transfer-failure.js";
import { TransferFailure } from "./transfer-failure.js";

export interface FileRequest extends HttpRequest, CacheKey {
  /** SHA-256 that the file must have, in lower-case hexadecimal digits; undefined where nobody says. */
  readonly sha256: string | undefined;
  readonly limitBytes: number;
}

export interface Downloaded {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** True if nothing had to be fetched. */
  readonly cached: boolean;
}

export interface DownloadOptions {
  readonly signal: AbortSignal | undefined;
  readonly progress?: (bytesDone: number, bytesTotal: number | undefined) => void;
}

const defaultTimeouts: HttpTimeouts = { connectMs: 10_000, stalledMs: 30_000 };
/** Lists of releases of busy repositories come to a few megabytes. */
const textLimitBytes = 16 << 20;

export class Downloads implements AsyncDisposable {
  readonly allowed: boolean;
  readonly #client: HttpClient;
  readonly #retries: RetryPolicy;
  readonly #closing = new AbortController();

  /** @param allowed false: whatever would need the network is refused */
  constructor(
    allowed: boolean,
    retries: RetryPolicy = defaultRetries,
    timeouts: HttpTimeouts = defaultTimeouts,
  ) {
    this.allowed = allowed;
    this.#retries = retries;
    this.#client = new HttpClient(timeouts);
  }

  /** A signal that is aborted when the given one is, and when everything stops. */
  untilStopped(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
  }

  /** @throws SkillError `SKILL_DENIED` unless the host allows downloads */
  requireAllowed(what: string): void {
    if (this.allowed) return;
    throw new SkillError(
      "SKILL_DENIED",
      `${what}: network download is disabled by host policy (option allowNetworkDownload)`,
    );
  }

  /**
   * Fetches a text.
   *
   * @returns undefined for an address under which there is nothing (404)
   * @throws SkillError `SKILL_SOURCE`, `SKILL_DENIED`; what the signal was aborted with
   */
  async text(
    request: HttpRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ text: string; headers: Headers } | undefined> {
    this.requireAllowed(shown(request.url));
    const options = { limitBytes: textLimitBytes, signal: this.untilStopped(signal) };
    try {
      return await transferText(this.#client, this.#retries, request, options);
    } catch (error) {
      if (error instanceof TransferFailure && error.status === 404) return undefined;
      throw refusal(request, error);
    }
  }

  /**
   * Brings a file into the cache folder. One that is there with the digest that is asked for is used without the network;
   * a download with another digest than that is made once more and then refused.
   *
   * @throws SkillError `SKILL_SOURCE`, `SKILL_PACKAGE` for the wrong digest, `SKILL_DENIED`; what the signal was aborted with
   */
  async file(cacheDir: string, request: FileRequest, options: DownloadOptions): Promise<Downloaded> {
    const { sha256 } = request;
    const cached = sha256 === undefined ? undefined : await findCached(cacheDir, request, sha256);
    if (sha256 !== undefined && cached !== undefined) return { ...cached, sha256, cached: true };
    this.requireAllowed(shown(request.url));
    const first = await this.#fetch(cacheDir, request, options);
    if ("path" in first) return first;
    const second = await this.#fetch(cacheDir, request, options);
    if ("path" in second) return second;
    throw new SkillError(
      "SKILL_PACKAGE",
      `${shown(request.url)} has the wrong checksum: expected SHA-256 ${sha256}, got ${first.wrong}, and when downloaded once more ${second.wrong}`,
    );
  }

  /** Ends what is under way, and lets nothing begin any more. */
  stop(): void {
    this.#closing.abort(new SkillError("ENGINE_CLOSED", "the engine was closed during a download"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#client[Symbol.asyncDispose]();
  }

  async #fetch(
    cacheDir: string,
    request: FileRequest,
    { signal, progress }: DownloadOptions,
  ): Promise<Downloaded | { wrong: string }> {
    const part = await partPath(cacheDir, request).catch(error => {
      throw new SkillError("SKILL_STATE", `download cache ${cacheDir}: ${error.message}`, { cause: error });
    });
    try {
      const { sha256, bytes } = await transferToFile(this.#client, this.#retries, request, part, {
        limitBytes: request.limitBytes,
        signal: this.untilStopped(signal),
        ...(progress === undefined ? {} : { progress }),
      });
      if (request.sha256 !== undefined && sha256 !== request.sha256) return { wrong: sha256 };
      return { path: await keep(part, cacheDir, request, sha256), sha256, bytes, cached: false };
    } catch (error) {
      throw refusal(request, error);
    } finally {
      await rm(part, { force: true });
    }
  }
}

function refusal({ url }: HttpRequest, error: unknown): unknown {
  if (!(error instanceof TransferFailure)) return error;
  return new SkillError("SKILL_SOURCE", `cannot download ${shown(url)}: ${error.message}`, { cause: error });
}

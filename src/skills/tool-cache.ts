// Values that skills put aside between calls. One per engine, in memory, bounded in time, entries and bytes.

/** Bounds of the cache. */
export interface CacheOptions {
  /** Values of all scopes together; the oldest go first. Default 1,000. */
  maxEntries?: number;
  /** Bytes of JSON text of all scopes together; the oldest go first. Default 64 MiB. */
  maxBytes?: number;
  /** Seconds a value stays when the skill names none. Default 1,800. */
  defaultTtlSecs?: number;
  /** Seconds no value outstays. Default 1,800. */
  maxTtlSecs?: number;
}

export interface CacheStats {
  entries: number;
  bytes: number;
  hits: number;
  /** Lookups of ids that are unknown, expired or of another scope. */
  misses: number;
  /** Values that left because of a bound. */
  evicted: number;
  expired: number;
}

interface Item {
  scope: string;
  /** JSON text, so that nothing is shared between who puts and who gets. */
  text: string;
  bytes: number;
  /** By the monotonic clock, in milliseconds. */
  expiresAt: number;
}

const defaults: Required<CacheOptions> = {
  maxEntries: 1_000,
  maxBytes: 64 * 1024 * 1024,
  defaultTtlSecs: 1_800,
  maxTtlSecs: 1_800,
};

/**
 * Keeps JSON texts under ids that only their own scope can use. What leaves first is what came first, read or not.
 */
export class ToolCache {
  readonly #limits: Required<CacheOptions>;
  readonly #now: () => number;
  /** In order of arrival. */
  readonly #items = new Map<string, Item>();
  #sequence = 0;
  #bytes = 0;
  /** No item expires before. */
  #nextExpiry = Number.POSITIVE_INFINITY;
  #counts = { hits: 0, misses: 0, evicted: 0, expired: 0 };

  /**
   * @param now monotonic milliseconds
   * @throws TypeError | RangeError naming the option
   */
  constructor(options: CacheOptions = {}, now: () => number = () => performance.now()) {
    this.#limits = resolveLimits(options);
    this.#now = now;
  }

  /**
   * @param scope who may get it: a canonical entry name, else a skill id, else `__runtime`
   * @param text JSON
   * @param ttlSecs clamped to 1 … `maxTtlSecs`
   * @returns the id, `tc-<unix milliseconds>-<sequence>`
   * @throws RangeError when the value alone exceeds `maxBytes`
   */
  put(scope: string, text: string, ttlSecs: number = this.#limits.defaultTtlSecs): string {
    const { maxBytes, maxEntries, maxTtlSecs } = this.#limits;
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) {
      throw new RangeError(`the value takes ${bytes} bytes, more than the cache may hold (${maxBytes})`);
    }
    const now = this.#now();
    this.#expire(now);
    const expiresAt = now + Math.max(1, Math.min(ttlSecs, maxTtlSecs)) * 1_000;
    this.#sequence += 1;
    const id = `tc-${Date.now()}-${this.#sequence}`;
    this.#items.set(id, { scope, text, bytes, expiresAt });
    this.#bytes += bytes;
    this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt);
    for (const oldest of this.#items.keys()) {
      if (this.#items.size <= maxEntries && this.#bytes <= maxBytes) break;
      this.#remove(oldest);
      this.#counts.evicted += 1;
    }
    return id;
  }

  /** The text, or undefined when the id is unknown, expired or of another scope. */
  get(scope: string, id: string): string | undefined {
    const item = this.#find(scope, id);
    if (item === undefined) this.#counts.misses += 1;
    else this.#counts.hits += 1;
    return item?.text;
  }

  /** @returns whether the scope had a value under this id */
  delete(scope: string, id: string): boolean {
    if (this.#find(scope, id) === undefined) return false;
    this.#remove(id);
    return true;
  }

  stats(): CacheStats {
    this.#expire(this.#now());
    return { entries: this.#items.size, bytes: this.#bytes, ...this.#counts };
  }

  clear(): void {
    this.#items.clear();
    this.#bytes = 0;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
  }

  #find(scope: string, id: string): Item | undefined {
    this.#expire(this.#now());
    const item = this.#items.get(id);
    return item?.scope === scope ? item : undefined;
  }

  #remove(id: string): void {
    this.#bytes -= this.#items.get(id)?.bytes ?? 0;
    this.#items.delete(id);
  }

  /** Looks through all items only when one of them is due. */
  #expire(now: number): void {
    if (now < this.#nextExpiry) return;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const [id, { expiresAt }] of this.#items) {
      if (expiresAt <= now) {
        this.#remove(id);
        this.#counts.expired += 1;
      } else {
        this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt);
      }
    }
  }
}

function resolveLimits(options: CacheOptions): Required<CacheOptions> {
  if (typeof options !== "object" || options === null) throw new TypeError("cache must be an object");
  const limits = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof CacheOptions)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (typeof value !== "number") throw new TypeError(`cache.${name} must be a number, got ${typeof value}`);
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`cache.${name} must be a positive integer, got ${value}`);
    }
    limits[name] = value;
  }
  return limits;
}

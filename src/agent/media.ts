// Pictures, sounds and files that travel beside text. Messages and results carry references; who needs bytes asks the store.

export interface MediaContent {
  data: Uint8Array;
  /** For instance `image/png`. */
  contentType: string;
  filename?: string;
  /** Absolute path, where the content is a file of this machine. */
  path?: string;
}

/** Keeps media. Safe to call at any time; a reference stays valid as long as the store says. */
export interface MediaStore {
  /** @returns undefined for a reference that it does not know */
  get(ref: string): MediaContent | undefined | Promise<MediaContent | undefined>;
  /** @returns the reference, for instance `media://17` */
  put(content: MediaContent): string | Promise<string>;
}

/** Keeps media for the life of the process. */
export class MemoryMediaStore implements MediaStore {
  readonly #contents = new Map<string, MediaContent>();

  get(ref: string): MediaContent | undefined {
    return this.#contents.get(ref);
  }

  put(content: MediaContent): string {
    const ref = `media://${this.#contents.size + 1}`;
    this.#contents.set(ref, content);
    return ref;
  }
}

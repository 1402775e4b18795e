// Keeps secrets of the host out of what models read.

const mark = "[FILTERED]";
/** Texts below this length are left alone: what could be a secret in them would be anything. */
const shortest = 8;

export class SecretFilter {
  readonly #secrets: readonly string[];

  /** @param secrets longest first wins where one contains another; those shorter than 8 characters are ignored */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length);
  }

  apply(text: string): string {
    if (text.length < shortest || this.#secrets.length === 0) return text;
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, mark), text);
  }
}
